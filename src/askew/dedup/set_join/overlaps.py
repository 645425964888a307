"""Jaccard overlaps: the number of shingles that two texts share."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.shingles import Texts, ranges, sets
from askew.progress import Progress, Report

SHINGLES = 1 << 20  # processed at a time


def overlaps(texts: Texts, pairs: NDArray[np.int64], report: Report) -> NDArray[np.int64]:
    """Count the shingles that both texts of each pair (m, 2) have."""
    found = np.zeros(len(pairs), np.int64)
    for start, end in _blocks(texts.lengths[pairs].sum(axis=1)):
        found[start:end] = _overlaps(texts, pairs[start:end])
        report(Progress("measure pairs", end, len(pairs)))
    return found


def _blocks(lengths: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    ends = np.cumsum(lengths)
    start = 0
    while start < len(ends):
        full = int(np.searchsorted(ends, ends[start] + SHINGLES, "right"))
        yield start, full
        start = full


def _overlaps(texts: Texts, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Look up the shingles of the smaller set among those of all texts in these pairs."""
    used, places = np.unique(pairs, return_inverse=True)
    held = sets(texts.part(used), 0, len(used))
    number = np.unique(held.shingles, return_inverse=True)[1]
    width = int(number.max(initial=0)) + 1
    known = np.sort(held.rows * width + number)  # sorted by text, so `firsts` stay valid
    firsts = np.cumsum(held.sizes) - held.sizes
    small, large = places.reshape(-1, 2).T
    swapped = held.sizes[small] > held.sizes[large]
    small, large = np.where(swapped, large, small), np.where(swapped, small, large)
    counts = held.sizes[small]
    asked = known[ranges(firsts[small], counts)] % width + np.repeat(large, counts) * width
    hits = known[np.minimum(np.searchsorted(known, asked), len(known) - 1)] == asked
    return np.bincount(np.repeat(np.arange(len(pairs)), counts), weights=hits, minlength=len(pairs)).astype(np.int64)
