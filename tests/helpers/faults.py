"""Errors of the operating system on demand: the nth file operation of a block fails."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

EVENTS = frozenset(
    {
        "open",
        "os.listdir",
        "os.mkdir",
        "os.remove",
        "os.rename",
        "os.rmdir",
        "os.scandir",
        "os.truncate",
        "shutil.rmtree",
        "sqlite3.connect",
    }
)
"""Audit events of Python that are raised before a file is touched; an exception in the hook takes its place."""
ERRORS: list[BaseException] = [
    OSError(errno.ENOSPC, "No space left on device"),
    PermissionError(errno.EACCES, "Permission denied"),
    FileNotFoundError(errno.ENOENT, "No such file or directory"),
    OSError(errno.EMFILE, "Too many open files"),
    MemoryError(),
]
SOURCES = (".py", ".pyc", ".so", ".pyi")


class Fault:
    """The state of the one hook, which cannot be removed. left: operations until the error."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self.left = 0
        self.happened = False

    def hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.error is None or event not in EVENTS:
            return
        if event == "open" and str(arguments[0]).endswith(SOURCES):
            return  # an import
        self.count(arguments[0] if arguments and isinstance(arguments[0], str | os.PathLike) else None)

    def count(self, place: str | os.PathLike[str] | None = None) -> None:
        if self.error is None:
            return
        if self.left:
            self.left -= 1
            return
        error, self.error, self.happened = self.error, None, True
        if isinstance(error, OSError) and place is not None:
            raise type(error)(*error.args, os.fspath(place))
        raise error


FAULT = Fault()
_HOOKED: list[bool] = []


@contextmanager
def failing(nth: int, error: BaseException) -> Iterator[Fault]:
    """Let the nth file operation inside the block, counted from 0, raise this error; and `happened` say if it did."""
    if not _HOOKED:
        sys.addaudithook(FAULT.hook)
        _HOOKED.append(True)
    sync = os.fsync

    def fsync(handle: int) -> None:
        FAULT.count()
        sync(handle)

    os.fsync = fsync
    FAULT.error, FAULT.left, FAULT.happened = error, nth, False
    try:
        yield FAULT
    finally:
        os.fsync, FAULT.error = sync, None
