"""Where askew keeps what it fetched or compiled, and how a file or folder appears whole or not at all."""

import os
from collections.abc import Callable
from pathlib import Path

from askew.errors import StoreError


def cache() -> Path:
    """`$ASKEW_CACHE`, or the user's cache folder."""
    if chosen := os.environ.get("ASKEW_CACHE"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("askew"))


def own_cards() -> Path:
    """Where the cards of the user's own models are kept: `$ASKEW_CARDS`, or the user's folder for settings."""
    if chosen := os.environ.get("ASKEW_CARDS"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("askew")) / "cards"


def calibrations() -> Path:
    """Where promises about files are kept: `$ASKEW_CALIBRATIONS`, or the user's folder for settings."""
    if chosen := os.environ.get("ASKEW_CALIBRATIONS"):
        return Path(chosen).expanduser()
    import platformdirs

    return Path(platformdirs.user_config_dir("askew")) / "calibrations"


def staging_beside(folder: Path) -> Path:
    """A new folder beside the one to come, to be renamed to it once it is whole."""
    import tempfile

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as fault:
        raise StoreError(f"{folder} cannot be made: {fault.strerror}.") from fault
    mask = os.umask(0)
    os.umask(mask)
    staging.chmod(0o777 & ~mask)  # mkdtemp makes folders that only their owner can open
    return staging


def put_whole(path: Path, write: Callable[[Path], object]) -> None:
    """A file of our own that is there as a whole, and on the disk, or as it was before. `write` gets another path."""
    staged = path.with_name(f".{path.name}.part{path.suffix}")  # some writers append a suffix where they miss their own
    write(staged)
    with staged.open("rb") as file:
        os.fsync(file.fileno())
    staged.replace(path)
