"""Runtime environment: usable processors and optional libraries."""

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

from askew.errors import InputError

ARENA_MAX = -8
"""Number of this parameter in glibc's malloc.h."""
CONTROL_GROUP = Path("/sys/fs/cgroup")
"""Version 2: a container sees its own files here."""
MEMINFO = Path("/proc/meminfo")
UNKNOWN_MEMORY = 8 << 30
"""Bytes assumed free if the system does not report them."""


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


def memory_limit() -> int | None:
    """Return the bytes that the container may use; None outside one, or in one without a limit."""
    return _control_group("memory.max")


def free_memory() -> int:
    """Return the bytes of memory still available to this process: to the machine, or to its container if fewer."""
    free, limit = _free_on_machine(), memory_limit()
    if limit is None:
        return free
    files = re.search(r"^inactive_file (\d+)$", _read(CONTROL_GROUP / "memory.stat"), re.MULTILINE)
    used = (_control_group("memory.current") or 0) - (int(files[1]) if files else 0)  # pages of files make room
    return min(free, max(limit - used, 0))


def _free_on_machine() -> int:
    if found := re.search(r"^MemAvailable: +(\d+)", _read(MEMINFO), re.MULTILINE):
        return int(found[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return UNKNOWN_MEMORY


def _control_group(name: str) -> int | None:
    text = _read(CONTROL_GROUP / name).strip()
    return int(text) if text.isdigit() else None  # "max" is no limit


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii", "replace")
    except OSError:
        return ""


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
