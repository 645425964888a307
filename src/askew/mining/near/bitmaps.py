"""Among many texts, the pairs whose bitmaps differ in few enough bits: every two are compared, in a nanosecond each."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from askew.mining.near.sketches import BITS, SLACK, Sketches, needed, smallest

ASKED = 256  # texts at a time
BESIDE = 1 << 16  # that they are compared with at a time
SAMPLE = 1 << 16


def alike(sketches: Sketches, rows: NDArray[np.int64], threshold: float) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Block by block, how many pairs were compared, and those (m, 2) of them that may reach the threshold.

    rows: texts in order of their sizes; what is too small for another is not compared with it.
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
    """How many pairs `alike` compares, of texts with these sizes, which rise."""
    return int((np.arange(len(sizes)) - np.searchsorted(sizes, smallest(sizes, threshold))).sum())


def passing(sketches: Sketches, rows: NDArray[np.int32], threshold: float) -> float:
    """Which share of the pairs that `alike` compares it gives, judged on a sample."""
    sizes = sketches.sizes[rows]
    lows = np.searchsorted(sizes, smallest(sizes, threshold))
    ends = np.cumsum(np.arange(len(rows)) - lows)  # of the pairs of each text, numbered through
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
    """(left, right, differ): places of pairs, and in how many bits they differ, at most as many as the largest may."""
    import faiss

    most = int(sketches.sizes[left].max() + sketches.sizes[right].max())
    bits = int(most * (1 - threshold) / (1 + threshold) + 2 * SLACK)
    index = faiss.IndexBinaryFlat(BITS)
    index.add(sketches.bitmaps[left])
    limits, differ, found = index.range_search(sketches.bitmaps[right], bits + 1)
    asked = np.repeat(np.arange(len(right)), np.diff(limits.astype(np.int64)))
    return found, asked, differ.astype(np.int64)
