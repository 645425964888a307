"""Documents and passages as catalogue rows: validation, insertion, deletion, reads and token counts."""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from askew.errors import InputError, StoreError
from askew.stores import Account, Entry
from askew.stores.catalog import State, checksum, chunks, forget, has_readers, marks, select
from askew.types import Document, FloatMatrix, Passage, excerpt

if TYPE_CHECKING:
    from askew.stores.where import Leaf

NO_VECTORS: FloatMatrix = np.empty((0, 0), np.float32)
LARGEST = 1e15
"""Bound on vector components: far above any model's output, and products still fit in single precision."""


@dataclass(frozen=True)
class Record:
    """A validated entry, with its metadata as JSON."""

    entry: Entry
    metadata: str
    leaves: "Sequence[Leaf]"

    @property
    def own(self) -> Entry:
        """A copy without vectors that the caller's objects do not reach."""
        document = replace(self.entry.document, metadata=json.loads(self.metadata))
        return replace(self.entry, document=document, passages=tuple(self.entry.passages), vectors=NO_VECTORS)


@dataclass(frozen=True)
class Extent:
    """Position of a stored document, and its contribution to the counters."""

    number: int
    first: int
    passages: int
    tokens: int
    seen: int
    source: str


def checked_batch(entries: Sequence[Entry], dim: int, access: bool = False) -> list[Record]:
    """Validate entries that are written together. Raises InputError, also if two have the same id.

    access: whether the store has access control, without which no document may have readers.
    """
    from askew.stores import readers

    readers.check((entry.document for entry in entries), access)
    made = [_checked(entry, dim) for entry in entries]
    if not _sound(entries):  # all at once: one by one it takes a tenth of the time of an add
        for entry in entries:
            checked(entry, dim)
    counts = Counter(entry.document.id for entry in entries)
    if len(counts) < len(entries):
        twice = next(id for id, count in counts.items() if count > 1)
        raise InputError(f"Duplicate id {twice!r} in one batch. Each document needs a unique id.")
    return made


def checked(entry: Entry, dim: int) -> Record:
    """Validate an entry. Raises InputError if its parts are inconsistent."""
    record = _checked(entry, dim)
    if not _sound([entry]):
        raise InputError(
            f"Document {entry.document.id!r}: its vectors contain NaN, infinity or values of {LARGEST:g} and more."
        )
    return record


def _sound(entries: Sequence[Entry]) -> bool:
    """Return whether all vectors are finite, and small enough for products in single precision."""
    vectors = [entry.vectors for entry in entries if len(entry.vectors)]
    # Written this way round so that NaN is rejected too.
    return not vectors or bool((np.abs(np.concatenate(vectors)) < LARGEST).all())


def _checked(entry: Entry, dim: int) -> Record:
    """Validate an entry but for the values of its vectors."""
    from askew.stores import impacts

    document = entry.document
    if not isinstance(document.id, str) or not document.id:
        raise InputError(f"A document id must be a non-empty string, not {document.id!r}.")
    if not all(isinstance(given, str) for given in (document.text, document.title, document.source)):
        raise InputError(f"Document {document.id!r}: text, title and source must be strings.")
    _check_vectors(entry, dim)
    impacts.check(entry.sparse, len(entry.passages), document.id)
    for number, passage in enumerate(entry.passages):
        if passage.number != number or passage.document != document.id:
            raise InputError(f"Document {document.id!r}: passages must be numbered 0, 1, 2 … in order.")
        fits = 0 <= passage.start <= passage.end <= len(document.text)
        if not fits or excerpt(document.text, passage.start, passage.end) != passage.text:
            raise InputError(f"Document {document.id!r}: passage {number} does not equal text[start:end].")
    return _record(entry)


def _check_vectors(entry: Entry, dim: int) -> None:
    shape = np.shape(entry.vectors)
    if shape != (len(entry.passages), dim):
        raise InputError(
            f"Document {entry.document.id!r}: {len(entry.passages)} passages need vectors of shape "
            f"{len(entry.passages)} × {dim}, not {' × '.join(map(str, shape))}."
        )


def _record(entry: Entry) -> Record:
    from askew.stores.where import leaves

    document = entry.document
    try:
        _check_names(document.metadata)
        text = json.dumps(dict(document.metadata), allow_nan=False, ensure_ascii=False)
        # Derived from the JSON, so that filters see exactly what readers get back.
        return Record(entry, text, list(leaves(json.loads(text))))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"Document {document.id!r}: metadata cannot be stored as JSON: {error}.") from error


