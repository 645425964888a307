"""One writer at a time: an operating system's lock on a file, which no crash can leave behind."""

import fcntl
import json
import os
import socket
import time
from pathlib import Path

from askew.errors import StoreError, StoreLockedError

PAUSE = 0.05
"""Seconds between two tries."""


class WriteLock:
    def __init__(self, path: Path, wait: float) -> None:
        """Waits up to `wait` seconds; then StoreLockedError names the holder."""
        self._path = path
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError as error:
            raise StoreError(f"{path.parent} cannot be written: {error.strerror}.") from error
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
                raise StoreError(f"{self._path} cannot be locked: {error.strerror}.") from error
            else:
                return

    def _sign(self) -> None:
        """Who holds the lock is for people only, so a full disk does not matter here."""
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
        waited = f" Waited {wait:g} seconds." if wait else ""
        return f"{self._path.parent} is being written by {who}.{waited} Try again when it has finished."

    def release(self) -> None:
        if self._file >= 0:
            fcntl.flock(self._file, fcntl.LOCK_UN)  # closing alone would not, while a forked child has it open
            os.close(self._file)
            self._file = -1
