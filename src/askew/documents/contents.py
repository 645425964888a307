"""The bytes of a file, however it grows or pretends; never those of a pipe or a device."""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from askew.documents.formats.draft import UnusableError
from askew.documents.sources import NOT_REGULAR, STDIN, TABLES, Source, reason

LARGEST = 200_000_000
"""Bytes of a file that is one document."""
LARGEST_TABLE = 4_000_000_000
"""Bytes of a file whose rows are documents."""


@dataclass(frozen=True)
class Limits:
    """Of parsing one file. seconds: of the clock. memory, size: in bytes, of the parser and of the file."""

    seconds: float = 60.0
    memory: int = 4 << 30
    size: int = LARGEST


def text(source: Source, limits: Limits) -> str:
    """What is no UTF-8 comes as lone surrogates, so that each reader can say in which line it is."""
    most = LARGEST_TABLE if source.format in TABLES else limits.size
    data = sys.stdin.buffer.read() if source.path == STDIN else contents(source.path, most)
    return data.decode("utf-8-sig", "surrogateescape")


def contents(path: str, most: int) -> bytes:
    """UnusableError for what cannot be read, and for more than `most` bytes, whatever the file says of its size."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(number, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise UnusableError(NOT_REGULAR)
            data = file.read(most + 1) if about.st_size <= most else b""
    except (OSError, ValueError) as fault:
        raise UnusableError(f"it cannot be read: {reason(fault)}") from fault
    if max(about.st_size, len(data)) > most:
        raise UnusableError(f"it is larger than {most:,} bytes")
    return data


def spooled(folder: Path) -> str:
    """What stdin holds as a file, for parsers, which are processes of their own."""
    path = folder / "stdin"
    path.write_bytes(sys.stdin.buffer.read())
    return str(path)
