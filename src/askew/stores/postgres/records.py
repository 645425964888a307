"""Documents and passages as rows: insertion, deletion and reads."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from itertools import accumulate
from typing import Any
from uuid import uuid4

import numpy as np

from askew.errors import StoreError
from askew.quantisation import RowFormat
from askew.stores import Account, Keys, impacts, records
from askew.stores.catalog import checksum, chunks, signed
from askew.stores.postgres import postings
from askew.stores.postgres.sessions import Session
from askew.stores.postgres.transactions import Counts
from askew.stores.postgres.wire import coded, decoded, exact, hash_of, hashes, rows_of, vectors_of
from askew.stores.readers import digest
from askew.stores.records import Record, damaged, spans_sum
from askew.stores.text import Analysis, words_of
from askew.stores.where import Kind
from askew.types import Document, FloatMatrix, Passage, excerpt, page_of


class Detour(Enum):
    """Where rows pass through on their way into a table: Postgres takes no COPY into one with policies.

    TEMPORARY: a table of the session, which costs least; a transaction with one cannot be prepared. TABLE: a table that
    nobody else sees, as the transaction that creates it drops it.
    """

    NONE = ""
    TEMPORARY = "TEMP"
    TABLE = "UNLOGGED"


VECTORS = 4096
"""Vectors that are asked for at a time."""
Rows = list[tuple[object, ...]]


@dataclass
class Batch:
    """The rows of documents that are stored together, by table."""

    documents: Rows
    texts: Rows
    passages: Rows
    metadata: Rows
    terms: Rows
    impacts: Rows
    readers: Rows
    postings: dict[str, list[tuple[int, int, int]]] = field(default_factory=lambda: defaultdict(list))
    vectors: list[FloatMatrix] = field(default_factory=list)
    counts: Counts = field(default_factory=Counts)


@dataclass(frozen=True)
class Placed:
    """A document with its number and the key of its first passage."""

    record: Record
    number: int
    first: int


def placed(session: Session, found: Sequence[Record]) -> list[Placed]:
    """Return documents with numbers and keys that nobody else gets."""
    total = sum(len(one.entry.passages) for one in found)
    number, first = _reserve(session, "numbers", len(found)), _reserve(session, "keys", total)
    firsts = accumulate((len(one.entry.passages) for one in found), initial=first)
    return [Placed(one, number + at, first) for at, (one, first) in enumerate(zip(found, firsts, strict=False))]


def insert(session: Session, found: Sequence[Placed], form: RowFormat, analysis: Analysis, detour: Detour) -> Counts:
    """Insert documents, whose ids must be free, and return what they add to the counters."""
    batch = batch_of(found, analysis)
    claim(session, batch, detour)
    fill(session, batch, form, detour)
    return batch.counts


def batch_of(found: Sequence[Placed], analysis: Analysis) -> Batch:
    """Return the rows of documents."""
    batch = Batch([], [], [], [], [], [], [])
    for one in found:
        _add(batch, one.record, one.number, one.first, analysis)
    # In one order by every writer, so that two of them wait for one another, and not each for the other.
    batch.documents.sort(key=lambda row: row[1])  # type: ignore[arg-type, return-value]
    return batch


def claim(session: Session, batch: Batch, detour: Detour) -> None:
    """Insert the rows of the documents themselves, waiting for another writer of the same ids."""
    copy(session, "documents", batch.documents, detour)


def fill(session: Session, batch: Batch, form: RowFormat, detour: Detour) -> None:
    """Insert what belongs to the documents."""
    for table in ("texts", "passages", "metadata", "terms", "impacts", "readers"):
        copy(session, table, getattr(batch, table), detour)
    copy(session, "postings", postings.rows(batch.postings), detour)
    if batch.vectors:
        keys = np.array([row[0] for row in batch.passages], np.int64)
        owners = np.array([row[1] for row in batch.passages], np.int64)
        copy(session, "vectors", rows_of(keys, owners, np.concatenate(batch.vectors), form), detour)


def _add(batch: Batch, record: Record, number: int, first: int, analysis: Analysis) -> None:
    entry, document = record.entry, record.entry.document
    terms = [analysis.of_text(text) for text in words_of([entry])]
    words = sum(map(len, terms))
    batch.documents.append(
        (number, hash_of(document.id), coded(document.id), coded(entry.digest), entry.tokens, entry.seen, words, first,
         len(entry.passages), coded(document.source), _sum(record),
         spans_sum([(one.number, one.start, one.end, one.heading) for one in entry.passages]))
    )  # fmt: skip
    batch.texts.append((number, coded(document.title), coded(document.text), coded(record.metadata)))
    for passage, found in zip(entry.passages, terms, strict=True):
        key = first + passage.number
        pages = page_of(document.text, passage.start), page_of(document.text, max(passage.end - 1, 0))
        batch.passages.append((key, number, passage.number, passage.start, passage.end, *pages, coded(passage.heading)))
        counted = Counter(found)
        if found:
            batch.terms.append((key, len(found), list(counted), list(counted.values())))
        for term, often in counted.items():
            batch.postings[term].append((key, often, len(found)))
    for leaf in dict.fromkeys(record.leaves):
        is_text = leaf.value.kind is Kind.STRING
        plain = coded(str(leaf.value.plain)) if is_text else exact(float_or_int(leaf.value.plain))
        row = (None, plain) if is_text else (plain, None)
        batch.metadata.append((number, str(leaf.value.kind), row[0], coded(leaf.field), row[1]))
    batch.readers += [(number, coded(name)) for name in sorted(document.readers)]
    if entry.sparse is not None:
        blobs = enumerate(impacts.packed(impacts.quantise(entry.sparse)), first)
        batch.impacts += [(key, impacts_sum(blob), blob) for key, blob in blobs]
    batch.vectors += [entry.vectors] * bool(len(entry.vectors))
    longest = float(np.linalg.norm(entry.vectors.astype(np.float64), axis=1).max(initial=0))
    batch.counts = batch.counts.plus(
        Counts(1, len(entry.passages), entry.tokens, entry.seen, int(entry.seen < entry.tokens), words, 0, longest)
    )


def float_or_int(plain: float | str) -> float:
    """Return the plain value of a leaf that is no string."""
    if isinstance(plain, str):
        raise TypeError(plain)
    return plain


def impacts_sum(blob: bytes) -> int:
    import xxhash

    return signed(xxhash.xxh3_64_intdigest(blob))


def _sum(record: Record) -> int:
    entry, document = record.entry, record.entry.document
    return sum_of(
        document.id, document.title, record.metadata, entry.digest, entry.tokens, entry.seen, document.text
    ) ^ part_of(document.source, document.readers)


def sum_of(*values: object) -> int:
    """Return the part of a document's checksum that never changes."""
    return checksum(*values)


