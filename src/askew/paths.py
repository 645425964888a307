"""Locations of the cache, of the user's model cards and of calibrations."""

import os
from pathlib import Path


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
