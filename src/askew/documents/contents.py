"""Bounded reading of regular files, in pieces and whatever size they report; never pipes or devices."""

import hashlib
import io
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from askew.documents.formats.draft import UnusableError
from askew.documents.sources import NOT_REGULAR, STDIN, TABLES, Source, reason

LARGEST = 200_000_000
"""Maximum bytes of a file that is one document."""
LARGEST_TABLE = 4_000_000_000
"""Maximum bytes of a file whose rows are documents."""
PIECE = 1 << 20
"""Bytes read at once: memory follows what a file holds, never a limit or a size that something declares."""


@dataclass(frozen=True)
class Limits:
    """Limits for parsing one file.

    seconds: processor time, which a busy machine does not use up. patience: wall-clock seconds, for a parser that
    waits instead of working. memory: bytes of address space for the parser, beyond what it has at its start; not
    limited on Windows and macOS, nor is processor time on Windows. size: bytes of the file.
    """

    seconds: float = 60.0
    memory: int = 1 << 30
    size: int = LARGEST
    patience: float = 600.0


def text(source: Source, limits: Limits) -> str:
    """Decode a file as UTF-8; invalid bytes become lone surrogates, so that readers can report the line."""
    return raw(source, limits).decode("utf-8-sig", "surrogateescape")


def raw(source: Source, limits: Limits) -> bytes:
    most = most_of(source, limits)
    return b"".join(pieces(sys.stdin.buffer, most)) if source.path == STDIN else contents(source.path, most)


def most_of(source: Source, limits: Limits) -> int:
    """Return the largest size in bytes at which a file is read."""
    return LARGEST_TABLE if source.format in TABLES else limits.size


def contents(path: str, most: int) -> bytes:
    """Read a file. Raises UnusableError if it is unreadable or has more than `most` bytes, whatever size it reports."""
    held = io.BytesIO()
    with _opened(path, most) as file:
        for piece in pieces(file, most):
            held.write(piece)
    return held.getvalue()


def digest(path: str, most: int) -> str:
    """Return the SHA-256 of a file, hexadecimal. Raises UnusableError as `contents` does."""
    made = hashlib.sha256()
    with _opened(path, most) as file:
        for piece in pieces(file, most):
            made.update(piece)
    return made.hexdigest()


def pieces(file: BinaryIO, most: int) -> Iterator[bytes]:
    """Yield what is left of a file. Raises UnusableError as soon as it exceeds `most` bytes."""
    size = 0
    while piece := file.read(PIECE):
        size += len(piece)
        if size > most:
            raise UnusableError(_too_large(most))
        yield piece


@contextmanager
def _opened(path: str, most: int) -> Iterator[BinaryIO]:
    try:
        number = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(number, "rb") as file:
            about = os.fstat(number)
            if not stat.S_ISREG(about.st_mode):
                raise UnusableError(NOT_REGULAR)
            if about.st_size > most:
                raise UnusableError(_too_large(most))
            yield file
    except (OSError, ValueError) as error:
        raise UnusableError(f"cannot be read: {reason(error)}") from error


def _too_large(most: int) -> str:
    return f"larger than {most:,} bytes"


def spooled(folder: Path, most: int) -> str:
    """Write stdin to a file for the parsers and return its path. Raises UnusableError beyond `most` bytes."""
    path = folder / "stdin"
    with path.open("wb") as file:
        for piece in pieces(sys.stdin.buffer, most):
            file.write(piece)
    return str(path)