def part_of(source: str, readers: frozenset[str]) -> int:
    """Return the part of a document's checksum that changes alone, by exclusive or."""
    return checksum(source) ^ digest(readers)


def _reserve(session: Session, sequence: str, count: int) -> int:
    """Return the first of so many consecutive numbers, which nobody else gets, whether they are used or not."""
    if not count:
        return 0
    lock = f"hashtextextended(current_schema() || '.{sequence}', 1)"
    session.rows(f"SELECT pg_advisory_lock({lock})")
    try:
        [[last]] = session.rows(f"SELECT setval('{sequence}', nextval('{sequence}') + %s)", count - 1)
    except BaseException:
        session.connection.close()  # a transaction that failed unlocks nothing; the lock ends with the connection
        raise
    session.rows(f"SELECT pg_advisory_unlock({lock})")
    return int(last) - count + 1


def copy(session: Session, table: str, rows: Rows | bytes, detour: Detour) -> None:
    """Copy rows into a table; bytes: in the binary format."""
    if not rows:
        return
    target = table if detour is Detour.NONE else f"copied_{uuid4().hex}"
    if detour is not Detour.NONE:
        session.run(f"CREATE {detour.value} TABLE {target} (LIKE {table})")
    form = " (FORMAT BINARY)" if isinstance(rows, bytes) else ""
    with session.connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN{form}".encode()) as copy:
        if isinstance(rows, bytes):
            copy.write(rows)
        else:
            for row in rows:
                copy.write_row(row)
    if detour is not Detour.NONE:
        session.run(f"INSERT INTO {table} SELECT * FROM {target}; DROP TABLE {target}")


