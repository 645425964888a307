"""Where askew keeps what it fetched or compiled, and how a file or folder appears whole or not at all."""

import os
from pathlib import Path

import platformdirs


def cache() -> Path:
    """`$ASKEW_CACHE`, or the user's cache folder."""
    chosen = os.environ.get("ASKEW_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("askew"))
