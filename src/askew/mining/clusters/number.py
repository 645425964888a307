"""Number of clusters, chosen by the best silhouette."""

from collections.abc import Callable, Sequence

import numpy as np

from askew.errors import InputError
from askew.mining.clusters.settings import SMALLEST
from askew.mining.clusters.shapes import Labels
from askew.mining.clusters.silhouette import silhouette
from askew.progress import Progress, Report, silent
from askew.types import FloatMatrix

STEPS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 80, 100)
SAMPLE = 4000
"""Texts on which candidate numbers are tried, evenly spaced in the corpus."""


def candidates(count: int) -> list[int]:
    """Return candidate numbers with at least 5 texts per cluster on average."""
    if count < 3:
        raise InputError(f"{count:,} texts are too few to choose a number of clusters. Set it with --clusters.")
    return [step for step in STEPS if step <= max(2, count // SMALLEST)]


def sampled(vectors: FloatMatrix, size: int = SAMPLE) -> FloatMatrix:
    if len(vectors) <= size:
        return vectors
    return np.ascontiguousarray(vectors[np.linspace(0, len(vectors) - 1, size).astype(np.int64)])


def tried(
    vectors: FloatMatrix, numbers: Sequence[int], labels_of: Callable[[int], Labels], report: Report = silent
) -> dict[int, float]:
    """Return the silhouette for each number."""
    found: dict[int, float] = {}
    for done, number in enumerate(numbers, 1):
        found[number] = silhouette(vectors, labels_of(number))
        report(Progress("numbers of clusters", done, len(numbers)))
    return found


def best(tried: dict[int, float]) -> int:
    """Return the number with the best silhouette, the smaller on a tie."""
    return max(sorted(tried), key=lambda number: tried[number])