def remove(session: Session, ids: Iterable[str]) -> Counts:
    """Delete the documents that exist, with the stamps of their sources, and return what was counted of them."""
    found = taken(session, hashes(dict.fromkeys(ids)))
    gone = [row[0] for row in found]
    if gone:
        postings.remove(session, gone)
        for table in ("terms", "impacts"):
            keys = "SELECT key FROM passages WHERE document = ANY(%s::bigint[])"
            session.run(f"DELETE FROM {table} WHERE key IN ({keys})", gone)
        keys = "SELECT key FROM passages WHERE document = ANY(%s::bigint[])"
        session.run(f"DELETE FROM vectors WHERE key IN ({keys})", gone)
        for table, column in (
            ("passages", "document"), ("metadata", "document"), ("readers", "document"), ("texts", "number"),
            ("documents", "number"),
        ):  # fmt: skip
            session.run(f"DELETE FROM {table} WHERE {column} = ANY(%s::bigint[])", gone)
        forget(session, [decoded(row[5]) for row in found])
    summed = [sum(row[column] for row in found) for column in range(1, 5)]
    truncated = sum(row[3] < row[2] for row in found)
    return Counts(len(gone), summed[0], summed[1], summed[2], truncated, summed[3])


def taken(session: Session, wanted: list[bytes]) -> list[tuple[Any, ...]]:
    """Return rows (number, passages, tokens, seen, words, source, id) of documents, which no other writer can change
    until the end of the transaction.

    While this waits for another writer, that one may have replaced them, which the next look finds.
    """
    query = "SELECT number, passages, tokens, seen, words, source, id FROM documents WHERE hash = ANY(%s::bytea[])"
    while True:
        found = session.rows(f"{query} ORDER BY number FOR UPDATE", wanted)
        if len(session.rows(query, wanted)) == len(found):
            return found


def forget(session: Session, paths: Iterable[str]) -> None:
    """Drop the stamps of sources."""
    if given := list(dict.fromkeys(path for path in paths if path)):
        session.run("DELETE FROM sources WHERE hash = ANY(%s::bytea[])", hashes(given))


def numbers(session: Session, ids: Iterable[str]) -> dict[str, int]:
    """Return the numbers of those documents that are stored."""
    query = "SELECT id, number FROM documents WHERE hash = ANY(%s::bytea[])"
    return {decoded(id): number for id, number in session.rows(query, hashes(dict.fromkeys(ids)))}


def extents(session: Session, ids: Sequence[str]) -> list[range]:
    query = "SELECT id, first, passages FROM documents WHERE hash = ANY(%s::bytea[])"
    found = {decoded(id): range(first, first + count) for id, first, count in session.rows(query, hashes(ids))}
    return [found[id] for id in ids]


def digests(session: Session, ids: Sequence[str]) -> dict[str, str]:
    query = "SELECT id, digest FROM documents WHERE hash = ANY(%s::bytea[])"
    return {decoded(id): decoded(found) for id, found in session.rows(query, hashes(ids))}


def readers(session: Session, ids: Iterable[str]) -> dict[str, frozenset[str]]:
    """Return the readers of those documents that have some."""
    query = """SELECT id, array_agg(reader) FROM documents JOIN readers ON document = documents.number
               WHERE hash = ANY(%s::bytea[]) GROUP BY id"""
    rows = session.rows(query, hashes(dict.fromkeys(ids)))
    return {decoded(id): frozenset(map(decoded, names)) for id, names in rows}


DOCUMENTS = """SELECT id, title, metadata, digest, tokens, seen, text, source, sum FROM documents
               JOIN texts USING (number)"""


def documents(session: Session, ids: Sequence[str], access: bool, partly: bool) -> list[Document]:
    """Return documents in the order of `ids`. partly: only some of their readers are seen, which no checksum fits."""
    found: dict[str, Document] = {}
    for part in chunks(list(dict.fromkeys(ids))):
        named = readers(session, part) if access else {}
        for row in session.rows(f"{DOCUMENTS} WHERE hash = ANY(%s::bytea[])", hashes(part)):
            id = decoded(row[0])
            found[id] = made(row, named.get(id, frozenset()), verified=not partly)
    return [found[id] for id in ids]


