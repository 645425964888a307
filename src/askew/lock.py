"""Locks of the operating system: one writer at a time, and folders that are in use. Released even after a crash.

A lock belongs to the process that took it: a forked child can neither use nor release it.
"""

import json
import math
import os
import socket
import sys
import time
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from askew.errors import StoreError, StoreLockedError
from askew.progress import Progress, Report, silent

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PAUSE = 0.05
"""Seconds between two attempts."""
WAITING = "wait for another process that does the same"


class WriteLock:
    def __init__(self, path: Path, wait: float, name: Path | None = None) -> None:
        """Acquire the lock, waiting up to `wait` seconds; then raise StoreLockedError naming the holder.

        name: what is locked, for messages; the folder of the file by default.
        """
        self._name = name or path.parent
        self._owner = os.getpid()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o666)
        except OSError as error:
            raise StoreError(f"Cannot write to {self._name}: {error.strerror}.") from error
        try:
            self._acquire(time.monotonic() + wait, wait)
            self._sign()
        except BaseException:
            os.close(self._file)
            raise

    def _acquire(self, deadline: float, wait: float) -> None:
        while True:
            try:
                taken = _take(self._file)
            except OSError as error:
                raise StoreError(f"Cannot lock {self._name}: {error.strerror}.") from error
            if taken:
                return
            if time.monotonic() >= deadline:
                raise StoreLockedError(self._complaint(wait))
            time.sleep(PAUSE)

    def _sign(self) -> None:
        """Record the holder for the error message; failure (e.g. a full disk) is harmless."""
        try:
            os.ftruncate(self._file, 0)
            os.lseek(self._file, 0, os.SEEK_SET)
            os.write(self._file, json.dumps({"pid": self._owner, "host": socket.gethostname()}).encode())
        except OSError:
            return

    def _complaint(self, wait: float) -> str:
        try:
            os.lseek(self._file, 0, os.SEEK_SET)
            holder = json.loads(os.read(self._file, 4096))
            who = f"process {holder['pid']} on {holder['host']}"
        except (OSError, ValueError, KeyError, TypeError):
            who = "another process"
        waited = f" (waited {wait:g} s)" if wait else ""
        return f"{self._name} is locked for writing by {who}{waited}. Try again once it has finished."

    def release(self) -> None:
        """Release the lock; in a forked child, only let go of it."""
        if self._file < 0:
            return
        if os.getpid() == self._owner:
            _give(self._file)  # closing is not enough while a forked child has it open
        os.close(self._file)
        self._file = -1


def waited(path: Path, report: Report = silent) -> WriteLock:
    """Acquire a lock on work that another process may be doing too, waiting until it is done.

    The operating system releases the lock of a process that dies, so no wait is in vain.
    """
    with suppress(StoreLockedError):
        return WriteLock(path, 0)
    report(Progress(WAITING, 0, 0))
    return WriteLock(path, math.inf)


class SharedLock:
    """A descriptor of a folder with a shared lock, as long as which `exclusive` is false. -1 where there are none."""

    def __init__(self, folder: Path) -> None:
        """Acquire the lock, waiting while another process has the folder to itself."""
        self.handle = -1
        if fcntl is None:  # Windows does not delete what is open
            return
        self.handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        with suppress(OSError):  # a file system without locks
            fcntl.flock(self.handle, fcntl.LOCK_SH)

    def release(self) -> None:
        if self.handle >= 0:
            os.close(self.handle)
            self.handle = -1

    def __del__(self) -> None:
        """Release the lock of a folder that was never closed."""
        self.release()


@contextmanager
def exclusive(folder: Path) -> Iterator[bool]:
    """Yield whether no process has the folder open; if so, none can open it inside the block."""
    if fcntl is None:
        yield True
        return
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _take(file: int) -> bool:
    """Return whether the lock was free and is ours now."""
    if fcntl is not None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
    windows: Any = __import__("msvcrt")
    try:
        os.lseek(file, FAR, os.SEEK_SET)
        windows.locking(file, windows.LK_NBLCK, 1)
    except OSError:
        return False
    return True


def _give(file: int) -> None:
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_UN)
        return
    windows: Any = __import__("msvcrt")
    os.lseek(file, FAR, os.SEEK_SET)
    windows.locking(file, windows.LK_UNLCK, 1)


FAR = 1 << 30
"""The byte that is locked on Windows, where a locked byte cannot be read: behind the name of the holder."""


class Abandoning(Protocol):
    """What must begin anew in a forked child, without the threads, locks and connections of its parent."""

    def abandon(self) -> None: ...


LIVE: "weakref.WeakSet[Abandoning]" = weakref.WeakSet()
"""What is abandoned in every forked child of this process."""


def _after_fork() -> None:
    for one in list(LIVE):
        one.abandon()
    if (faiss := sys.modules.get("faiss")) is not None:
        faiss.omp_set_num_threads(1)  # the threads of OpenMP are not there any more, and would be waited for


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def immortal(thing: object) -> None:
    """Never free an object, not even at the end of the process: its destructor would wait, or act on a shared file."""
    import ctypes

    ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))
