"""Runtime environment: usable processors and optional libraries."""

import os
from importlib.util import find_spec

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
