"""Clustering methods: k-means, agglomerative clustering, communities and HDBSCAN.

All follow the model's similarity. What k-means minimises, the sum of squared distances to the means, is a constant
minus the sum over clusters of size × mean score of two of its texts; that holds for the inner product of any vectors,
so it follows cosine on unit vectors (spherical k-means) and the dot product on others. The methods that need all
distances take `measures.highest` minus the score, and are refused if the matrix would not fit in memory.
"""

import heapq
import warnings
from collections.abc import Callable
from math import isqrt

import numpy as np
from numpy.typing import NDArray

from askew.clusters.measures import centres, highest
from askew.clusters.settings import AGGLOMERATIVE, HDBSCAN, OUTLIER, Labels
from askew.dedup.exact.pairs import pairs
from askew.dedup.exact.vectors import InMemory
from askew.environment import free_memory
from askew.errors import InputError
from askew.progress import Progress, Report, silent
from askew.types import FloatMatrix

SEED = 0
STARTS = 3
"""Random starts of k-means."""
SAMPLE = 4000
"""Texts of which Ward's linkage makes a start for k-means, and on which methods and numbers are tried."""
HIERARCHY_BYTES = 8
"""Per pair (i, j): half of the distances in float64, and the working copy."""
HDBSCAN_BYTES = 24
"""Per pair (i, j): the float64 distances, and two copies while scikit-learn checks and sorts them."""
HDBSCAN_NEIGHBOURS = 3
"""min_samples. A larger value left most texts out on every corpus tried."""
ROWS = 1024
COPY = 1e-5
"""Squared distance, relative to the squared length, up to which two vectors are of the same text."""


def kmeans(vectors: FloatMatrix, clusters: int, starts: int = STARTS, report: Report = silent) -> Labels:
    """Return the labels; there are fewer clusters if there are fewer distinct texts.

    The best of several starts is kept: random ones, and the clusters of Ward's linkage, which random starts seldom beat
    when there are many clusters.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    begins: list[NDArray[np.float32] | str] = ["k-means++"] * starts
    rows = sampled(vectors)
    if clusters <= len(rows):
        labels = hierarchy(rows, ward=True)(clusters)
        begins.append(centres(rows, labels).astype(np.float32))
    found = []
    # Initial centres are found by many small products, which a second BLAS thread slows down; the iterations that
    # follow use scikit-learn's threads, but of few texts these would mostly wait for each other.
    with threadpool_limits(1, None if len(vectors) <= SAMPLE else "blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # raised for duplicate texts
        for number, start in enumerate(begins):
            report(Progress("starts of k-means", number, len(begins)))
            count = clusters if isinstance(start, str) else len(start)
            found.append(KMeans(count, init=start, n_init=1, random_state=SEED + number).fit(vectors))
    report(Progress("starts of k-means", len(begins), len(begins)))
    return np.asarray(min(found, key=lambda made: made.inertia_).labels_, np.int64)


def sampled(vectors: FloatMatrix) -> FloatMatrix:
    """Return at most SAMPLE of the vectors, evenly spaced in the corpus."""
    if len(vectors) <= SAMPLE:
        return vectors
    return np.ascontiguousarray(vectors[np.linspace(0, len(vectors) - 1, SAMPLE).astype(np.int64)])


def hierarchy(vectors: FloatMatrix, *, ward: bool, report: Report = silent) -> Callable[[int], Labels]:
    """Build the tree of agglomerative clustering and return a function from a number of clusters to their labels.

    Ward's linkage has the objective of k-means, so on unit vectors it follows cosine. Otherwise clusters are merged by
    their mean score. Copies of a text are not apart where vectors have one length, so there may be
    fewer clusters than asked for.
    """
    from scipy.cluster.hierarchy import fcluster, linkage

    count = len(vectors)
    if count < 2:
        return lambda _: np.zeros(count, np.int64)
    refuse(count, HIERARCHY_BYTES, AGGLOMERATIVE)
    tree = linkage(condensed(vectors, euclidean=ward, report=report), "ward" if ward else "average")
    same = COPY * highest(vectors)
    copies = int(np.searchsorted(tree[:, 2], np.sqrt(same) if ward else same / 2, side="right"))
    tree[:, 2] = np.arange(count - 1)  # cut by order, as cutting by height undoes all of equal ones at once
    return lambda clusters: np.asarray(fcluster(tree, max(count - clusters, copies) - 0.5, "distance"), np.int64) - 1


def hdbscan(vectors: FloatMatrix, min_size: int, report: Report = silent) -> Labels:
    """Find regions where texts lie close together; texts in sparse regions are outliers."""
    from sklearn.cluster import HDBSCAN as Method  # noqa: N811  # HDBSCAN is the method's name here

    if len(vectors) < max(min_size, HDBSCAN_NEIGHBOURS):
        return np.full(len(vectors), OUTLIER, np.int64)
    refuse(len(vectors), HDBSCAN_BYTES, HDBSCAN)
    made = Method(min_cluster_size=min_size, min_samples=HDBSCAN_NEIGHBOURS, metric="precomputed", copy=False)
    return np.asarray(made.fit_predict(square(vectors, report)), np.int64)


def communities(vectors: FloatMatrix, threshold: float, min_size: int, report: Report = silent) -> Labels:
    """Find communities: texts around a centre that score at or above a threshold with it.

    The text with the most unassigned neighbours (ties go to the first in the corpus) and these neighbours become a
    community; neighbour counts are updated, and this repeats until no text has enough. The result is deterministic, and
    no pair at or above the threshold is missed. Raises InputError if too many pairs reach it to fit in memory.
    """
    found = pairs(InMemory(vectors), threshold, report)
    return gathered(len(vectors), found.keys, min_size)


def gathered(count: int, edges: NDArray[np.int64], min_size: int) -> Labels:
    """Form communities from edges, (m, 2), each pair of neighbours once."""
    starts, ends = _neighbours(count, edges)
    labels = np.full(count, OUTLIER, np.int64)
    sizes = np.diff(starts) + 1  # including itself
    waiting = [(-int(sizes[i]), int(i)) for i in np.flatnonzero(sizes >= min_size)]
    heapq.heapify(waiting)
    number = 0
    while waiting:
        size, centre = heapq.heappop(waiting)
        if labels[centre] != OUTLIER:
            continue
        if -size != sizes[centre]:  # some of its neighbours have been assigned since
            if sizes[centre] >= min_size:
                heapq.heappush(waiting, (-int(sizes[centre]), centre))
            continue
        around = ends[starts[centre] : starts[centre + 1]]
        members = np.append(around[labels[around] == OUTLIER], centre)
        labels[members] = number
        number += 1
        losing = np.concatenate([ends[starts[member] : starts[member + 1]] for member in members])
        np.subtract.at(sizes, losing, 1)
    return labels


def _neighbours(count: int, edges: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (starts, ends): the neighbours of i are ends[starts[i] : starts[i + 1]]."""
    both = np.concatenate((edges, edges[:, ::-1]))
    starts = np.concatenate(([0], np.cumsum(np.bincount(both[:, 0], minlength=count)))).astype(np.int64)
    return starts, both[np.lexsort((both[:, 1], both[:, 0])), 1]


