"""Learned sparse vectors: read whole, and inverted in the memory of the process that searches."""

from collections.abc import Iterable, Iterator
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from askew.stores import Keys, Mask
from askew.stores.postgres import records
from askew.stores.postgres.search import ROWS
from askew.stores.postgres.sessions import Session

if TYPE_CHECKING:
    from askew.stores.inverted import Inverted

Packed = tuple[int, int, bytes]
"""A key, a checksum, and packed impacts."""


def rows(session: Session) -> Iterator[Packed]:
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
