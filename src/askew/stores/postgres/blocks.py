"""All passages at once: snapshots of their vectors, and their learned sparse vectors, inverted.

A snapshot is in memory where the vectors are few, else in a transaction that is held for as long as it is: Postgres
keeps what a transaction may still read, also after it was deleted and after `optimise`. Sparse vectors are read whole,
and inverted in the memory of the process that searches.
"""

import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from askew.quantisation import RowFormat
from askew.stores import Keys, Mask
from askew.stores.engine import Blocks
from askew.stores.postgres import records
from askew.stores.postgres.refusals import explaining
from askew.stores.postgres.search import ROWS, pages
from askew.stores.postgres.sessions import Clause, Session
from askew.stores.postgres.transactions import Transactions
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from askew.stores.inverted import Inverted

IN_MEMORY = 32 << 20
"""Bytes of vectors up to which a snapshot holds them."""
Packed = tuple[int, int, bytes]
"""A key, a checksum, and packed impacts."""


def keys(session: Session, kept: Clause | None) -> Keys:
    """Return the keys of the kept passages, ascending."""
    if kept is None:
        found = session.rows("SELECT key FROM passages ORDER BY key")
    else:
        found = session.rows(f"SELECT p.key FROM passages p WHERE {kept.sql} ORDER BY p.key", *kept.values)
    return np.fromiter((key for (key,) in found), np.int64, len(found))


def blocks(transactions: Transactions, session: Session, form: RowFormat, kept: Clause | None, rows: int) -> Blocks:
    """Return a snapshot of the kept passages in the state that the session reads."""
    every = keys(session, kept)
    if transactions.changing or len(every) * form.dim * 4 <= IN_MEMORY:
        found = list(pages(session, form, kept))
        held = np.concatenate([np.empty((0, form.dim), np.float32), *(vectors for _, vectors in found)])
        return Blocks(every, lambda wanted: held[np.searchsorted(every, wanted)], rows)
    return Blocks(every, Held(transactions, session, form).find, rows)


class Held:
    """A transaction of its own, in the state of a session; it ends with the object. Thread-safe."""

    def __init__(self, transactions: Transactions, session: Session, form: RowFormat) -> None:
        self._form, self._place, self._turn = form, transactions.place, threading.Lock()
        self._session = Session(transactions.held(session))
        weakref.finalize(self, self._session.connection.close)

    def find(self, keys: Sequence[int] | Keys | Any) -> FloatMatrix:
        with self._turn, explaining(self._place):
            return records.vectors(self._session, keys, self._form)


def sparse_rows(session: Session) -> Iterator[Packed]:
    """Yield the sparse vectors of all passages, by key."""
    with session.connection.cursor("impacts", binary=True) as cursor:
        cursor.execute(b"SELECT key, sum, packed FROM impacts ORDER BY key")
        while page := cursor.fetchmany(ROWS):
            yield from page


def inverted(keys: Keys, found: Iterable[Iterable[Packed]]) -> "Inverted":
    """Invert the sparse vectors of all passages. keys: of these, ascending. found: rows by key, of each server."""
    from askew.stores.impacts import unpacked
    from askew.stores.inverted import Inverted, invert

    first, last = (int(keys[0]), int(keys[-1])) if len(keys) else (0, -1)
    pages = []
    for page in _pages(merge(*found, key=lambda row: row[0])):
        numbers = np.array([row[0] for row in page], np.int64) - first
        pages.append((numbers, unpacked([records.sound(row[0], row[2], row[1]) for row in page])))
    return Inverted(first, last - first + 1, (invert(pages, 0, last - first + 1),))


def _pages(every: Iterator[Packed]) -> Iterator[list[Packed]]:
    while page := list(islice(every, ROWS)):
        yield page


def mask(inverted: "Inverted", keys: Keys) -> Mask:
    """Return a flag for each row, by the keys that are kept."""
    kept = np.zeros(inverted.rows, np.bool_)
    kept[keys - inverted.base] = True
    return kept
