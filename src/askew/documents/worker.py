"""The sandboxed parser process: `python -P -m askew.documents.worker MEMORY SECONDS`. Parses one file at a time.

A malicious or broken file can only harm this process: memory and time are limited, network and subprocesses are
blocked. A request is a line of JSON, {"path", "format", "size"}; an answer is the length in eight bytes, followed by
JSON, {"text", "title", "metadata"} or {"reason"}. JSON rather than pickle, so that even a compromised parser can only
answer with text.
"""

import json
import os
import signal
import struct
import sys
from contextlib import suppress
from dataclasses import asdict
from typing import Any, BinaryIO

from askew.documents.contents import contents
from askew.documents.formats.draft import UnusableError
from askew.documents.formats.parsing import TOO_MUCH_MEMORY, parse

LENGTH = struct.Struct(">Q")
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile")
PATIENCE = 5  # extra seconds after which a worker ends itself, in case its parent is gone


def main() -> None:
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # keep output printed by libraries out of the answers
    _confine(memory)
    while line := sys.stdin.buffer.readline():
        _alarm(seconds + PATIENCE)
        send(answers, answer(json.loads(line)))
        _alarm(0)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return asdict(parse(contents(request["path"], request["size"]), request["format"]))
    except UnusableError as error:
        return {"reason": str(error)}
    except MemoryError:
        return {"reason": TOO_MUCH_MEMORY}


def send(to: BinaryIO, value: dict[str, Any]) -> None:
    data = json.dumps(value).encode("ascii")
    to.write(LENGTH.pack(len(data)) + data)
    to.flush()


def refuse(event: str, _: tuple[Any, ...]) -> None:
    """Block dangerous events; an audit hook for sys.addaudithook."""
    if event.startswith(REFUSED):
        raise PermissionError(f"parsers may not use {event}")


def _confine(memory: int) -> None:
    sys.addaudithook(refuse)
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS does not support RLIMIT_AS
            resource.setrlimit(kind, (most, most))


def _alarm(seconds: float) -> None:
    """Set a timer whose signal ends the process even while it runs C code."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
