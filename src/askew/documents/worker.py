"""The sandboxed parser process: `python -P -m askew.documents.worker MEMORY SECONDS PATIENCE`, for one file at a time.

A malicious or broken file can only harm this process: memory, processor time and, as the last net, wall-clock time are
limited (see `Limits`); network and subprocesses are blocked. A request is a line of JSON, {"path", "format", "rows",
"size"}; an answer is the length in eight bytes, followed by JSON, {"text", "title", "metadata"} or {"grids"}, both
with {"notes", "left_out"}, or {"reason"}. JSON rather than pickle, so that even a compromised parser can only answer
with text.
"""

import json
import math
import os
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from askew.documents.contents import contents
from askew.documents.formats.draft import UnusableError
from askew.documents.formats.parsing import grids, is_table, parse, too_much_memory

LENGTH = struct.Struct(">Q")
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile")
MARGIN = 5  # further seconds after which a worker ends itself, in case its parent is gone
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")  # on a large machine, NumPy's threads would need all the memory


def main() -> None:
    memory, seconds, patience = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keep output printed by libraries out of the answers
    _confine(memory)
    while line := sys.stdin.buffer.readline():
        _allow(seconds, patience + MARGIN)
        answers.write(encoded(json.loads(line), memory))
        answers.flush()
        _alarm(0)


def encoded(request: dict[str, Any], memory: int) -> bytes:
    """Return the answer to a request as it is sent: the length, then JSON in ASCII."""
    try:
        return _framed(answer(request))
    except MemoryError:
        return _framed({"reason": too_much_memory(memory)})


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        data, format = contents(request["path"], request["size"]), request["format"]
        if request.get("rows"):
            found = grids(data, format)
            if request["rows"] == "always" or any(map(is_table, found.grids)):
                return vars(found) | {"grids": [tuple(vars(grid).values()) for grid in found.grids]}
        return asdict(parse(data, format))
    except UnusableError as error:
        return {"reason": str(error)}


def _framed(value: dict[str, Any]) -> bytes:
    data = json.dumps(value).encode("ascii")
    return LENGTH.pack(len(data)) + data


def refuse(event: str, _: tuple[Any, ...]) -> None:
    """Block dangerous events; an audit hook for sys.addaudithook."""
    if event.startswith(REFUSED):
        raise PermissionError(f"parsers may not use {event}")


def _confine(memory: int) -> None:
    """Limit memory to so many bytes beyond what is in use now."""
    sys.addaudithook(refuse)
    os.environ.update(dict.fromkeys(THREADS, "1"))
    if sys.platform == "win32":
        return
    import resource

    most = _in_use() + memory
    # macOS accepts neither of the two; where address space cannot be limited, data may be.
    for kind, limit in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, most), (resource.RLIMIT_AS, most)):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (limit, limit))


def _in_use() -> int:
    """Return the address space of this process in bytes, 0 where the platform does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def _allow(seconds: float, patience: float) -> None:
    """Allow one file so much more processor time and wall-clock time; beyond them, a signal ends the process."""
    _alarm(patience)
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    until = math.ceil(used.ru_utime + used.ru_stime + seconds)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (until, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _alarm(seconds: float) -> None:
    """Set a timer whose signal ends the process even while it runs C code; 0 removes it."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
