"""Distances between all texts, for the methods that need them; and a word where the memory is too small for that.

A distance is M - score, M the highest score that a text has with itself: 1 for cosine, the square of the longest
vector for the dot product. No score is above M, so no distance is below 0, and the order is that of the model's own
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
"""Bytes that are taken to be free where the system does not tell."""


def highest(vectors: FloatMatrix) -> float:
    return float(np.einsum("ij,ij->i", vectors, vectors).max(initial=0))


def square(vectors: FloatMatrix) -> NDArray[np.float64]:
    """(n, n)."""
    count, most = len(vectors), highest(vectors)
    distances = np.empty((count, count), np.float64)
    for start in range(0, count, ROWS):
        part = slice(start, start + ROWS)
        np.maximum(most - vectors[part] @ vectors.T, 0, out=distances[part])
    np.fill_diagonal(distances, 0)
    # The product is rounded by its shape, so that the last digit of two scores of one pair may differ.
    for start in range(0, count, ROWS):
        part = slice(start, start + ROWS)
        distances[start:, part] = distances[part, start:].T
    return distances


def condensed(vectors: FloatMatrix) -> NDArray[np.float64]:
    """The upper triangle, row by row, as SciPy wants it: (n * (n - 1) / 2,)."""
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
    """InputError where so many bytes for every pair (i, j) are more than this machine has left."""
    needed, left = count * count * bytes_each, free()
    if needed > left:
        raise InputError(
            f"{method} compares all {count:,} texts with each other, which would take {needed / 1e9:,.1f} GB of "
            f"memory; {left / 1e9:,.1f} GB are free. Use kmeans, which needs no more than the texts themselves, or "
            "choose a part of them with a filter."
        )


def free() -> int:
    """Bytes of memory that a process can still get."""
    told = Path("/proc/meminfo")
    if told.exists():
        for line in told.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return UNKNOWN
