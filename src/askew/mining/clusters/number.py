"""How many clusters, where nobody says: the number with the best silhouette."""

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
"""Texts on which a number is tried; they stand at even distances in the corpus."""


def candidates(count: int) -> list[int]:
    """At least 5 texts a cluster on average."""
    if count < 3:
        raise InputError(f"{count:,} texts are too few to choose a number of clusters from. Say it with --clusters.")
    return [step for step in STEPS if step <= max(2, count // SMALLEST)]


def sampled(vectors: FloatMatrix, size: int = SAMPLE) -> FloatMatrix:
    if len(vectors) <= size:
        return vectors
    return np.ascontiguousarray(vectors[np.linspace(0, len(vectors) - 1, size).astype(np.int64)])


def tried(
    vectors: FloatMatrix, numbers: Sequence[int], labels_of: Callable[[int], Labels], report: Report = silent
) -> dict[int, float]:
    """The silhouette of each number."""
    found: dict[int, float] = {}
    for done, number in enumerate(numbers, 1):
        found[number] = silhouette(vectors, labels_of(number))
        report(Progress("numbers of clusters", done, len(numbers)))
    return found


def best(tried: dict[int, float]) -> int:
    """The smaller of two that are equally good."""
    return max(sorted(tried), key=lambda number: tried[number])
