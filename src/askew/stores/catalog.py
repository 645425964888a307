"""The catalogue: the SQLite file that is the source of truth for an index. Everything else is derived or counted by it.

    meta       format, dim, manifest, language, state (below), file names, facts about the approximate index, notes
    documents  one row each, ordered by `number`; passage keys are first … first + passages - 1
    texts      the text of each document, kept separate so that scans of `documents` do not read it
    passages   one span of a document's text each; text[start:end] is not stored again
    metadata   every value of every field of every document, for filters (`askew.stores.where.leaves`)
    dead       key ranges of documents replaced or deleted since the last compaction
    sources    the stamp of each file whose documents are all stored and up to date (`askew.stores.bookkeeping`)
    sums       the checksum of each block of vectors (`askew.stores.local.vectors`)

A passage's row in the vector file is `key - base`. A compaction raises `base` above every key ever assigned, so an
old key becomes unknown and is never reused. The columns `sum` and `spans` hold checksums of their rows.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, TypeVar

import xxhash

from askew.errors import StoreError
from askew.quantisation import SUFFIXES, Precision, RowFormat
from askew.stores import RECALL

T = TypeVar("T")

FORMAT = 3
CHUNK = 500
"""Bound values per statement; SQLite limits them."""
NAME = "catalog.sqlite"
NOTE = "note:"
"""Prefix of note names in `meta`, so that a note never overwrites a setting."""

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL, sum INTEGER) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, metadata TEXT NOT NULL,
    digest TEXT NOT NULL, tokens INTEGER NOT NULL, seen INTEGER NOT NULL,
    first INTEGER NOT NULL, passages INTEGER NOT NULL, source TEXT NOT NULL DEFAULT '', sum INTEGER, spans INTEGER
);
CREATE INDEX documents_source ON documents (source) WHERE source <> '';
CREATE TABLE texts (number INTEGER PRIMARY KEY, text TEXT NOT NULL, sum INTEGER);
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
CREATE TABLE sources (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, sum INTEGER) WITHOUT ROWID;
CREATE TABLE sums (block INTEGER PRIMARY KEY, sum INTEGER NOT NULL);
"""

DAMAGED = "Restore the index from a backup, or make it anew from its documents."


def checksum(*values: object) -> int:
    """Return a 64-bit checksum (XXH3) of these values, signed, as SQLite stores integers."""
    text = "\x1f".join(map(str, values))
    number: int = xxhash.xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))
    return number - (1 << 64) if number >= 1 << 63 else number


def signed(number: int) -> int:
    return number - (1 << 64) if number >= 1 << 63 else number


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


@dataclass(frozen=True)
class Files:
    """Names of the derived files. made: every name that was ever given and is not known to be removed."""

    vectors: str
    text: str
    made: tuple[str, ...]

    @classmethod
    def of(cls, generation: int, made: Sequence[str] = (), precision: Precision = Precision.FLOAT32) -> "Files":
        vectors, text = f"vectors-{generation}.{SUFFIXES[precision]}", f"text-{generation}"
        return cls(vectors, text, tuple(dict.fromkeys([*made, vectors, text])))


def files(connection: sqlite3.Connection) -> Files:
    """Return the names of the derived files. Raises StoreError if they are not names in the folder itself."""
    try:
        found = get_object(connection, "files")
        names = Files(found["vectors"], found["text"], tuple(found["made"]))
        given = [names.vectors, names.text, *names.made]
        if not all(isinstance(name, str) and name and Path(name).name == name for name in given):
            raise ValueError(f"{given!r} are not file names")
    except (KeyError, TypeError, ValueError) as error:
        raise StoreError(f"The catalogue's file names are unreadable ({error!r}). {DAMAGED}") from error
    return names


def set_files(connection: sqlite3.Connection, names: Files) -> None:
    put_object(connection, "files", asdict(names))


def get(connection: sqlite3.Connection, name: str) -> Any:
    """Return a value from `meta`. Raises KeyError if there is none."""
    found = connection.execute("SELECT value, sum FROM meta WHERE name = ?", (name,)).fetchone()
    if found is None:
        raise KeyError(name)
    if found[1] is not None and found[1] != checksum(name, found[0]):
        raise StoreError(f"The catalogue's entry {name.removeprefix(NOTE)!r} is damaged. {DAMAGED}")
    return found[0]


def put(connection: sqlite3.Connection, name: str, value: str | float) -> None:
    row = (name, value, checksum(name, value))
    connection.execute("INSERT OR REPLACE INTO meta (name, value, sum) VALUES (?, ?, ?)", row)


def row_format(connection: sqlite3.Connection) -> RowFormat:
    """Return how vectors are stored. Raises StoreError for a precision that this version does not know."""
    dim = int(get(connection, "dim"))
    try:
        return RowFormat(dim, Precision(get(connection, "vectors")))
    except KeyError:
        return RowFormat(dim)
    except ValueError as error:
        raise StoreError(
            f"The vectors of the index cannot be read ({error}). Upgrade: pip install -U askew."
        ) from error


def recall(connection: sqlite3.Connection) -> float:
    """Return the target recall of the approximate index, whether or not there is one."""
    try:
        return float(get(connection, "recall"))
    except KeyError:
        return RECALL


def facts(connection: sqlite3.Connection) -> Mapping[str, Any]:
    """Return the search method, its measured recall and when it was built.

    stored: for vectors of another precision than float32, that precision and what it costs: the recall@10 against
    float32, the number of vectors that it was measured on, and of queries.
    """
    noted = get_object(connection, "ivf")
    noted.pop("name", None)
    try:
        precision = str(get(connection, "vectors"))
    except KeyError:
        return {"method": "ivf", **noted} if noted else {"method": "exact", "recall": 1.0}
    found: dict[str, Any] = {"method": "ivf", **noted} if noted else {"method": "exact", "recall": 1.0}
    return {**found, "stored": {"precision": precision, **get_object(connection, "stored")}}


def forget(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    """Drop the stamps of sources."""
    for part in chunks(list(dict.fromkeys(paths))):
        connection.execute(f"DELETE FROM sources WHERE path IN ({marks(part)})", part)


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


def has_readers(connection: sqlite3.Connection) -> bool:
    """Return whether the store has access control; see `askew.stores.readers`."""
    return connection.execute("SELECT 1 FROM main.sqlite_schema WHERE name = 'readers'").fetchone() is not None


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
        [[text, sum_]] = connection.execute("SELECT value, sum FROM meta WHERE name = 'state'")
        if sum_ is not None and sum_ != checksum("state", text):
            raise ValueError("their checksum differs")
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
