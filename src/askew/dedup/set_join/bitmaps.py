"""Bitmap filter: compares every two texts by their bitmaps, at about a nanosecond per pair."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.sketches import BITS, SLACK, Sketches, needed, smallest

ASKED = 256  # query texts at a time
BESIDE = 1 << 16  # texts they are compared with at a time
SAMPLE = 1 << 16


def alike(sketches: Sketches, rows: NDArray[np.int64], threshold: float) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Yield, block by block, the number of pairs compared and the (m, 2) pairs that may reach the threshold.

    rows: texts ordered by size; texts that are too small for each other are not compared.
    """
    sizes = sketches.sizes[rows]
    lows = np.searchsorted(sizes, smallest(sizes, threshold))
    for start in range(0, len(rows), ASKED):
        end = min(start + ASKED, len(rows))
        for first in range(int(lows[start]), end, BESIDE):
            last = min(first + BESIDE, end)
            left, right, differ = _within(sketches, rows[first:last], rows[start:end], threshold)
            left, right = left + first, right + start
            together = sizes[left] + sizes[right]
            near = (left < right) & (together - differ >= 2 * needed(together, threshold))
            beside = np.minimum(np.arange(start, end), last) - np.maximum(lows[start:end], first)
            yield int(np.maximum(beside, 0).sum()), np.stack((rows[left[near]], rows[right[near]]), axis=1)


def compared(sizes: NDArray[np.int64], threshold: float) -> int:
    """Return how many pairs `alike` compares for texts of these ascending sizes."""
    return int((np.arange(len(sizes)) - np.searchsorted(sizes, smallest(sizes, threshold))).sum())


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
