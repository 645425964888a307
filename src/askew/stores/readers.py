"""Readers: the groups that may read each document, in the catalogue of a store with access control.

A row for each group and document. A document without a row is read by nobody but whoever opens the whole store. The
readers of a document are part of its checksum, so that a damaged row is found when the document is read.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from askew.errors import InputError
from askew.stores.catalog import checksum, chunks, forget, has_readers, marks, select
from askew.types import Document

NAMES = frozenset({"readers", "readers_document"})
"""The table and its index; a store without access control has neither."""
SCHEMA = """
CREATE TABLE readers (reader TEXT NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (reader, document)) WITHOUT ROWID;
CREATE INDEX readers_document ON readers (document);
"""

EVERY = "SELECT document, reader FROM readers"

Readers = frozenset[str]
T = TypeVar("T")


def check(documents: Iterable[Document], access: bool) -> None:
    """Raise InputError for readers that are no set of names, or that this store could not keep documents from."""
    for document in documents:
        given = document.readers
        if not isinstance(given, frozenset) or not all(isinstance(name, str) and name for name in given):
            raise InputError(f"Document {document.id!r}: readers must be a frozenset of names of groups.")
        if given and not access:
            raise InputError(
                f"Document {document.id!r} has readers, but this index has no access control: whoever opens it reads "
                "everything. Create an index with --access (in Python: access=True)."
            )


def digest(readers: Readers) -> int:
    """Return the part of a document's checksum that its readers are; 0 without any."""
    return checksum("readers", *sorted(readers)) if readers else 0


def insert(connection: sqlite3.Connection, readers: Mapping[int, Readers]) -> None:
    """Store the readers of documents, by number."""
    rows = [(name, number) for number, names in readers.items() for name in sorted(names)]
    if rows:
        connection.executemany("INSERT INTO readers VALUES (?, ?)", rows)


def remove(connection: sqlite3.Connection, numbers: Iterable[int]) -> None:
    for part in chunks(list(numbers)):
        connection.execute(f"DELETE FROM readers WHERE document IN ({marks(part)})", part)


def of(connection: sqlite3.Connection, ids: Iterable[str]) -> dict[str, Readers]:
    """Return the readers of those documents that have some, by id."""
    query = "SELECT id, reader FROM documents JOIN readers ON readers.document = documents.number WHERE id IN ({})"
    return _gathered(select(connection, query, ids))


def put(connection: sqlite3.Connection, given: Mapping[str, Readers]) -> int:
    """Replace the readers of stored documents, and return of how many they differed. Raises KeyError for an unknown id.

    Drops the stamps of their sources: the documents are not any more as they were read.
    """
    rows = select(connection, "SELECT id, number, source, sum FROM documents WHERE id IN ({})", given)
    known = {id: (number, source, sum_) for id, number, source, sum_ in rows}
    held, numbers = of(connection, given), {id: known[id][0] for id in given}
    changed = {id: names for id, names in given.items() if held.get(id, frozenset()) != names}
    sums = []
    for id, names in changed.items():
        number, _, sum_ = known[id]
        if sum_ is not None:
            sums.append((sum_ ^ digest(held.get(id, frozenset())) ^ digest(names), number))
    connection.executemany("UPDATE documents SET sum = ? WHERE number = ?", sums)
    remove(connection, [numbers[id] for id in changed])
    insert(connection, {numbers[id]: names for id, names in changed.items()})
    forget(connection, [known[id][1] for id in changed])
    return len(changed)


def readable(connection: sqlite3.Connection, groups: Collection[str]) -> dict[str, tuple[int, Readers]]:
    """Return the documents that any of these groups may read, in the order in which they were stored: by id, the number
    and which of the groups. The work is proportional to these documents alone.
    """
    query = """SELECT id, reader, number FROM readers JOIN documents ON documents.number = readers.document
               WHERE reader IN ({})"""
    rows = list(select(connection, query, sorted(groups)))
    numbers = {id: number for id, _, number in rows}
    names = _gathered((id, reader) for id, reader, _ in rows)
    return {id: (numbers[id], names[id]) for id in sorted(numbers, key=numbers.__getitem__)}


def every_digest(connection: sqlite3.Connection) -> dict[int, int]:
    """Return the part of each document's checksum that its readers are, by number; 0 is left out."""
    if not has_readers(connection):
        return {}
    return {number: digest(names) for number, names in _gathered(connection.execute(EVERY)).items()}


def faults(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the readers, a sentence each; their checksums are part of those of the documents."""
    if has_readers(connection):
        query = "SELECT count(*) FROM readers WHERE document NOT IN (SELECT number FROM documents)"
        if strays := connection.execute(query).fetchone()[0]:
            yield f"The catalogue has readers of {strays:,} documents that do not exist."


def _gathered(rows: Iterable[tuple[T, str]]) -> dict[T, Readers]:
    found: dict[T, set[str]] = {}
    for document, reader in rows:
        found.setdefault(document, set()).add(reader)
    return {document: frozenset(names) for document, names in found.items()}