def _check_names(value: object) -> None:
    """Reject non-string keys: JSON would convert them to strings and could then have duplicate keys."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if not isinstance(name, str):
                raise TypeError(f"the key {name!r} is not a string")
            _check_names(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _check_names(inner)


def insert(connection: sqlite3.Connection, state: State, records: Sequence[Record]) -> State:
    """Insert records, whose vectors are rows `state.rows` onwards of the vector file, in the same order."""
    from askew.stores import impacts, readers

    number, key = state.numbers, state.base + state.rows
    documents, texts, passages, metadata, named = [], [], [], [], {}
    for record in records:
        entry, document = record.entry, record.entry.document
        number += 1
        count = len(entry.passages)
        documents.append(
            (
                number,
                document.id,
                document.title,
                record.metadata,
                entry.digest,
                entry.tokens,
                entry.seen,
                key,
                count,
                document.source,
                checksum(document.id, document.title, record.metadata, entry.digest, entry.tokens, entry.seen)
                # By exclusive or, as source and readers may change alone (`bookkeeping.assign`, `set_readers`).
                ^ checksum(document.source)
                ^ readers.digest(document.readers),
                spans_sum([(p.number, p.start, p.end, p.heading) for p in entry.passages]),
            )
        )
        texts.append((number, document.text, checksum(document.text)))
        passages += [(key + p.number, number, p.number, p.start, p.end, p.heading) for p in entry.passages]
        named[number] = document.readers
        if entry.sparse is not None:
            impacts.insert(connection, key, entry.sparse)
        metadata += [(leaf.field, leaf.value.kind, leaf.value.plain, number, key, count) for leaf in record.leaves]
        key += count
    connection.executemany(f"INSERT INTO documents VALUES ({marks(range(12))})", documents)
    connection.executemany("INSERT INTO texts VALUES (?, ?, ?)", texts)
    connection.executemany(f"INSERT INTO passages VALUES ({marks(range(6))})", passages)
    connection.executemany(f"INSERT OR IGNORE INTO metadata VALUES ({marks(range(6))})", metadata)
    readers.insert(connection, named)
    forget(connection, [record.entry.document.source for record in records])
    return _with(state, [record.entry for record in records], number)


def spans_sum(spans: Sequence[tuple[int, int, int, str]]) -> int:
    """Return the checksum of a document's passages: number, start, end and heading of each, in order."""
    return checksum(*(value for span in spans for value in span))


def _with(state: State, entries: Sequence[Entry], number: int) -> State:
    rows = sum(len(entry.passages) for entry in entries)
    return replace(
        state,
        numbers=number,
        rows=state.rows + rows,
        passages=state.passages + rows,
        documents=state.documents + len(entries),
        tokens=state.tokens + sum(entry.tokens for entry in entries),
        seen=state.seen + sum(entry.seen for entry in entries),
        truncated=state.truncated + sum(entry.seen < entry.tokens for entry in entries),
    )


def remove(connection: sqlite3.Connection, state: State, ids: Sequence[str]) -> State:
    """Delete the documents that exist; their keys become dead."""
    from askew.stores import impacts, readers

    gone = [extent for part in chunks(list(dict.fromkeys(ids))) for extent in _extents(connection, part)]
    deaths = [(state.deaths + 1 + i, e.number, e.first, e.passages) for i, e in enumerate(gone)]
    connection.executemany("INSERT INTO dead VALUES (?, ?, ?, ?)", deaths)
    for part in chunks([extent.number for extent in gone]):
        for table, column in (("documents", "number"), ("texts", "number"), ("metadata", "document")):
            connection.execute(f"DELETE FROM {table} WHERE {column} IN ({marks(part)})", part)
    keys = [(e.first, e.first + e.passages - 1) for e in gone]
    connection.executemany("DELETE FROM passages WHERE key BETWEEN ? AND ?", keys)
    impacts.remove(connection, keys)
    if has_readers(connection):
        readers.remove(connection, [extent.number for extent in gone])
    forget(connection, [extent.source for extent in gone])
    return replace(
        state,
        deaths=state.deaths + len(gone),
        documents=state.documents - len(gone),
        passages=state.passages - sum(e.passages for e in gone),
        tokens=state.tokens - sum(e.tokens for e in gone),
        seen=state.seen - sum(e.seen for e in gone),
        truncated=state.truncated - sum(e.seen < e.tokens for e in gone),
    )


def _extents(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Extent]:
    query = f"""SELECT number, first, passages, tokens, seen, source FROM documents
                WHERE id IN ({marks(ids)}) ORDER BY number"""
    return [Extent(*row) for row in connection.execute(query, ids)]