def made(row: tuple[Any, ...], named: frozenset[str], *, verified: bool = True) -> Document:
    """Return the document of a row of `DOCUMENTS`. Raises StoreError if its checksum differs."""
    id, title, metadata, digest_ = map(decoded, row[:4])
    text, source = decoded(row[6]), decoded(row[7])
    sum_ = sum_of(id, title, metadata, digest_, row[4], row[5], text) ^ part_of(source, named)
    if verified and sum_ != row[8]:
        raise damaged(id)
    return Document(id, text, title, json.loads(metadata), source, named)


def owners(session: Session, keys: Sequence[int]) -> list[str]:
    query = """SELECT key, id FROM passages JOIN documents ON documents.number = document
               WHERE key = ANY(%s::bigint[])"""
    found: dict[int, str] = dict(session.rows(query, [int(key) for key in keys]))
    return [decoded(found[int(key)]) for key in keys]


def passages(session: Session, keys: Sequence[int]) -> list[Passage]:
    query = """SELECT key, document, id, passages.number, start, "end", heading FROM passages
               JOIN documents ON documents.number = document WHERE key = ANY(%s::bigint[])"""
    rows = session.rows(query, [int(key) for key in keys])
    query = "SELECT number, text FROM texts WHERE number = ANY(%s::bigint[])"
    found = session.rows(query, list(dict.fromkeys(row[1] for row in rows)))
    texts = {number: decoded(text) for number, text in found}
    made = {
        key: Passage(decoded(id), number, start, end, excerpt(texts[owner], start, end), decoded(heading))
        for key, owner, id, number, start, end, heading in rows
    }
    return [made[int(key)] for key in keys]


def vectors(session: Session, keys: Sequence[int] | Keys, form: RowFormat) -> FloatMatrix:
    """Return vectors (n, dim) in the order of `keys`, which may repeat. Raises KeyError for an unknown key."""
    wanted = np.asarray(keys, np.int64).reshape(-1)
    unique, places = np.unique(wanted, return_inverse=True)
    made = np.empty((len(unique), form.dim), np.float32)
    for start in range(0, len(unique), VECTORS):
        part = unique[start : start + VECTORS]
        query = "SELECT key, embedding FROM vectors WHERE key = ANY(%s::bigint[]) ORDER BY key"
        rows = session.rows(query, part.tolist())
        if len(rows) < len(part):
            raise KeyError(int(np.setdiff1d(part, [row[0] for row in rows])[0]))
        made[start : start + len(part)] = vectors_of([row[1] for row in rows], form)
    return made[places]


def packed(session: Session, keys: Sequence[int]) -> list[bytes]:
    """Return the packed impacts of passages in this order. Raises KeyError for an unknown key."""
    query = "SELECT key, sum, packed FROM impacts WHERE key = ANY(%s::bigint[])"
    found = {key: sound(key, blob, sum_) for key, sum_, blob in session.rows(query, list(keys))}
    return [found[key] for key in keys]


def sound(key: int, blob: bytes, sum_: int) -> bytes:
    """Return packed impacts. Raises StoreError if their checksum differs."""
    if impacts_sum(blob) != sum_:
        raise StoreError(f"The sparse vector of the passage {key} is damaged (its checksum differs).")
    return blob


ACCOUNT = "id, tokens, seen, passages"


def account(row: tuple[Any, ...]) -> Account:
    return Account(decoded(row[0]), *row[1:])


def accounts_of(session: Session, ids: Sequence[str]) -> list[Account]:
    rows = session.rows(f"SELECT {ACCOUNT} FROM documents WHERE hash = ANY(%s::bytea[])", hashes(ids))
    found = {one.document: one for one in map(account, rows)}
    return [found[id] for id in ids]


def last(session: Session) -> int:
    """Return the highest number of a document; -1 if there is none."""
    return int(session.rows("SELECT coalesce(max(number), -1) FROM documents")[0][0])


def all_accounts(reading: Callable[[], AbstractContextManager[Session]], last: int) -> Iterator[tuple[int, Account]]:
    """Yield number and account, with number <= `last`, each page in a read transaction of its own."""
    after = -1
    while True:
        with reading() as session:
            query = f"""SELECT number, {ACCOUNT} FROM documents WHERE number > %s AND number <= %s
                        ORDER BY number LIMIT {records.PAGE}"""
            rows = session.rows(query, after, last)
        yield from ((row[0], account(row[1:])) for row in rows)
        if len(rows) < records.PAGE:
            return
        after = rows[-1][0]
