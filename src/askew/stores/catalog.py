"""The catalogue: the SQLite file that is the source of truth for an index. Everything else is derived or counted by it.

    meta       format, dim, manifest, language, state (below), facts about the approximate index, notes
    documents  one row each, ordered by `number`; passage keys are first … first + passages - 1
    texts      the text of each document, kept separate so that scans of `documents` do not read it
    passages   one span of a document's text each; text[start:end] is not stored again
    metadata   every value of every field of every document, for filters (`askew.stores.where.leaves`)
    dead       key ranges of documents replaced or deleted since the last compaction
    sources    the stamp of each file whose documents are all stored and up to date (`askew.stores.sources`)

A passage's row in the vector file is `key - base`. A compaction raises `base` above every key ever assigned, so an
old key becomes unknown and is never reused.
"""

import json
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from askew.errors import InputError, StoreError

T = TypeVar("T")

FORMAT = 2
CHUNK = 500
"""Bound values per statement; SQLite limits them."""
NAME = "catalog.sqlite"
NOTE = "note:"
"""Prefix of note names in `meta`, so that a note never overwrites a setting."""
PATIENCE_MS = 10_000
"""Busy timeout of a statement; only a checkpoint or a vacuum by another process can block it."""

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, metadata TEXT NOT NULL,
    digest TEXT NOT NULL, tokens INTEGER NOT NULL, seen INTEGER NOT NULL,
    first INTEGER NOT NULL, passages INTEGER NOT NULL, source TEXT NOT NULL DEFAULT ''
);
CREATE INDEX documents_source ON documents (source) WHERE source <> '';
CREATE TABLE texts (number INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY, document INTEGER NOT NULL, number INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL
);
CREATE TABLE metadata (
    field TEXT NOT NULL, kind TEXT NOT NULL, value NOT NULL, document INTEGER NOT NULL,
    first INTEGER NOT NULL, passages INTEGER NOT NULL,
    PRIMARY KEY (field, kind, value, document)
) WITHOUT ROWID;
CREATE INDEX metadata_document ON metadata (document);
CREATE TABLE dead (
    sequence INTEGER PRIMARY KEY, number INTEGER NOT NULL, first INTEGER NOT NULL, passages INTEGER NOT NULL
);
CREATE TABLE sources (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID;
"""

DAMAGED = "Restore the index from a backup, or index the documents again."


@dataclass(frozen=True)
class State:
    """Counters, updated by every commit; readers compare `change` to detect new data."""

    change: int = 0
    generation: int = 1
    base: int = 0
    rows: int = 0
    numbers: int = 0
    deaths: int = 0
    documents: int = 0
    passages: int = 0
    tokens: int = 0
    seen: int = 0
    truncated: int = 0
    longest: float = 0.0
    """Maximum norm of the vectors of this generation."""

    @property
    def dead(self) -> int:
        return self.rows - self.passages


class Catalog:
    """A SQLite connection shared by threads under a lock."""

    def __init__(self, folder: Path, *, writable: bool) -> None:
        self.path = folder / NAME
        self._turn = threading.RLock()
        self._behind = False
        self._connection = self._connect(writable)
        try:
            with guarded(self.path):
                self._prepare(writable)
        except BaseException:
            self._connection.close()
            raise

    def _connect(self, writable: bool) -> sqlite3.Connection:
        with guarded(self.path):
            try:
                return _open(self.path, "mode=rw")
            except sqlite3.OperationalError as error:
                if writable or not _needs_no_log(self.path, error):
                    raise
                return _open(self.path, "mode=ro&immutable=1")

    def _prepare(self, writable: bool) -> None:
        found = self._connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
        if found is None or not isinstance(found[0], int):
            raise StoreError(f"{self.path} is not an askew catalogue. {DAMAGED}")
        if found[0] > FORMAT:
            raise StoreError(
                f"{self.path.parent} was written by a newer version of askew (format {found[0]}; this version reads up "
                f"to {FORMAT}). Upgrade with: pip install --upgrade askew"
            )
        if found[0] < FORMAT and not writable:
            from askew.stores import upgrade

            upgrade.stand_in(self._connection)
            self._behind = True
        self._connection.execute(f"PRAGMA query_only = {int(not writable)}")

    def upgrade(self) -> None:
        """Migrate an older catalogue to the current format. The caller must hold the write lock."""
        from askew.stores import upgrade

        with self.reading() as connection:
            if get(connection, "format") == FORMAT:
                return
        with self.writing() as connection:
            upgrade.upgrade(connection, get(connection, "format"), FORMAT)
            put(connection, "format", FORMAT)

    def _catch_up(self) -> None:
        """Drop the stand-in views once a writer has migrated the catalogue that we opened in the old format."""
        from askew.stores import upgrade

        if get(self._connection, "format") < FORMAT:
            return
        self._connection.execute("PRAGMA query_only = 0")
        upgrade.step_aside(self._connection)
        self._connection.execute("PRAGMA query_only = 1")
        self._behind = False

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Open a read transaction: everything read inside is consistent."""
        with self._turn, guarded(self.path):
            if self._behind:
                self._catch_up()
            self._connection.execute("BEGIN")
            try:
                yield self._connection
            finally:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction: atomic, and durable when the block ends."""
        with self._turn, guarded(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def outside(self) -> Iterator[sqlite3.Connection]:
        """Yield the connection for statements that SQLite only allows outside a transaction."""
        with self._turn, guarded(self.path):
            yield self._connection

    def close(self) -> None:
        with self._turn:
            self._connection.close()


def create(folder: Path, dim: int, manifest: str, language: str) -> None:
    with guarded(folder / NAME):
        connection = _open(folder / NAME, "mode=rwc")
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(SCHEMA)
            connection.execute("BEGIN")
            settings: dict[str, str | int] = {"format": FORMAT, "dim": dim, "manifest": manifest, "language": language}
            for name, value in settings.items():
                put(connection, name, value)
            set_state(connection, State())
            connection.execute("COMMIT")
        finally:
            connection.close()


def _open(path: Path, query: str) -> sqlite3.Connection:
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


def _needs_no_log(path: Path, error: sqlite3.OperationalError) -> bool:
    """Return whether the file can be opened as immutable: read-only disk and no write-ahead log to replay."""
    log = path.with_name(path.name + "-wal")
    cannot = error.sqlite_errorname.startswith(("SQLITE_CANTOPEN", "SQLITE_READONLY"))
    return cannot and path.is_file() and not (log.exists() and log.stat().st_size)


def get(connection: sqlite3.Connection, name: str) -> Any:
    """Return a value from `meta`. Raises KeyError if there is none."""
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise KeyError(name)
    return found[0]


def put(connection: sqlite3.Connection, name: str, value: str | float) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", (name, value))


def note(connection: sqlite3.Connection, name: str) -> str:
    """Return a note, or ""."""
    try:
        return str(get(connection, NOTE + name))
    except KeyError:
        return ""


def set_note(connection: sqlite3.Connection, name: str, text: str) -> None:
    if text:
        put(connection, NOTE + name, text)
    else:
        connection.execute("DELETE FROM meta WHERE name = ?", (NOTE + name,))


def notes(connection: sqlite3.Connection) -> list[str]:
    """Return the names of all notes, sorted."""
    found = connection.execute("SELECT name FROM meta WHERE substr(name, 1, ?) = ? ORDER BY name", (len(NOTE), NOTE))
    return [str(name).removeprefix(NOTE) for (name,) in found]


def get_object(connection: sqlite3.Connection, name: str) -> dict[str, Any]:
    """Return a JSON object from `meta`, or {}."""
    try:
        return dict(json.loads(get(connection, name)))
    except KeyError:
        return {}


def put_object(connection: sqlite3.Connection, name: str, value: dict[str, Any]) -> None:
    put(connection, name, json.dumps(value))


def state(connection: sqlite3.Connection) -> State:
    try:
        [[text]] = connection.execute("SELECT value FROM meta WHERE name = 'state'")
        counts = json.loads(text)
        values = {part.name: counts[part.name] for part in fields(State)}
        if any(type(value) not in (int, float) or value < 0 for value in values.values()):
            raise ValueError(f"{values!r} are not counts")
        return State(**values)
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"The catalogue's counters are unreadable ({error!r}). {DAMAGED}") from error


def set_state(connection: sqlite3.Connection, new: State) -> State:
    """Save the state and increment its change counter."""
    counted = replace(new, change=new.change + 1)
    put_object(connection, "state", asdict(counted))
    return counted


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def select(connection: sqlite3.Connection, query: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Run `query` for the distinct values, in chunks. `{}` in the query is replaced by the placeholders."""
    unique = list(dict.fromkeys(values))
    for start in range(0, len(unique), CHUNK):
        part = unique[start : start + CHUNK]
        yield from connection.execute(query.format(",".join("?" * len(part))), part)


@contextmanager
def guarded(path: Path) -> Iterator[None]:
    """Translate SQLite errors into StoreError, and invalid Unicode in arguments into InputError."""
    try:
        yield
    except UnicodeEncodeError as error:
        raise InputError(
            f"Not valid Unicode text, so it cannot be stored or searched: {error.object[:80]!r}."
        ) from error
    except sqlite3.Error as error:
        raise StoreError(_explanation(path, error)) from error


def _explanation(path: Path, error: sqlite3.Error) -> str:
    name = getattr(error, "sqlite_errorname", "") or ""
    for start, sentence in (
        ("SQLITE_FULL", f"No space left on the disk that holds {path.parent}; nothing was written."),
        ("SQLITE_READONLY", f"Cannot write to {path.parent}: it is read-only for this user."),
        ("SQLITE_BUSY", f"{path.parent} is in use by another process; try again."),
        (
            "SQLITE_CANTOPEN",
            f"Cannot open {path}: check that it exists and that this user may read it and write to its folder "
            "(an index in a read-only folder can be searched but not changed).",
        ),
        ("SQLITE_IOERR", f"Disk error at {path} ({error}): the disk failed or is full; nothing was written."),
    ):
        if name.startswith(start):
            return sentence
    if isinstance(error, sqlite3.ProgrammingError):
        return f"{path.parent} is already closed, or is being misused: {error}."
    return f"{path} is damaged ({error}). {DAMAGED}"
