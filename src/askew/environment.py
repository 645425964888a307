"""Runtime environment: usable processors and optional libraries."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from askew.errors import InputError

ARENA_MAX = -8
"""Number of this parameter in glibc's malloc.h."""


def cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resident_memory() -> int:
    """Return the bytes of memory that this process holds, its highest so far where the platform does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        if sys.platform == "win32":
            return 0
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def limit_arenas() -> None:
    """Have glibc's malloc keep as many arenas as there are processors, instead of eight times as many: each keeps what
    its threads freed, which in a process of many threads is most of its memory. Elsewhere, nothing.
    """
    if sys.platform != "linux" or "MALLOC_ARENA_MAX" in os.environ:
        return
    import ctypes

    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(ARENA_MAX, cores())


def require(module: str, library: str, extra: str, what: str) -> None:
    """InputError with the line that installs it, where it is missing; it is not imported yet."""
    if not _there(module):
        raise InputError(f"{what} needs {library}: pip install 'askew[{extra}]'.")


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ValueError:  # somebody has put None in its place
        return False
