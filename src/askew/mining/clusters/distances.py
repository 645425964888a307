"""Distance matrices for the methods that need them, refused if they would not fit in memory.

A distance is M - score, where M is the highest score of a text with itself: 1 for cosine, the squared length of the
longest vector for the dot product. No score exceeds M, so no distance is negative, and the order is that of the model's
similarity.
"""

import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError
from askew.types import FloatMatrix

ROWS = 1024
UNKNOWN = 8 << 30
"""Bytes assumed free if the system does not report them."""


def highest(vectors: FloatMatrix) -> float:
    return float(np.einsum("ij,ij->i", vectors, vectors).max(initial=0))


def square(vectors: FloatMatrix) -> NDArray[np.float64]:
    """Return the full distance matrix, (n, n)."""
    count, most = len(vectors), highest(vectors)
    distances = np.empty((count, count), np.float64)
    for start in range(0, count, ROWS):
        part = slice(start, start + ROWS)
        np.maximum(most - vectors[part] @ vectors.T, 0, out=distances[part])
    np.fill_diagonal(distances, 0)
    # Rounding depends on the shape of the product, so the two scores of a pair may differ in the last digit.
    for start in range(0, count, ROWS):
        part = slice(start, start + ROWS)
        distances[start:, part] = distances[part, start:].T
    return distances


def condensed(vectors: FloatMatrix) -> NDArray[np.float64]:
    """Return the upper triangle row by row, as SciPy expects: (n * (n - 1) / 2,)."""
    count, most = len(vectors), highest(vectors)
    distances = np.empty(count * (count - 1) // 2, np.float64)
    place = 0
    for start in range(0, count, ROWS):
        scores = vectors[start : start + ROWS] @ vectors[start:].T
        for row, own in enumerate(scores):
            rest = own[row + 1 :]
            np.maximum(most - rest, 0, out=distances[place : place + len(rest)])
            place += len(rest)
    return distances


def refuse(count: int, bytes_each: int, method: str) -> None:
    """Raise InputError if this many bytes per pair (i, j) exceed the free memory."""
    needed, left = count * count * bytes_each, free()
    if needed > left:
        raise InputError(
            f"{method} compares all {count:,} texts with each other, which needs {needed / 1e9:,.1f} GB of memory, but "
            f"only {left / 1e9:,.1f} GB are free. Use kmeans, which needs no distance matrix, or select fewer texts "
            "with a filter."
        )


def free() -> int:
    """Return the bytes of memory still available to a process."""
    meminfo = Path("/proc/meminfo")
    if meminfo.exists():
        for line in meminfo.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return UNKNOWN
