"""Postings: for each term the passages that have it, packed into one row for each batch that was written.

A row of `postings` is never changed. What is deleted is written once more, with a negative count, and both go when the
store is optimised, which also merges the rows of a term into blocks. So writers never wait for one another because of a
common word. `terms` has the terms of each passage, for deletion, and for a word too common to be read as a whole.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.stores import Keys
from askew.stores.postgres.sessions import Rows, Session

NARROW = np.dtype([("offset", ">i4"), ("freq", ">i2"), ("length", ">i2")])
WIDE = np.dtype([("offset", ">i8"), ("freq", ">i4"), ("length", ">i4")])
"""A posting; which of the two, the size of a row and its count say. offset: of the key from the first one."""
BLOCK = 8192
"""Postings of a row, at most, once the store was optimised."""
AT_ONCE = 1_000_000
"""Postings that are merged at a time."""

TAKEN = """WITH gone AS ({}), firsts AS (SELECT term, min(key) AS first FROM gone GROUP BY term)
    INSERT INTO postings SELECT term, first, {} count(*), string_agg(
        int8send(key - first) || int4send(freq) || int4send(length), ''::bytea ORDER BY key)
    FROM gone JOIN firsts USING (term) GROUP BY term, first"""
"""Rows of postings, in the wide form, from rows (key, freq, length, term)."""
GONE = """SELECT f.key, t.freq, f.length, t.term FROM terms f, unnest(f.terms, f.freqs) AS t(term, freq)
          WHERE f.key IN (SELECT key FROM passages WHERE document = ANY(%s::bigint[]))"""
LOOSE = """SELECT term, sum(abs(n)) FROM postings
           WHERE n < %s OR term IN (SELECT term FROM postings WHERE n < 0) GROUP BY term
           HAVING min(n) < 0 OR count(*) > 1"""
"""The terms of which rows are merged: all of those of which something was taken back, and what is no whole block."""
MERGED = """DELETE FROM postings WHERE term = ANY(%s::text[]) AND
            (n < %s OR term IN (SELECT term FROM postings WHERE n < 0 AND term = ANY(%s::text[])))
            RETURNING term, first, n, packed"""
"""One statement, so of one moment: what was taken back never goes without the block that it is taken from."""
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(current_schema() || '.postings', 2))"
"""Two that merge at once would each miss the blocks that the other has made."""


@dataclass(frozen=True)
class Postings:
    """The postings of a term. keys: (n,), ascending. freqs, lengths: (n,), of the term in the passage, and of this."""

    keys: Keys
    freqs: NDArray[np.int64]
    lengths: NDArray[np.int64]


def remove(session: Session, documents: Sequence[int]) -> None:
    """Take back the postings of documents, by number."""
    session.run(TAKEN.format(GONE, "-"), list(documents))


def rows(found: Mapping[str, Sequence[tuple[int, int, int]]]) -> list[tuple[object, ...]]:
    """Return rows of `postings` from (key, freq, length) by term, keys ascending."""
    return [row for term, every in found.items() for row in _rows(term, *np.array(every, np.int64).T)]


def _rows(term: str, keys: Keys, freqs: NDArray[np.int64], lengths: NDArray[np.int64]) -> Iterator[tuple[object, ...]]:
    for low in range(0, len(keys), BLOCK):
        part = slice(low, low + BLOCK)
        offsets = keys[part] - keys[low]
        wide = offsets[-1] >= 2**31 or max(int(freqs[part].max()), int(lengths[part].max())) >= 2**15
        made = np.empty(len(offsets), WIDE if wide else NARROW)
        made["offset"], made["freq"], made["length"] = offsets, freqs[part], lengths[part]
        yield term, int(keys[low]), len(offsets), made.tobytes()


def unpacked(held: Iterable[tuple[int, int, bytes]]) -> Postings:
    """Return the postings of rows (first, count, packed) of one term, without those taken back."""
    there: list[tuple[int, NDArray[Any]]] = []
    gone: list[Keys] = []
    for first, count, blob in held:
        every = np.frombuffer(blob, WIDE if len(blob) == abs(count) * WIDE.itemsize else NARROW)
        if count < 0:
            gone.append(first + every["offset"].astype(np.int64))
        else:
            there.append((first, every))
    there.sort(key=lambda row: row[0])
    keys = _joined([first + every["offset"].astype(np.int64) for first, every in there])
    freqs = _joined([every["freq"].astype(np.int64) for _, every in there])
    lengths = _joined([every["length"].astype(np.int64) for _, every in there])
    if len(there) > 1 and (np.diff(keys) < 0).any():  # of several servers
        order = np.argsort(keys)
        keys, freqs, lengths = keys[order], freqs[order], lengths[order]
    if gone:
        kept = ~np.isin(keys, np.concatenate(gone))
        keys, freqs, lengths = keys[kept], freqs[kept], lengths[kept]
    return Postings(keys, freqs, lengths)


def _joined(parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    return np.concatenate([np.empty(0, np.int64), *parts])


def merge(session: Session, copy: Callable[[str, Rows], None]) -> int:
    """Merge the rows of each term into blocks, and return how many rows there were. copy: stores rows in a table."""
    session.run(ALONE)
    waiting: list[str] = []
    total = merged = 0
    for term, count in [*session.rows(LOOSE, BLOCK), ("", AT_ONCE)]:
        waiting.append(term)
        total += int(count)
        if total >= AT_ONCE:
            merged += _merge(session, waiting, copy)
            waiting, total = [], 0
    return merged


def _merge(session: Session, terms: list[str], copy: Callable[[str, Rows], None]) -> int:
    held: dict[str, list[tuple[int, int, bytes]]] = defaultdict(list)
    for term, *row in session.rows(MERGED, terms, BLOCK, terms):
        held[term].append(tuple(row))
    made: Rows = []
    for term, parts in held.items():
        merged = unpacked(parts)
        made += _rows(term, merged.keys, merged.freqs, merged.lengths)
    copy("postings", made)
    return sum(map(len, held.values()))
