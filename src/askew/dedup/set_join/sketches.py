"""Sketches of shingle sets for the join: size, rarest shingles (the prefix) and a bitmap.

Two sets that share `o` shingles share one of the `size - o + 1` rarest of each: the remaining ones could account for at
most `o - 1`. That holds for any order, even if shingles compare as equal, so rarity is counted here in hash buckets, a
shingle that occurs twice in a text counts twice, and ties are ordered by hash.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.shingles import Texts, shingles
from askew.progress import Progress, Report

BUCKETS = 22  # bits of a shingle's hash that select its bucket
COUNT = 16  # bits of a rank that hold the count, the rest hold the hash
BITS = 512  # per bitmap
SLACK = 1e-9  # tolerance for rounding, in shingles


@dataclass(frozen=True)
class Prefixes:
    """The rarest shingles of all texts, except those that occur in one text only.

    ranks: (m,) represents the shingle, the rarest lowest. rows: its text. places: its position within the text's
    prefix.
    """

    ranks: NDArray[np.uint64]
    rows: NDArray[np.int32]
    places: NDArray[np.int32]


@dataclass(frozen=True)
class Sketches:
    """Sketches of all texts.

    sizes: (n,) distinct shingles. bitmaps: (n, 64) uint8, bit b says whether an odd number of shingles hash to b: two
    bitmaps differ in no more bits than the sets differ in shingles.
    """

    sizes: NDArray[np.int64]
    bitmaps: NDArray[np.uint8]
    prefixes: Prefixes


@dataclass(frozen=True)
class _Ranked:
    """The distinct shingles of a block's texts, the rarest of each text first."""

    ranks: NDArray[np.uint64]
    counts: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    rows: NDArray[np.int64]
    sizes: NDArray[np.int64]


def sketch(texts: Texts, threshold: float, report: Report) -> Sketches:
    """Compute the sketches of all texts in two passes."""
    n = len(texts.lengths)
    counts = np.zeros(1 << BUCKETS, np.int64)
    for start, end in texts.blocks():
        counts += np.bincount(_buckets(_hashed(shingles(texts, start, end)[0])), minlength=1 << BUCKETS)
        report(Progress("count shingles", end, n))
    sizes = np.zeros(n, np.int64)
    bitmaps = np.zeros((n, BITS // 8), np.uint8)
    parts = [Prefixes(np.empty(0, np.uint64), np.empty(0, np.int32), np.empty(0, np.int32))]
    for start, end in texts.blocks():
        ranked = _ranked(texts, start, end, counts)
        sizes[start:end], bitmaps[start:end] = ranked.sizes, _bitmaps(ranked)
        parts.append(_prefixes(ranked, start, threshold))
        report(Progress("sort shingles", end, n))
    return Sketches(sizes, bitmaps, _joined(parts))


def needed(together: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """Return how many shingles two sets must share to reach the threshold. together: the sum of their sizes."""
    least: NDArray[np.int64] = np.ceil(threshold / (1 + threshold) * together - SLACK).astype(np.int64)
    return least


def smallest(sizes: NDArray[np.int64], threshold: float) -> NDArray[np.int64]:
    """Return the least size a set may have to reach the threshold with one of this size, which then contains it."""
    least: NDArray[np.int64] = np.ceil(threshold * sizes - SLACK).astype(np.int64)
    return least


def _ranked(texts: Texts, start: int, end: int, counts: NDArray[np.int64]) -> _Ranked:
    numbers, rows = shingles(texts, start, end)
    hashes = _hashed(numbers)
    count = counts[_buckets(hashes)]
    ceiling = (1 << COUNT) - 1
    ranks = np.minimum(count, ceiling).astype(np.uint64) << np.uint64(64 - COUNT) | hashes >> np.uint64(COUNT)
    order = np.lexsort((ranks, rows))  # rows ascend already and are unchanged by this
    again = (ranks[order][1:] == ranks[order][:-1]) & (rows[1:] == rows[:-1])
    if (hashes[order][1:] != hashes[order][:-1])[again].any():  # equal hashes may not be adjacent
        order = np.lexsort((hashes, ranks, rows))
        again = (hashes[order][1:] == hashes[order][:-1]) & (rows[1:] == rows[:-1])
    new = np.concatenate((np.ones(min(len(order), 1), bool), ~again))
    order, rows = order[new], rows[new]
    return _Ranked(ranks[order], count[order], hashes[order], rows, np.bincount(rows, minlength=end - start))


def _prefixes(ranked: _Ranked, start: int, threshold: float) -> Prefixes:
    sizes = ranked.sizes
    places = np.arange(len(ranked.rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    kept = (places <= np.repeat(sizes - smallest(sizes, threshold), sizes)) & (ranked.counts > 1)
    rows = ranked.rows[kept] + start
    return Prefixes(ranked.ranks[kept], rows.astype(np.int32), places[kept].astype(np.int32))


def _joined(parts: list[Prefixes]) -> Prefixes:
    return Prefixes(
        np.concatenate([part.ranks for part in parts]),
        np.concatenate([part.rows for part in parts]),
        np.concatenate([part.places for part in parts]),
    )


def _bitmaps(ranked: _Ranked) -> NDArray[np.uint8]:
    n = len(ranked.sizes)
    bits = (ranked.hashes & np.uint64(BITS - 1)).astype(np.int64)
    odd = np.bincount(ranked.rows * BITS + bits, minlength=n * BITS) & 1
    return np.packbits(odd.astype(np.uint8)).reshape(n, BITS // 8)


def _buckets(hashes: NDArray[np.uint64]) -> NDArray[np.int64]:
    return (hashes >> np.uint64(64 - BUCKETS)).astype(np.int64)


def _hashed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Apply the splitmix64 finaliser (Steele, Lea and Flood 2014): one-to-one, and every bit depends on every bit."""
    mixed: NDArray[np.uint64] = numbers ^ (numbers >> np.uint64(30))
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    mixed ^= mixed >> np.uint64(27)
    mixed *= np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return mixed
