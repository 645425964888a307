"""A file that is there as a whole, or not at all."""

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
    """A file to write, which takes the place of `path` when the block ends well; when it does not, nothing changes.

    It is written beside it under a hidden name, and is on the disk before it takes its place. A link stays one: what it
    leads to is replaced. A device or a pipe is written to as it is. InputError where that cannot be done.
    """
    to = Path(os.path.realpath(path))
    with _told(path):
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
def _told(path: str | Path) -> Iterator[None]:
    """What the system says of this file; not what it says of another that is read meanwhile."""
    try:
        yield
    except OSError as fault:
        if fault.filename is not None and Path(fault.filename).parent != Path(os.path.realpath(path)).parent:
            raise
        raise InputError(f"{path} cannot be written: {fault.strerror or fault}.") from fault


def _as_before(file: BinaryIO, to: Path) -> None:
    """The permissions of the file that is replaced."""
    with suppress(OSError):  # there is none, or the file system knows no permissions
        os.chmod(file.fileno(), stat.S_IMODE(to.stat().st_mode))  # noqa: PTH101  # a descriptor has no path


def _settle(folder: Path) -> None:
    """So that the new name is on the disk, too."""
    with suppress(OSError):  # Windows has no handles of folders
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
