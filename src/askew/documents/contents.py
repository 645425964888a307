"""Size-limited reading of regular files, robust against growing files and wrong sizes; never pipes or devices."""

import os
import stat
import sys
from dataclasses import dataclass
from pathlib import Path

from askew.documents.formats.draft import UnusableError
from askew.documents.sources import NOT_REGULAR, STDIN, TABLES, Source, reason

LARGEST = 200_000_000
"""Maximum bytes of a file that is one document."""
LARGEST_TABLE = 4_000_000_000
"""Maximum bytes of a file whose rows are documents."""


@dataclass(frozen=True)
class Limits:
    """Limits for parsing one file. seconds: wall-clock time. memory: bytes for the parser. size: bytes of the file."""

    seconds: float = 60.0
    memory: int = 4 << 30
    size: int = LARGEST


def text(source: Source, limits: Limits) -> str:
    """Decode a file as UTF-8; invalid bytes become lone surrogates, so that readers can report the line."""
    most = LARGEST_TABLE if source.format in TABLES else limits.size
    data = sys.stdin.buffer.read() if source.path == STDIN else contents(source.path, most)
    return data.decode("utf-8-sig", "surrogateescape")


def contents(path: str, most: int) -> bytes:
    """Read a file. Raises UnusableError if it is unreadable or has more than `most` bytes, whatever size it reports."""
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(number, "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode):
                raise UnusableError(NOT_REGULAR)
            data = file.read(most + 1) if about.st_size <= most else b""
    except (OSError, ValueError) as error:
        raise UnusableError(f"cannot be read: {reason(error)}") from error
    if max(about.st_size, len(data)) > most:
        raise UnusableError(f"larger than {most:,} bytes")
    return data


def spooled(folder: Path) -> str:
    """Write stdin to a file, for the parser processes, and return its path."""
    path = folder / "stdin"
    path.write_bytes(sys.stdin.buffer.read())
    return str(path)
