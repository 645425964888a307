"""Sketches of shingle sets for the join: size, rarest shingles (the prefix) and a bitmap.

Two sets that share `o` shingles share one of the `size - o + 1` rarest of each: the remaining ones could account for at
most `o - 1`. That holds for any order, even if shingles compare as equal, so rarity is counted here in hash buckets, a
shingle that occurs twice in a text counts twice, and ties are ordered by hash.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.shingles import Texts, shingles
from askew.environment import cores
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


ASKED = 256  # query texts at a time
BESIDE = 1 << 16  # texts they are compared with at a time
TASK = 16  # times ASKED: what a thread takes at a time
SAMPLE = 1 << 16

Compared = tuple[int, NDArray[np.int64]]
"""The number of pairs compared, and the (m, 2) pairs of texts that may reach the threshold."""


@dataclass(frozen=True)
class Crowd:
    """Texts to compare with each other, ordered by size.

    leading, following: (n,), the texts of which one must come first in a pair, and second.
    """

    rows: NDArray[np.int32]
    leading: NDArray[np.bool_]
    following: NDArray[np.bool_]


def alike(sketches: Sketches, crowds: Sequence[Crowd], threshold: float) -> Iterator[Compared]:
    """Compare the crowds on all cores, block by block. Texts that are too small for each other are not compared."""
    step = TASK * ASKED
    counts = [int(np.count_nonzero(crowd.following)) for crowd in crowds]
    tasks = [(crowd, start) for crowd, count in zip(crowds, counts, strict=True) for start in range(0, count, step)]
    with ThreadPoolExecutor(cores(), initializer=_alone) as pool:
        found = pool.map(lambda task: list(_task(sketches, task[0], task[1], step, threshold)), tasks)
        try:
            yield from chain.from_iterable(found)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _alone() -> None:
    """Keep FAISS from starting threads of its own in this one, which would wait for each other in a loop."""
    import faiss

    faiss.omp_set_num_threads(1)


def _task(sketches: Sketches, crowd: Crowd, begin: int, step: int, threshold: float) -> Iterator[Compared]:
    rows = crowd.rows.astype(np.int64)
    sizes, places = sketches.sizes[rows], np.flatnonzero(crowd.leading)
    asked = np.flatnonzero(crowd.following)[begin : begin + step]
    for start in range(0, len(asked), ASKED):
        part = asked[start : start + ASKED]
        lows, ends = _beside(sizes, places, part, threshold)
        for first in range(int(lows[0]), int(ends[-1]), BESIDE):
            last = min(first + BESIDE, int(ends[-1]))
            left, right, differ = _within(sketches, rows[places[first:last]], rows[part], threshold)
            left, right = places[left + first], part[right]
            together = sizes[left] + sizes[right]
            near = (left < right) & (together - differ >= 2 * needed(together, threshold))
            near &= rows[left] != rows[right]
            beside = np.minimum(ends, last) - np.maximum(lows, first)
            yield int(np.maximum(beside, 0).sum()), np.stack((rows[left[near]], rows[right[near]]), axis=1)


def _beside(
    sizes: NDArray[np.int64], places: NDArray[np.int64], asked: NDArray[np.int64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the range of `places` with which each of `asked` is compared: those before it, not too small for it."""
    ends = np.searchsorted(places, asked)
    lows = np.searchsorted(sizes[places], smallest(sizes[asked], threshold))
    return np.minimum(lows, ends), ends


def compared(sizes: NDArray[np.int64], threshold: float) -> int:
    """Return how many pairs `alike` compares for texts of these ascending sizes, all leading."""
    every = np.arange(len(sizes))
    lows, ends = _beside(sizes, every, every, threshold)
    return int((ends - lows).sum())


def passing(sketches: Sketches, rows: NDArray[np.int32], threshold: float) -> float:
    """Estimate, on a sample, the share of compared pairs that `alike` lets through."""
    sizes = sketches.sizes[rows]
    lows = np.searchsorted(sizes, smallest(sizes, threshold))
    ends = np.cumsum(np.arange(len(rows)) - lows)  # where each text's pairs end, in one numbering
    if not len(ends) or not ends[-1]:
        return 0.0
    number = np.random.default_rng(0).integers(0, ends[-1], SAMPLE)
    right = np.searchsorted(ends, number, "right")
    left = right - (ends[right] - number)
    bitmaps = sketches.bitmaps.view(np.uint64)
    differ = np.bitwise_count(bitmaps[rows[left]] ^ bitmaps[rows[right]]).sum(axis=1, dtype=np.int64)
    together = sizes[left] + sizes[right]
    return float((together - differ >= 2 * needed(together, threshold)).mean())


def _within(
    sketches: Sketches, left: NDArray[np.int64], right: NDArray[np.int64], threshold: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return (left, right, differ): positions of pairs, and the number of differing bits, capped at what the largest
    allows.
    """
    import faiss

    most = int(sketches.sizes[left].max() + sketches.sizes[right].max())
    bits = int(most * (1 - threshold) / (1 + threshold) + 2 * SLACK)
    index = faiss.IndexBinaryFlat(BITS)
    index.add(sketches.bitmaps[left])
    limits, differ, found = index.range_search(sketches.bitmaps[right], bits + 1)
    asked = np.repeat(np.arange(len(right)), np.diff(limits.astype(np.int64)))
    return found, asked, differ.astype(np.int64)
