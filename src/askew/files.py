"""Durable files: append, atomic replacement of files and folders, and removal of stale folders.

Durable means on disk when the call returns, the folder entry included. Only this module and the stores call fsync or
replace a file or folder that others may read.
"""

import errno
import os
import shutil
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from askew.errors import InputError, StoreError

DAY = 24 * 3600
MONTH = 30 * DAY
HIDDEN = ".askew-tmp"
"""Suffix of files and folders that are not complete yet."""
UNSUPPORTED = frozenset({errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP})
"""Errors of file systems that cannot open or sync folders."""


def sync(file: BinaryIO) -> None:
    """Flush a file and write it to disk."""
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Write the entries of a folder to disk: a new or renamed file survives a power failure only after that."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in UNSUPPORTED:
            raise


def append(path: Path, data: bytes) -> None:
    """Append bytes to a file, durably. If that fails, the file is truncated to its previous size."""
    with path.open("ab") as file:
        size = file.seek(0, os.SEEK_END)
        try:
            file.write(data)
            sync(file)
        except OSError:
            with suppress(OSError):
                os.truncate(path, size)
            raise
    if not size:
        sync_folder(path.parent)


def truncate(path: Path, size: int) -> None:
    """Truncate a file that is longer than `size` bytes; create it if it does not exist."""
    with path.open("ab") as file:
        if file.seek(0, os.SEEK_END) > size:
            file.truncate(size)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a file that replaces `path`, durably, when the block succeeds; if it fails, nothing changes.

    It is written next to `path` under a hidden name. Permissions are kept. A link is kept too, and its target replaced.
    """
    to = Path(os.path.realpath(path))
    temporary = _hidden(to)
    try:
        with temporary.open("xb") as file:
            yield file
            with suppress(OSError):  # no such file yet, or a file system without permissions
                os.chmod(file.fileno(), stat.S_IMODE(to.stat().st_mode))  # noqa: PTH101  # a descriptor has no path
            sync(file)
        temporary.replace(to)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    sync_folder(to.parent)


def replace_text(path: Path, text: str) -> None:
    """Replace a file by this text in UTF-8, durably."""
    with replacing(path) as file:
        file.write(text.encode("utf-8"))


@contextmanager
def output(path: str | Path) -> Iterator[BinaryIO]:
    """Open an output file of the user, which is complete or unchanged: `replacing`, but a device or pipe is written to
    directly, and a system error is an InputError that names the file.
    """
    to = Path(os.path.realpath(path))
    try:
        with to.open("wb") if to.exists() and not to.is_file() else replacing(to) as file:
            yield file
    except OSError as error:
        if error.filename is not None and Path(error.filename).parent != to.parent:
            raise  # about another file, which the block reads
        raise InputError(f"Cannot write {path}: {error.strerror or error}.") from error


@contextmanager
def staging(folder: Path, keep: bool = False) -> Iterator[Path]:
    """Create a folder atomically: fill the hidden one that is yielded; it is renamed, durably, when the block succeeds.

    keep: if another process has created the folder in the meantime, use that one. Otherwise StoreError. What a killed
    process left behind is removed when another folder is created in the same place, a day later or after that.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep(folder.parent, DAY, f".*{HIDDEN}")
        temporary = _hidden(folder)
        temporary.mkdir()
    except OSError as error:
        raise StoreError(f"Cannot create {folder}: {error.strerror or error}.") from error
    try:
        yield temporary
        sync_tree(temporary)
        try:
            temporary.rename(folder)
        except OSError as error:
            if not folder.exists():
                raise
            if not keep:
                raise StoreError(f"{folder} already exists; choose another name, or delete it first.") from error
        sync_folder(folder.parent)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_outputs(paths: Iterable[Path], *, force: bool, sources: Iterable[str | Path] = ()) -> None:
    """Raise InputError if a file would be overwritten: one that exists without `force`, a source in any case."""
    real = os.path.realpath
    read = {real(source) for source in sources}
    for path in paths:
        if real(path) in read:
            raise InputError(f"{path} is what is read, and is never overwritten: choose another path.")
        if path.exists() and path.is_file() and not force:
            raise InputError(f"{path} already exists: choose another path, or set force (--force) to replace it.")


def settle(folder: Path, to: Path) -> None:
    """Move a finished folder to its place, durably and in one step. Raises StoreError if that is not possible."""
    sync_tree(folder)
    try:
        folder.rename(to)
    except OSError as error:
        raise StoreError(f"{to} cannot be written: {error.strerror or error}.") from error
    sync_folder(to.parent)


def discard(folder: Path) -> None:
    """Delete a folder; it disappears in one step. No error if it does not exist."""
    aside = _hidden(folder)
    with suppress(FileNotFoundError):
        folder.rename(aside)
    shutil.rmtree(aside, ignore_errors=True)


def sweep(root: Path, age: float, pattern: str = "*") -> None:
    """Delete the folders in `root` that were last modified more than `age` seconds ago."""
    for folder in root.glob(pattern):
        with suppress(OSError):  # another process may be sweeping too
            if folder.is_dir() and time.time() - folder.stat().st_mtime > age:
                shutil.rmtree(folder, ignore_errors=True)


def _hidden(path: Path) -> Path:
    return path.with_name(f".{path.name[:200]}.{os.urandom(4).hex()}{HIDDEN}")


def sync_tree(folder: Path) -> None:
    """Write every file and folder below a folder to disk."""
    for path, _, names in os.walk(folder):
        for name in names:
            with (Path(path) / name).open("rb") as file:
                os.fsync(file.fileno())
        sync_folder(Path(path))
