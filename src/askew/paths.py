"""Where askew keeps what it fetched or compiled, and how a file or folder appears whole or not at all."""

import os
from pathlib import Path

import platformdirs


def cache() -> Path:
    """`$ASKEW_CACHE`, or the user's cache folder."""
    chosen = os.environ.get("ASKEW_CACHE")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("askew"))


def own_cards() -> Path:
    """Where the cards of the user's own models are kept: `$ASKEW_CARDS`, or the user's folder for settings."""
    chosen = os.environ.get("ASKEW_CARDS")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_config_dir("askew")) / "cards"
