"""SQLite connections to the catalogue, for reading and for writing, and what SQLite and the system refuse.

A reader's connection is read-only and never deletes or changes a file. Where SQLite cannot have its shared memory (a
read-only or a full disk), a reader maps it read-only, or reads the file as one that does not change and verifies that.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from askew.errors import AskewError, InputError, StoreError
from askew.lock import immortal
from askew.stores.catalog import DAMAGED, FORMAT, NAME
from askew.stores.local.folder import Folder, explained_error

PATIENCE_MS = 10_000
"""Busy timeout of a statement; only a checkpoint or a vacuum by another process can block it."""
TICK = 0.02
"""Seconds; the clock of file systems ticks every 4 to 10 ms."""
SETTLING = 10
LOG = f"{NAME}-wal"


class WritingConnection:
    """The connection that writes, and the file as it left it: no other process changes it while this one may."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.connection = connect(folder, "mode=rw")
        try:
            self._beside = connect(folder, "mode=ro")
        except BaseException:
            self.connection.close()
            raise
        self.note()

    def note(self) -> None:
        """Note what the file looks like after a change."""
        self._marks = _marks(self._folder) if self._folder.current else None

    @property
    def intact(self) -> bool:
        return self._marks is not None and self._folder.current and _marks(self._folder) == self._marks

    def close(self) -> None:
        """Close the connection.

        The last connection that may write copies the write-ahead log into the catalogue and deletes it by its path. In
        a file that is another's by now, the connection beside it stays open longer and prevents that.
        """
        pair = (self._beside, self.connection)
        for connection in pair if self.intact else reversed(pair):
            connection.close()

    def abandon(self) -> None:
        immortal(self.connection)
        immortal(self._beside)


