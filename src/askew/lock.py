"""The write lock: one writer at a time, by an OS file lock that is released even after a crash."""

import fcntl
import json
import os
import socket
import time
from pathlib import Path

from askew.errors import StoreError, StoreLockedError

PAUSE = 0.05
"""Seconds between two attempts."""


class WriteLock:
    def __init__(self, path: Path, wait: float) -> None:
        """Acquire the lock, waiting up to `wait` seconds; then raise StoreLockedError naming the holder."""
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"Cannot write to {path.parent}: {error.strerror}.") from error
        try:
            self._acquire(time.monotonic() + wait, wait)
            self._sign()
        except BaseException:
            os.close(self._file)
            raise

    def _acquire(self, deadline: float, wait: float) -> None:
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise StoreLockedError(self._complaint(wait)) from None
                time.sleep(PAUSE)
            except OSError as error:
                raise StoreError(f"Cannot lock {self._path}: {error.strerror}.") from error
            else:
                return

    def _sign(self) -> None:
        """Record the holder for the error message; failure (e.g. a full disk) is harmless."""
        try:
            os.ftruncate(self._file, 0)
            os.pwrite(self._file, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)
        except OSError:
            return

    def _complaint(self, wait: float) -> str:
        try:
            holder = json.loads(os.pread(self._file, 4096, 0))
            who = f"process {holder['pid']} on {holder['host']}"
        except (ValueError, KeyError, TypeError):
            who = "another process"
        waited = f" (waited {wait:g} s)" if wait else ""
        return f"{self._path.parent} is locked for writing by {who}{waited}. Try again once it has finished."

    def release(self) -> None:
        if self._file >= 0:
            fcntl.flock(self._file, fcntl.LOCK_UN)  # closing is not enough while a forked child has it open
            os.close(self._file)
            self._file = -1
