"""Bookkeeping: notes, the source of each document, and the stamps that identify unchanged sources.

A stamp means that everything in the file is stored and up to date. It is dropped in the same transaction that writes,
replaces or deletes a document of the file, and set again once the whole file is stored. A crash in between leaves a
file without a stamp, which is read again.

The implementation is the same for every store: it needs a SQLite connection with the tables of `SCHEMA`, in the file
of the store or in memory.
"""

import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from askew.errors import InputError
from askew.quantisation import Precision
from askew.stores import catalog
from askew.stores.catalog import checksum, chunks, forget, marks, select
from askew.types import Document

SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL, sum INTEGER) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, source TEXT NOT NULL, sum INTEGER
);
CREATE TABLE sources (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, sum INTEGER) WITHOUT ROWID;
"""


NUMBERS = "SELECT number FROM documents WHERE id IN ({})"


class Bookkeeping(ABC):
    """The bookkeeping of a store; see `askew.stores.Bookkeeping`. Subclasses say where the connection comes from."""

    access: bool = False

    @abstractmethod
    def _read(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a read transaction."""

    @abstractmethod
    def _change(self) -> AbstractContextManager[sqlite3.Connection]:
        """Open a write transaction. Raises StoreError if the store is read-only."""

    def note(self, name: str) -> str:
        with self._read() as connection:
            return catalog.note(connection, name)

    def set_note(self, name: str, text: str) -> None:
        with self._change() as connection:
            catalog.set_note(connection, name, text)

    def notes(self) -> list[str]:
        with self._read() as connection:
            return catalog.notes(connection)

    def sources(self) -> dict[str, str]:
        with self._read() as connection:
            return dict(connection.execute("SELECT path, stamp FROM sources ORDER BY path"))

    def remember(self, stamps: Mapping[str, str]) -> None:
        for path, stamp in stamps.items():
            if not path or not isinstance(path, str) or not isinstance(stamp, str):
                raise InputError(f"Source and stamp must be strings, and the source non-empty: {path!r}, {stamp!r}.")
        rows = [(path, stamp, checksum(path, stamp)) for path, stamp in stamps.items()]
        with self._change() as connection:
            connection.executemany("INSERT OR REPLACE INTO sources (path, stamp, sum) VALUES (?, ?, ?)", rows)

    def forget(self, paths: Sequence[str]) -> None:
        with self._change() as connection:
            forget(connection, paths)

    def facts(self) -> Mapping[str, Any]:
        with self._read() as connection:
            found = catalog.facts(connection)
            if found["method"] != "exact" or found.get("stored", {}).get("precision") != Precision.BINARY:
                return found
            from askew.stores.local import hamming

            noted = catalog.get_object(connection, hamming.ENTRY)
            return {**hamming.facts(noted, catalog.state(connection).passages), "stored": found["stored"]}

    def recall(self) -> float:
        with self._read() as connection:
            return catalog.recall(connection)

    def ids_within(self, path: str) -> dict[str, str]:
        if not path:
            raise InputError(
                "The path is empty; name a file or a folder (documents added through the API have no source)."
            )
        folder = path.rstrip("/") + "/"
        # Prefix search as a range: up to the folder name with the final "/" replaced by "0", the next character.
        query = """SELECT id, source FROM documents WHERE source <> '' AND source = ?1 UNION ALL
                   SELECT id, source FROM documents WHERE source <> '' AND source >= ?2 AND source < ?3"""
        with self._read() as connection:
            return dict(connection.execute(query, (folder[:-1], folder, folder[:-1] + "0")))

    def assign(self, paths: Mapping[str, str]) -> None:
        for id, path in paths.items():
            if not isinstance(path, str):
                raise InputError(f"Document {id!r}: source must be a string, not {path!r}.")
        with self._change() as connection:
            move(connection, paths)

    def readers(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        from askew.stores import readers

        with self._read() as connection:
            return readers.of(connection, ids) if catalog.has_readers(connection) else {}

    def set_readers(self, given: Mapping[str, frozenset[str]]) -> int:
        from askew.stores import readers

        readers.check((Document(id, "", readers=names) for id, names in given.items()), self.access)
        with self._change() as connection:
            return readers.put(connection, given) if catalog.has_readers(connection) else 0

    def readable(self, groups: Collection[str]) -> dict[str, tuple[int, frozenset[str]]]:
        from askew.stores import readers

        with self._read() as connection:
            return readers.readable(connection, groups) if catalog.has_readers(connection) else {}


def enter(connection: sqlite3.Connection, documents: Iterable[Document]) -> None:
    """Record new documents with source and readers, and drop the stamps of their sources; part of every write."""
    given = {document.id: document for document in documents}
    rows = [(document.id, document.source) for document in given.values()]
    connection.executemany("INSERT INTO documents (id, source) VALUES (?, ?)", rows)
    if named := {id: document.readers for id, document in given.items() if document.readers}:
        from askew.stores import readers

        numbers = dict(select(connection, "SELECT id, number FROM documents WHERE id IN ({})", named))
        readers.insert(connection, {numbers[id]: names for id, names in named.items()})
    forget(connection, [document.source for document in given.values()])


def move(connection: sqlite3.Connection, paths: Mapping[str, str]) -> None:
    """Set the sources of documents, by id, and drop the stamps of the old and the new ones. Raises KeyError for an
    unknown id.
    """
    rows = select(connection, "SELECT id, source, sum FROM documents WHERE id IN ({})", paths)
    found = {id: (source, sum_) for id, source, sum_ in rows}
    moved = [(path, _moved(found[id], path), id) for id, path in paths.items() if found[id][0] != path]
    connection.executemany("UPDATE documents SET source = ?, sum = ? WHERE id = ?", moved)
    forget(connection, [old_or_new for path, _, id in moved for old_or_new in (path, found[id][0])])


def leave(connection: sqlite3.Connection, ids: Sequence[str]) -> None:
    """Remove documents, and drop the stamps of their sources; part of every deletion."""
    forget(connection, sources_of(connection, ids).values())
    from askew.stores import readers

    if catalog.has_readers(connection):
        readers.remove(connection, [row[0] for row in select(connection, NUMBERS, ids)])
    for part in chunks(ids):
        connection.execute(f"DELETE FROM documents WHERE id IN ({marks(part)})", part)


def sources_of(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, str]:
    """Return the source of each of these documents that is stored."""
    return dict(select(connection, "SELECT id, source FROM documents WHERE id IN ({})", ids))


def _moved(old: tuple[str, int | None], path: str) -> int | None:
    """Return the checksum of a document with another source, of which the source's own is a part (see `records`)."""
    source, found = old
    return None if found is None else found ^ checksum(source) ^ checksum(path)


def misplaced(connection: sqlite3.Connection) -> Sequence[str]:
    """Return invalid entries, which no writer produces: non-text sources or stamps, or a stamp without a path."""
    query = """SELECT id FROM documents WHERE typeof(source) <> 'text' UNION ALL
               SELECT path FROM sources WHERE typeof(path) <> 'text' OR path = '' OR typeof(stamp) <> 'text'"""
    return [str(name) for (name,) in connection.execute(query)]


def damaged(connection: sqlite3.Connection) -> list[str]:
    """Return the sources and notes whose checksum differs."""
    rows = [*connection.execute("SELECT path, stamp, sum FROM sources WHERE sum IS NOT NULL")]
    rows += connection.execute("SELECT name, value, sum FROM meta WHERE sum IS NOT NULL")
    return [str(name) for name, value, sum_ in rows if checksum(name, value) != sum_]
