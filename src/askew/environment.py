"""Runtime environment: cache and configuration folders, usable processors, optional libraries."""

import os
from importlib.util import find_spec
from pathlib import Path

from askew.errors import InputError


def cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def require(module: str, library: str, extra: str, what: str) -> None:
    """InputError with the line that installs it, where it is missing; it is not imported yet."""
    if not _there(module):
        raise InputError(f"{what} needs {library}: pip install 'askew[{extra}]'.")


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # somebody has put None in its place
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
