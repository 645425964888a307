"""From texts and their vectors to themes."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from askew.environment import require
from askew.errors import InputError
from askew.mining.clusters import number
from askew.mining.clusters.assign import assigned
from askew.mining.clusters.communities import communities
from askew.mining.clusters.density import hdbscan
from askew.mining.clusters.hierarchy import hierarchy
from askew.mining.clusters.kmeans import kmeans
from askew.mining.clusters.names import described, names
from askew.mining.clusters.representatives import cohesion, representatives
from askew.mining.clusters.settings import AGGLOMERATIVE, COMMUNITIES, HDBSCAN, Settings, filled
from askew.mining.clusters.shapes import OUTLIER, Cluster, Clustering, Labels
from askew.mining.clusters.silhouette import silhouette
from askew.progress import Report, silent
from askew.similarity import Similarity, prepare
from askew.types import FloatMatrix

DEFAULTS = Settings()


def cluster(
    texts: Sequence[str],
    vectors: FloatMatrix,
    similarity: Similarity,
    settings: Settings = DEFAULTS,
    report: Report = silent,
) -> Clustering:
    """vectors: (n, dim), of the texts. The same texts in the same order give the same clusters."""
    require("sklearn", "scikit-learn", "clusters", "Clustering")
    if len(texts) != len(vectors):
        raise InputError(f"There are {len(texts):,} texts and {len(vectors):,} vectors; each text needs one.")
    if not np.isfinite(vectors).all():
        raise InputError("Some vectors hold values that are no numbers (nan or infinite).")
    vectors = prepare(np.ascontiguousarray(vectors, np.float32), similarity)
    asked = filled(settings, len(texts), similarity)
    labels, tried = _labels(vectors, similarity, asked, report)
    labels = _ordered(labels, asked.min_size or 1)
    if asked.assign:
        labels = _ordered(assigned(vectors, labels), 1)
    clusters = _described(texts, vectors, labels)
    known = replace(asked, clusters=number.best(tried)) if tried else asked
    return Clustering(labels, clusters, known, tried, silhouette(vectors, labels))


def _labels(
    vectors: FloatMatrix, similarity: Similarity, asked: Settings, report: Report
) -> tuple[Labels, dict[int, float]]:
    if asked.method == COMMUNITIES:
        return communities(vectors, asked.threshold or 0.0, asked.min_size or 1, report), {}
    if asked.method == HDBSCAN:
        return hdbscan(vectors, asked.min_size or 1), {}
    return _numbered(vectors, similarity, asked, report)


def _numbered(
    vectors: FloatMatrix, similarity: Similarity, asked: Settings, report: Report
) -> tuple[Labels, dict[int, float]]:
    """So many clusters as were asked for, or as have the best silhouette."""
    every = hierarchy(vectors, similarity) if asked.method == AGGLOMERATIVE else partial(kmeans, vectors)
    if asked.clusters is not None:
        return every(asked.clusters), {}
    steps = number.candidates(len(vectors))
    rows, some = _trial(vectors, every, asked.method)
    tried = number.tried(rows, steps, some, report)
    return every(number.best(tried)), tried


def _trial(
    vectors: FloatMatrix, every: Callable[[int], Labels], method: str
) -> tuple[FloatMatrix, Callable[[int], Labels]]:
    """On which texts the numbers are tried, and how: a tree is there already, k-means is run on a sample."""
    if method == AGGLOMERATIVE:
        return vectors, every
    rows = number.sampled(vectors)
    return rows, partial(kmeans, rows, starts=1)


def _ordered(labels: Labels, least: int) -> Labels:
    """Numbered by size, the largest first, equals in the order of the corpus; without those of fewer than `least`."""
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    kept = (found != OUTLIER) & (sizes >= least)
    order = np.lexsort((first[kept], -sizes[kept]))
    place = np.full(len(found), OUTLIER, np.int64)
    place[np.flatnonzero(kept)[order]] = np.arange(len(order))
    return place[np.searchsorted(found, labels)]


def _described(texts: Sequence[str], vectors: FloatMatrix, labels: Labels) -> tuple[Cluster, ...]:
    count = int(labels.max(initial=OUTLIER)) + 1
    members = [np.flatnonzero(labels == number) for number in range(count)]
    shown = [representatives(texts, vectors, group) for group in members]
    about = described(texts, labels, count)
    called = names(about, [texts[group[0]] for group in shown])
    return tuple(
        Cluster(i, called[i], tuple(about[i]), len(group), tuple(shown[i]), cohesion(vectors[group]))
        for i, group in enumerate(members)
    )
