"""A process that parses files, one at a time: `python -P -m askew.documents.worker MEMORY SECONDS`.

Whatever a file does to a parser, it does it here: memory and time are bounded, the network and other programs are out
of reach. A request is a line of JSON, {"path", "format", "size"}; an answer is eight bytes with the length of the JSON
that follows, {"text", "title", "metadata"} or {"reason"}. JSON and not pickle, so that even a parser that was taken
over can only answer with text.
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
from askew.documents.formats.parsing import parse

LENGTH = struct.Struct(">Q")
REFUSED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.startfile")
PATIENCE = 5  # seconds after which a worker ends itself whose parent is no longer there to do it


def main() -> None:
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not get among the answers
    _confine(memory)
    while line := sys.stdin.buffer.readline():
        _alarm(seconds + PATIENCE)
        send(answers, answer(json.loads(line)))
        _alarm(0)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    try:
        return asdict(parse(contents(request["path"], request["size"]), request["format"]))
    except UnusableError as fault:
        return {"reason": str(fault)}
    except MemoryError:
        return {"reason": "it needs too much memory"}


def send(to: BinaryIO, value: dict[str, Any]) -> None:
    data = json.dumps(value).encode("ascii")
    to.write(LENGTH.pack(len(data)) + data)
    to.flush()


def refuse(event: str, _: tuple[Any, ...]) -> None:
    """For sys.addaudithook."""
    if event.startswith(REFUSED):
        raise PermissionError(f"a parser may not use {event}")


def _confine(memory: int) -> None:
    sys.addaudithook(refuse)
    if sys.platform == "win32":
        return
    import resource

    for kind, most in ((resource.RLIMIT_AS, memory), (resource.RLIMIT_CORE, 0)):
        with suppress(ValueError, OSError):  # macOS knows no limit of addresses
            resource.setrlimit(kind, (most, most))


def _alarm(seconds: float) -> None:
    """The signal ends the process also where it is deep within C."""
    if sys.platform != "win32":
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    main()