def square(vectors: FloatMatrix, report: Report = silent) -> NDArray[np.float64]:
    """Return the full distance matrix, (n, n), symmetric to the last digit."""
    count, most = len(vectors), highest(vectors)
    distances = np.empty((count, count), np.float64)
    for start in range(0, count, ROWS):
        report(Progress("compare texts", start, count))
        part = slice(start, start + ROWS)
        np.maximum(most - vectors[part] @ vectors[start:].T, 0, out=distances[part, start:])
        # Rounding depends on the shape of the product: the two scores of a pair may differ in the last digit.
        corner = distances[part, part]
        np.maximum(corner, corner.T.copy(), out=corner)
        distances[start:, part] = distances[part, start:].T.copy()
    np.fill_diagonal(distances, 0)
    report(Progress("compare texts", count, count))
    return distances


def condensed(vectors: FloatMatrix, *, euclidean: bool = False, report: Report = silent) -> NDArray[np.float64]:
    """Return the upper triangle of distances row by row, as SciPy expects: (n * (n - 1) / 2,)."""
    count, most = len(vectors), highest(vectors)
    squares = np.einsum("ij,ij->i", vectors, vectors)
    distances = np.empty(count * (count - 1) // 2, np.float64)
    place = 0
    for start in range(0, count, ROWS):
        report(Progress("compare texts", start, count))
        scores = vectors[start : start + ROWS] @ vectors[start:].T
        for row, own in enumerate(scores, start):
            rest = own[row - start + 1 :]
            part = distances[place : place + len(rest)]
            if euclidean:
                np.sqrt(np.maximum(squares[row] + squares[row + 1 :] - 2 * rest, 0), out=part)
            else:
                np.maximum(most - rest, 0, out=part)
            place += len(rest)
    report(Progress("compare texts", count, count))
    return distances


def refuse(count: int, bytes_each: int, method: str) -> None:
    """Raise InputError if this many bytes per pair (i, j) exceed the free memory."""
    needed, left = count * count * bytes_each, free_memory()
    if needed > left:
        raise InputError(
            f"{method} compares all {count:,} texts with each other, which needs {needed / 1e9:,.1f} GB of memory, but "
            f"only {left / 1e9:,.1f} GB are free, enough for {isqrt(left // bytes_each):,} texts. Use kmeans, which "
            "needs no distance matrix, or select fewer texts with a filter."
        )
