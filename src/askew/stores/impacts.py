"""Impacts: weights of learned sparse vectors, quantised to 8 bits, with one scale for each passage.

The catalogue holds them beside the passages, so that they are stored and deleted in the same transaction, and the
inverted file (`askew.stores.inverted`) can be built anew without the model. A weight is off by at most half a step,
which is 1/510 of the largest weight of its passage; a weight below half a step is left out (impacts: Anh and Moffat
2002, doi 10.1145/564376.564379; eight bits lose nothing that can be measured: docs/sparse.md).
"""

import sqlite3
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from askew.errors import InputError, StoreError
from askew.stores.catalog import select, signed
from askew.types import SparseRows

TABLE = "impacts"
SCHEMA = "CREATE TABLE IF NOT EXISTS impacts (key INTEGER PRIMARY KEY, packed BLOB NOT NULL, sum INTEGER NOT NULL)"
RENUMBER = "UPDATE impacts SET key = (SELECT new FROM renumbered WHERE old = key)"
STEPS = 255
HEADER = struct.Struct("<Bf")  # bytes of a term, and the scale
WIDTHS: dict[int, np.dtype[Any]] = {2: np.dtype("<u2"), 4: np.dtype("<u4")}
PAGE = 8192
"""Passages read at a time."""
LARGEST = 1e15
"""Bound on weights: far above any model's."""


@dataclass(frozen=True)
class Impacts:
    """Quantised sparse vectors; a weight is `impacts × scales[row]`, and the rest is as in `SparseRows`.

    impacts: uint8, 1 to 255. scales: (n,) float32.
    """

    starts: NDArray[np.int64]
    terms: NDArray[np.int64]
    impacts: NDArray[np.uint8]
    scales: NDArray[np.float32]

    @property
    def rows(self) -> NDArray[np.int64]:
        """The row of each term."""
        return np.repeat(np.arange(len(self.scales)), np.diff(self.starts))


def check(rows: SparseRows | None, passages: int, id: str) -> None:
    """Raise `InputError` unless these are the sparse vectors of so many passages, or there are none at all."""
    if rows is None:
        return
    if len(rows) != passages:
        raise InputError(f"Document {id!r}: {passages} passages need as many sparse vectors, not {len(rows)}.")
    if not ((rows.weights > 0) & (rows.weights < LARGEST)).all():  # written this way round so that NaN is rejected
        raise InputError(f"Document {id!r}: the weights of its sparse vectors must be positive numbers.")


def quantise(rows: SparseRows) -> Impacts:
    """Quantise sparse vectors of positive weights."""
    counts = np.diff(rows.starts)
    filled = counts > 0
    scales = np.zeros(len(rows), np.float32)
    if filled.any():
        scales[filled] = np.maximum.reduceat(rows.weights, rows.starts[:-1][filled]) / np.float32(STEPS)
    owners = np.repeat(np.arange(len(rows)), counts)
    steps = np.rint(rows.weights / np.maximum(scales[owners], np.finfo(np.float32).tiny)).astype(np.uint8)
    kept = steps > 0
    starts = np.concatenate([[0], np.cumsum(np.bincount(owners[kept], minlength=len(rows)))])
    return Impacts(starts, rows.terms[kept].astype(np.int64), steps[kept], scales)


def exist(connection: sqlite3.Connection) -> bool:
    """Return whether the store has sparse vectors."""
    return connection.execute("SELECT 1 FROM main.sqlite_schema WHERE name = ?", (TABLE,)).fetchone() is not None


def insert(connection: sqlite3.Connection, first: int, rows: SparseRows) -> None:
    """Store the sparse vectors of the passages `first`, `first` + 1 …"""
    insert_packed(connection, first, packed(quantise(rows)))


def insert_packed(connection: sqlite3.Connection, first: int, blobs: Iterable[bytes]) -> None:
    """Store the packed sparse vectors of the passages `first`, `first` + 1 …"""
    connection.execute(SCHEMA)
    made = ((key, blob, _sum(blob)) for key, blob in enumerate(blobs, start=first))
    connection.executemany("INSERT INTO impacts VALUES (?, ?, ?)", made)


def remove(connection: sqlite3.Connection, keys: Sequence[tuple[int, int]]) -> None:
    """Delete the sparse vectors of passages. keys: first and last of each range."""
    if exist(connection):
        connection.executemany("DELETE FROM impacts WHERE key BETWEEN ? AND ?", keys)


