"""The folder of a store, reached through the descriptor that opened it.

A path may mean another folder from one call to the next: a deployment moves the old index away and a new one into its
place. On Linux, every file of a store is therefore opened below `/proc/self/fd/N`, which stays the folder that was
opened wherever it is moved. Elsewhere the identity of the folder (device and inode) is compared before each use of
the path.
"""

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from askew.errors import AskewError, StoreError, system_reason
from askew.lock import SharedLock

T = TypeVar("T")

DESCRIPTORS = Path("/proc/self/fd")
RESERVE = "reserve"
RESERVED = 256 * 1024
"""Bytes set aside while the disk has room, so that documents can be deleted when it has none."""


class Folder:
    """A folder that was opened. path: absolute, as the user knows it.

    While it is open, `exclusive` fails in other processes.
    """

    def __init__(self, path: Path) -> None:
        """Open the folder, waiting while another process deletes it. Raises StoreError if it cannot be opened."""
        self.path = path.absolute()
        try:
            self._lock = SharedLock(path)
        except OSError as error:
            raise StoreError(f"Cannot open {path}: {error.strerror}.") from error
        found = os.fstat(self._lock.handle) if self._lock.handle >= 0 else path.stat()
        self._identity = (found.st_dev, found.st_ino)
        self._through = self._lock.handle >= 0 and (DESCRIPTORS / str(self._lock.handle)).is_dir()
        self.handle = self._lock.handle if self._through else None
        """The descriptor, where files can be reached by it."""

    @property
    def inside(self) -> Path:
        """The path by which to open files in the folder; see `shown` for messages."""
        if self._through:
            return DESCRIPTORS / str(self._lock.handle)
        self.check_current()
        return self.path

    def stat(self, name: str) -> os.stat_result:
        """Return the status of a file in the folder, faster than by `inside`: before each search."""
        if self._through:
            return os.stat(name, dir_fd=self._lock.handle)
        return (self.inside / name).stat()

    @property
    def current(self) -> bool:
        """Whether the path still leads to this folder."""
        try:
            found = self.path.stat()
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity

    def check_current(self) -> None:
        """Raise StoreError if the folder was moved, replaced or deleted since it was opened."""
        if not self.current:
            raise StoreError(
                f"{self.path} was moved, replaced or deleted while it was open; nothing was written. Open it again."
            )

    def shown(self, text: str) -> str:
        """Return a message with the path as the user knows it."""
        return text.replace(f"{DESCRIPTORS / str(self._lock.handle)}", str(self.path)) if self._through else text

    def close(self) -> None:
        self._lock.release()

    def reserve(self) -> None:
        """Set space aside for deletions on a full disk, if there is any."""
        place = self.inside / RESERVE
        if place.exists():
            return
        try:
            with place.open("xb") as file:
                file.write(bytes(RESERVED))
                file.flush()
                os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):
                place.unlink()

    def release_reserve(self) -> bool:
        """Free the reserved space and return whether there was any."""
        try:
            (self.inside / RESERVE).unlink()
        except OSError:
            return False
        return True


def remove(folder: Path, names: Sequence[str]) -> None:
    """Remove these files and folders, as far as they exist and can be removed."""
    for name in names:
        place = folder / name
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place, ignore_errors=True)
        else:
            with suppress(OSError):
                place.unlink()


@contextmanager
def explained(folder: Folder) -> Iterator[None]:
    """Turn errors of the operating system into StoreErrors with the path as the user knows it."""
    try:
        yield
    except (StoreError, OSError, MemoryError) as error:
        told = explained_error(error, folder)
        if told is error:
            raise
        raise told from error


def explained_error(error: BaseException, folder: Folder) -> AskewError:
    """Return what to raise for an error of the system, or the error itself if it is ours and needs no change."""
    if isinstance(error, AskewError):
        text = str(error)
        shown = folder.shown(text)
        return error if shown == text or not isinstance(error, StoreError) else type(error)(shown)
    if isinstance(error, OSError) and error.filename is not None and not error.errno:
        return StoreError(f"{folder.path} cannot be used: {folder.shown(str(error))}.")
    if isinstance(error, OSError | MemoryError):
        return StoreError(folder.shown(system_reason(error, str(folder.path))))
    return StoreError(f"{folder.path} cannot be used: {error}.")


def with_reserve(folder: Path, act: Callable[[], T]) -> T:
    """Act again with the reserved space if the disk is full."""
    try:
        return act()
    except StoreError:
        if not (folder / RESERVE).exists() or shutil.disk_usage(folder).free >= RESERVED:
            raise
        with suppress(OSError):
            (folder / RESERVE).unlink()
        return act()
