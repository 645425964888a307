"""Atomic replacement of files: a file is complete, or unchanged."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from askew.errors import InputError


@contextmanager
def replacing(path: str | Path) -> Iterator[BinaryIO]:
    """Open a file that replaces `path` when the block succeeds; if it fails, nothing changes.

    The new file is written next to `path` under a hidden name, and is on disk before it replaces it. A link is kept,
    and its target is replaced. Devices and pipes are written to directly. Raises InputError if that is not possible.
    """
    to = Path(os.path.realpath(path))
    with _reporting(path):
        if to.exists() and not to.is_file():
            with to.open("wb") as file:
                yield file
            return
        temporary = to.with_name(f".{to.name[:200]}.{secrets.token_hex(4)}.tmp")
        try:
            with temporary.open("xb") as file:
                yield file
                file.flush()
                _as_before(file, to)
                os.fsync(file.fileno())
            temporary.replace(to)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise
    _settle(to.parent)


@contextmanager
def _reporting(path: str | Path) -> Iterator[None]:
    """Raise system errors about this file as InputError; pass on those about other files read meanwhile."""
    try:
        yield
    except OSError as error:
        if error.filename is not None and Path(error.filename).parent != Path(os.path.realpath(path)).parent:
            raise
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error


def _as_before(file: BinaryIO, to: Path) -> None:
    """Copy the permissions of the file that is replaced."""
    with suppress(OSError):  # no such file, or a file system without permissions
        os.chmod(file.fileno(), stat.S_IMODE(to.stat().st_mode))  # noqa: PTH101  # a descriptor has no path


def _settle(folder: Path) -> None:
    """Sync the folder, so that the new name is on disk too."""
    with suppress(OSError):  # Windows cannot open folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