class ReadingConnection:
    """A connection for reading.

    Where SQLite cannot have its shared memory (a read-only or a full disk), the file is read as one that does not
    change, which is verified before and after each transaction.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self.fixed: object = None
        self.behind = False
        self.handle = folder.handle
        before = file_marks(folder)
        self.connection = self._connect()
        try:
            self._prepare()
        except BaseException:
            self.connection.close()
            raise
        self.marks = (before, _log(folder))

    def outdated(self) -> bool:
        """Whether this connection no longer fits: the file was changed, or migrated to another format.

        A checkpoint changes it rarely; otherwise it was overwritten, and SQLite would mix its pages with those it
        remembers.
        """
        if _marks(self._folder) != self.marks:
            return True
        return self.behind and format_of(self.connection) >= FORMAT

    def check_fixed(self, error: sqlite3.Error | None = None) -> None:
        """Raise StoreError if a file that was read as one that does not change has changed."""
        if self.fixed is not None and _fixed(self._folder.inside) != self.fixed:
            raise StoreError(f"{self._folder.path} was changed while it was read; try again.") from error

    def _connect(self) -> sqlite3.Connection:
        """Connect in the first of the ways that is possible."""
        try:
            return connect(self._folder, "mode=ro")
        except sqlite3.OperationalError as error:
            if not _needs_space(error):
                raise
            first = error
        if not (self._folder.inside / NAME).exists():
            raise first
        log, memory = (self._folder.inside / f"{NAME}{end}" for end in ("-wal", "-shm"))
        if memory.exists():
            with suppress(sqlite3.OperationalError):
                return connect(self._folder, "mode=ro&readonly_shm=1")
        self.fixed = _settled(self._folder.inside)
        if log.exists() and log.stat().st_size:
            raise first
        return connect(self._folder, "mode=ro&immutable=1")

    def _prepare(self) -> None:
        found, path = format_of(self.connection), self._folder.path
        if not found:
            raise StoreError(f"{path / NAME} is not an askew catalogue. {DAMAGED}")
        if found > FORMAT:
            raise StoreError(
                f"{path} was written by a newer version of askew (format {found}; this version reads up to "
                f"{FORMAT}). Upgrade with: pip install --upgrade askew"
            )
        if found < FORMAT:
            from askew.stores.local import schema

            schema.stand_in(self.connection, found)
            self.behind = True
        self.connection.execute("PRAGMA query_only = 1")
        self.seal = _seal(self.connection, self._folder)


def connect(folder: Folder, query: str) -> sqlite3.Connection:
    """Connect to the catalogue in this folder. Raises StoreError if it is moved in the meantime."""
    connection = open_file(folder.inside / NAME, query)
    # SQLite resolves the path and opens its log by it: all three files must have come from this folder.
    if "mode=rw" in query and not folder.current:
        immortal(connection)
        folder.check_current()
    return connection


def open_file(path: Path, query: str) -> sqlite3.Connection:
    place = os.fspath(path.absolute()).replace("%", "%25").replace("?", "%3f").replace("#", "%23")
    connection = sqlite3.connect(
        f"file:{place}?{query}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=PATIENCE_MS / 1000,
    )
    try:
        # FULL: a commit to the write-ahead log is durable on return. -32000: 32 MB page cache.
        connection.executescript("PRAGMA synchronous = FULL; PRAGMA cache_size = -32000; PRAGMA temp_store = MEMORY")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def format_of(connection: sqlite3.Connection) -> int:
    """Return the format of a catalogue of any format, 0 if it has none."""
    found = connection.execute("SELECT value FROM main.meta WHERE name = 'format'").fetchone()
    return found[0] if found is not None and type(found[0]) is int and found[0] > 0 else 0


def _needs_space(error: sqlite3.OperationalError) -> bool:
    """Return whether SQLite failed because it cannot create or map its shared memory."""
    return error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_FULL", "SQLITE_IOERR"))


def file_marks(folder: Folder) -> tuple[int, ...]:
    """Return what identifies the file and its content outside the log; () if there is none."""
    try:
        found = folder.stat(NAME)
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def _log(folder: Folder) -> int:
    try:
        return folder.stat(LOG).st_ino
    except OSError:
        return 0


def _marks(folder: Folder) -> tuple[tuple[int, ...], int]:
    return file_marks(folder), _log(folder)


Seal = tuple[tuple[int, ...], list[tuple[str, Any]]]


def replaced(folder: Folder) -> StoreError:
    return StoreError(
        f"{folder.path} was replaced or changed by another program while it was open; nothing was written. "
        "Open it again."
    )


def _seal(connection: sqlite3.Connection, folder: Folder) -> Seal:
    """Return what never changes in an index."""
    query = "SELECT name, value FROM meta WHERE name IN ('identity', 'manifest', 'dim', 'language') ORDER BY name"
    return file_marks(folder)[:2], connection.execute(query).fetchall()


def _fixed(folder: Path) -> object:
    """Return what changes before a writer changes the file."""
    found, log = (folder / NAME).stat(), folder / f"{NAME}-wal"
    return found.st_ino, found.st_size, found.st_mtime_ns, log.stat().st_size if log.exists() else 0


def _settled(folder: Path) -> object:
    """Return `_fixed` once the file is old enough that a change in the same tick of the clock cannot hide."""
    for _ in range(SETTLING):
        found = _fixed(folder)
        if time.time() - (folder / NAME).stat().st_mtime > TICK:
            return found
        time.sleep(TICK)
    return found


@contextmanager
def guarded(path: Path, folder: Folder | None = None) -> Iterator[None]:
    """Translate errors of SQLite and of the system into StoreError, and invalid Unicode into InputError.

    path: the folder of the catalogue, for messages.
    """
    try:
        yield
    except (AskewError, OSError, MemoryError, UnicodeEncodeError, sqlite3.Error) as error:
        told = explanation(error, folder or path)
        if told is error:
            raise
        raise told from error


def explanation(error: BaseException, folder: Folder | Path) -> AskewError:
    """Return what to raise for an error of SQLite, of the system, or of our own."""
    if isinstance(error, UnicodeEncodeError):
        return InputError(f"Not valid Unicode text, so it cannot be stored or searched: {error.object[:80]!r}.")
    if isinstance(error, sqlite3.Error):
        return StoreError(_explanation(folder if isinstance(folder, Path) else folder.path, error))
    if isinstance(folder, Folder):
        return explained_error(error, folder)
    return error if isinstance(error, AskewError) else StoreError(f"{folder} cannot be used: {error}.")


def _explanation(path: Path, error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "") or ""
    for start, sentence in (
        ("SQLITE_FULL", f"No space left on the disk that holds {path}; nothing was written."),
        ("SQLITE_READONLY", f"Cannot write to {path}: it is read-only for this user."),
        ("SQLITE_BUSY", f"{path} is in use by another process; try again."),
        (
            "SQLITE_CANTOPEN",
            f"Cannot open {path / NAME}: check that it exists and that this user may read it and write to its folder "
            "(an index in a read-only folder can be searched but not changed).",
        ),
        ("SQLITE_IOERR", f"Disk error at {path / NAME} ({error}): the disk failed or is full; nothing was written."),
        ("SQLITE_NOMEM", f"Not enough memory for {path}: close other programs, or ask for less at once."),
    ):
        if name.startswith(start):
            return sentence
    if isinstance(error, sqlite3.ProgrammingError):
        return f"{path} is already closed, or is being misused: {error}."
    return f"{path / NAME} is damaged ({error}). {DAMAGED}"