def packed(rows: Impacts) -> Iterator[bytes]:
    for start, end, scale in zip(rows.starts[:-1], rows.starts[1:], rows.scales.tolist(), strict=True):
        terms = rows.terms[start:end]
        width = 2 if not len(terms) or terms[-1] < 1 << 16 else 4
        yield HEADER.pack(width, scale) + terms.astype(WIDTHS[width]).tobytes() + rows.impacts[start:end].tobytes()


def unpacked(blobs: Sequence[bytes]) -> Impacts:
    """Return the rows of these blobs. Raises `ValueError` for what `packed` cannot have made."""
    terms, impacts, scales = [np.empty(0, np.int64)], [np.empty(0, np.uint8)], np.empty(len(blobs), np.float32)
    counts = np.zeros(len(blobs) + 1, np.int64)
    for row, blob in enumerate(blobs):
        width, scales[row] = HEADER.unpack_from(blob)
        count, left = divmod(len(blob) - HEADER.size, width + 1)
        if width not in WIDTHS or left:
            raise ValueError("its length is none of theirs")
        terms.append(np.frombuffer(blob, WIDTHS[width], count, HEADER.size))
        impacts.append(np.frombuffer(blob, np.uint8, count, HEADER.size + count * width))
        counts[row + 1] = count
    return Impacts(np.cumsum(counts), np.concatenate(terms).astype(np.int64), np.concatenate(impacts), scales)


def read(connection: sqlite3.Connection, first: int) -> Iterator[tuple[NDArray[np.int64], Impacts]]:
    """Yield the keys from `first` on, ascending, with their impacts, in pages. Raises StoreError if one is damaged."""
    if not exist(connection):
        return
    found = connection.execute("SELECT key, packed, sum FROM impacts WHERE key >= ? ORDER BY key", (first,))
    while page := found.fetchmany(PAGE):
        for key, blob, sum_ in page:
            if _sum(blob) != sum_:
                raise damaged(connection, key)
        try:
            yield np.array([key for key, _, _ in page], np.int64), unpacked([blob for _, blob, _ in page])
        except (ValueError, struct.error) as error:
            raise damaged(connection, page[0][0]) from error


def of(connection: sqlite3.Connection, keys: Sequence[int]) -> Impacts:
    """Return the impacts of these passages, which differ, in this order; of none, if the store has none at all.

    Raises StoreError if one is damaged, and KeyError for an unknown key.
    """
    if not exist(connection):
        return unpacked([])
    blobs = {}
    for key, blob, sum_ in select(connection, "SELECT key, packed, sum FROM impacts WHERE key IN ({})", keys):
        if _sum(blob) != sum_:
            raise damaged(connection, key)
        blobs[key] = blob
    return unpacked([blobs[key] for key in keys])


def faults(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with the sparse vectors, a sentence each."""
    if not exist(connection):
        return
    for key, blob, sum_ in connection.execute("SELECT key, packed, sum FROM impacts ORDER BY key"):
        if not isinstance(blob, bytes) or _sum(blob) != sum_:
            yield str(damaged(connection, key))
    query = """SELECT DISTINCT id FROM passages JOIN documents ON documents.number = document
               LEFT JOIN impacts USING (key) WHERE packed IS NULL"""
    for (id,) in connection.execute(query):
        yield f"Document {id!r} lacks sparse vectors: delete it, and index it again."
    query = "SELECT count(*) FROM impacts LEFT JOIN passages USING (key) WHERE document IS NULL"
    if strays := connection.execute(query).fetchone()[0]:
        yield f"The catalogue has sparse vectors of {strays:,} passages that do not exist."


def damaged(connection: sqlite3.Connection, key: int) -> StoreError:
    query = "SELECT id FROM passages JOIN documents ON documents.number = document WHERE key = ?"
    found = connection.execute(query, (key,)).fetchone()
    whose = f"of document {found[0]!r}" if found else f"of the passage {key}"
    return StoreError(f"A sparse vector {whose} is damaged (its checksum differs): delete it, and index it again.")


def _sum(blob: object) -> int:
    return signed(xxhash.xxh3_64_intdigest(blob)) if isinstance(blob, bytes) else 0
