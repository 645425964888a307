"""Locations of the cache, of the user's cards and calibrations, and the layout of indexes on disk."""

import os
from pathlib import Path

from askew.errors import InputError

SUFFIX = ".askew"
QUESTIONS, ANSWERS = "questions", "answers"  # the two indexes in the folder of a FAQ


def folder(name: str | Path) -> Path:
    """Return `NAME.askew`; the suffix may already be there."""
    if not isinstance(name, str | os.PathLike) or not os.fspath(name).strip() or "\0" in os.fspath(name):
        raise InputError(f"name must be a string or a Path, not {name!r}.")
    path = Path(name)
    if path.name in ("", ".."):
        raise InputError(f"{str(name)!r} is not a valid name for an index.")
    return path if path.suffix == SUFFIX else path.with_name(path.name + SUFFIX)


def is_faq(name: str | Path) -> bool:
    """Return whether this is a FAQ. Cheap, because opening any index checks it."""
    try:
        return (folder(name) / f"{ANSWERS}{SUFFIX}").is_dir()
    except OSError:  # no such name can exist
        return False


def cache() -> Path:
    """Return `$ASKEW_CACHE`, or the user's cache folder."""
    if chosen := os.environ.get("ASKEW_CACHE"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("askew"))


def own_cards() -> Path:
    """Return the folder of the user's model cards: `$ASKEW_CARDS`, or one in the user's configuration folder."""
    if chosen := os.environ.get("ASKEW_CARDS"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("askew")) / "cards"


def calibrations() -> Path:
    """Return the folder of calibrations for files: `$ASKEW_CALIBRATIONS`, or one in the user's configuration folder."""
    if chosen := os.environ.get("ASKEW_CALIBRATIONS"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("askew")) / "calibrations"
