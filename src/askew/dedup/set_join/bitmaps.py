"""Bitmap filter: compares every two texts by their bitmaps, at about a nanosecond per pair."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.sketches import BITS, SLACK, Sketches, needed, smallest
from askew.environment import cores

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