def extents(connection: sqlite3.Connection, ids: Sequence[str]) -> list[range]:
    query = "SELECT id, first, first + passages FROM documents WHERE id IN ({})"
    found = {id: range(first, end) for id, first, end in select(connection, query, ids)}
    return [found[id] for id in ids]


def digests(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, str]:
    query = "SELECT id, digest FROM documents WHERE id IN ({})"
    return dict(select(connection, query, ids))


def documents(connection: sqlite3.Connection, ids: Sequence[str], access: bool = False) -> list[Document]:
    """Return documents in the order of `ids`. access: whether the store has access control."""
    named = _readers(connection, ids) if access else {}
    query = """SELECT id, text, title, metadata, source, digest, tokens, seen, documents.sum, texts.sum
               FROM documents JOIN texts USING (number) WHERE id IN ({})"""
    found = {}
    for id, text, title, data, source, digest, tokens, seen, sum_, text_sum in select(connection, query, ids):
        if (
            sum_ is not None
            and sum_ != checksum(id, title, data, digest, tokens, seen) ^ checksum(source) ^ named.get(id, (0,))[0]
        ):
            raise damaged(id)
        if text_sum is not None and text_sum != checksum(text):
            raise damaged(id)
        found[id] = Document(id, text, title, json.loads(data), source, *named.get(id, ())[1:])
    return [found[id] for id in ids]


def _readers(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, tuple[int, frozenset[str]]]:
    """Return the readers of these documents with their part of the checksum, by id."""
    from askew.stores import readers

    return {id: (readers.digest(names), names) for id, names in readers.of(connection, ids).items()}


def damaged(id: str) -> StoreError:
    return StoreError(f"Document {id!r} is damaged (its checksum differs): delete it, and index it again.")


def owners(connection: sqlite3.Connection, keys: Sequence[int]) -> list[str]:
    query = "SELECT key, id FROM passages JOIN documents ON documents.number = document WHERE key IN ({})"
    found: dict[int, str] = dict(select(connection, query, keys))
    return [found[key] for key in keys]


TABLED = "\n|"
"""What is in every text that has a Markdown table; most have none, and need no look at each passage."""


def passages(connection: sqlite3.Connection, keys: Sequence[int]) -> list[Passage]:
    query = """SELECT key, document, id, passages.number, start, "end", heading FROM passages
               JOIN documents ON documents.number = document WHERE key IN ({})"""
    rows = list(select(connection, query, keys))
    owners = {row[1]: row[2] for row in rows}
    texts = {}
    for number, text, sum_ in select(connection, "SELECT number, text, sum FROM texts WHERE number IN ({})", owners):
        if sum_ is not None and sum_ != checksum(text):
            raise damaged(owners[number])
        texts[number] = text
    found = {
        key: Passage(
            id,
            number,
            start,
            end,
            (excerpt(texts[owner], start, end) if TABLED in texts[owner] else texts[owner][start:end]),
            heading,
        )
        for key, owner, id, number, start, end, heading in rows
    }
    return [found[key] for key in keys]


def accounts_of(connection: sqlite3.Connection, ids: Sequence[str]) -> list[Account]:
    """Return the accounts of these documents, in this order."""
    found = {
        row[0]: Account(*row) for row in select(connection, f"SELECT {COLUMNS} FROM documents WHERE id IN ({{}})", ids)
    }
    return [found[id] for id in ids]


PAGE = 1000
COLUMNS = "id, tokens, seen, passages"


def losers(connection: sqlite3.Connection, limit: int) -> list[Account]:
    query = f"""SELECT {COLUMNS} FROM documents WHERE seen < tokens
                ORDER BY tokens - seen DESC, tokens DESC, id LIMIT ?"""
    return [Account(*row) for row in connection.execute(query, (max(limit, 0),))]


def accounts(connection: sqlite3.Connection, after: int, last: int) -> tuple[list[Account], int]:
    """Return one page of accounts with `after` < number <= `last`, and the cursor for the next page (`last` at the
    end).
    """
    query = f"SELECT number, {COLUMNS} FROM documents WHERE number > ? AND number <= ? ORDER BY number LIMIT ?"
    rows = connection.execute(query, (after, last, PAGE)).fetchall()
    return [Account(*row[1:]) for row in rows], rows[-1][0] if len(rows) == PAGE else last


def all_accounts(reading: Callable[[], AbstractContextManager[sqlite3.Connection]], last: int) -> Iterator[Account]:
    """Yield the accounts with number <= `last`, each page in a read transaction of its own."""
    after = 0
    while after < last:
        with reading() as connection:
            page, after = accounts(connection, after, last)
        yield from page
