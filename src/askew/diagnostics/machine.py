"""The machine that askew runs on: processor, memory, folders, and what the environment says of the network."""

import os
import platform
import re
import shutil
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from askew.environment import cores, memory_limit

SETS = {
    "AVX2": r"avx2",
    "AVX-512": r"avx512f",
    "VNNI": r"avx512_?vnni|avx_vnni",
    "AMX": r"amx_int8",
    "NEON": r"asimd|neon",
    "DOTPROD": r"asimddp",
    "I8MM": r"i8mm",
}
"""What makes int8 and fp32 fast, by the flags of /proc/cpuinfo and of NumPy."""
PLACES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "HF_ENDPOINT")
SWITCHES = ("HF_HUB_OFFLINE", "HF_HOME", "ASKEW_CACHE", "ASKEW_CARDS", "OMP_NUM_THREADS", "MALLOC_ARENA_MAX")
SECRETS = ("HF_TOKEN", "OPENAI_API_KEY")
SHORT = 500_000_000
"""Bytes: less room than this and a model does not fit."""


@dataclass(frozen=True)
class Machine:
    """memory: bytes of this machine, or of the container where that has less; 0 where the platform does not tell."""

    system: str
    processor: str
    cores: int
    instruction_sets: tuple[str, ...]
    memory: int


@dataclass(frozen=True)
class CacheFolder:
    """A folder. size: bytes of the files in it. free: bytes left on its disk. exists: it is made when it is needed."""

    path: str
    exists: bool
    writable: bool
    size: int
    free: int


def machine() -> Machine:
    flags = _flags()
    found = tuple(name for name, flag in SETS.items() if re.search(rf"\b({flag})\b", flags))
    return Machine(platform.platform(terse=True), platform.machine(), cores(), found, _memory())


def place(path: Path) -> CacheFolder:
    """Look at a folder, without creating it: whether it could be written is asked of the nearest that exists."""
    nearest = next(one for one in (path, *path.absolute().parents) if one.exists())
    writable = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
    size = sum(_size(file) for file in path.rglob("*")) if path.is_dir() else 0
    return CacheFolder(str(path), path.is_dir(), writable, size, shutil.disk_usage(nearest).free)


def variables() -> dict[str, str]:
    """Return what is set of the variables that change where askew looks, without names of users, passwords and keys."""
    found = {}
    for name in (*PLACES, *SWITCHES, *SECRETS):
        value = os.environ.get(name) or os.environ.get(name.lower(), "")
        if value:
            found[name] = "(set)" if name in SECRETS else _public(value) if name in PLACES else value
    return found


def _public(value: str) -> str:
    """Return scheme, host and port of an address; a list of hosts, as NO_PROXY has, stays as it is."""
    if "://" not in value:
        return value.rpartition("@")[2]
    try:
        parts = urlsplit(value)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return "(not an address)"
    return f"{parts.scheme}://{parts.hostname or ''}{port}"


def _size(file: Path) -> int:
    try:
        return file.stat().st_size if file.is_file() and not file.is_symlink() else 0
    except OSError:  # it went away meanwhile
        return 0


def _flags() -> str:
    """Return the flags of the first processor, in lower case."""
    try:
        text = Path("/proc/cpuinfo").read_text("utf-8", "replace")
        lines = [line for line in text.splitlines() if line.lower().startswith(("flags", "features"))]
        return lines[0].lower() if lines else ""
    except OSError:
        return _numpy_flags()


def _numpy_flags() -> str:
    """Return the sets that NumPy found at its start, by the names of /proc/cpuinfo; on macOS and Windows."""
    try:
        features = import_module("numpy._core._multiarray_umath").__cpu_features__
    except (ImportError, AttributeError):  # it is not a public name
        return ""
    names = {"AVX512_ICL": "avx512_vnni", "ASIMDDP": "asimddp", "AVX512F": "avx512f", "AVX2": "avx2"}
    return " ".join(names.get(name, name.lower()) for name, has in features.items() if has)


def _memory() -> int:
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        whole = _windows_memory()
    return min(whole, memory_limit() or whole)


def _windows_memory() -> int:
    if sys.platform != "win32":
        return 0
    import ctypes

    size = ctypes.c_ulonglong(0)
    found = ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(size))
    return size.value * 1024 if found else 0
