"""Clustering of texts by their vectors: runs the chosen method and describes the clusters."""

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
    """Cluster the texts; the same texts in the same order give the same clusters. vectors: (n, dim)."""
    require("sklearn", "scikit-learn", "clusters", "Clustering")
    if len(texts) != len(vectors):
        raise InputError(f"Got {len(texts):,} texts but {len(vectors):,} vectors; each text needs exactly one vector.")
    if not np.isfinite(vectors).all():
        raise InputError("Some vectors contain nan or infinite values: encode their texts again.")
    vectors = prepare(np.ascontiguousarray(vectors, np.float32), similarity)
    chosen = filled(settings, len(texts), similarity)
    labels, tried = _labels(vectors, similarity, chosen, report)
    labels = _ordered(labels, chosen.min_size or 1)
    if chosen.assign:
        labels = _ordered(assigned(vectors, labels), 1)
    clusters = _described(texts, vectors, labels)
    known = replace(chosen, clusters=number.best(tried)) if tried else chosen
    return Clustering(labels, clusters, known, tried, silhouette(vectors, labels))


def _labels(
    vectors: FloatMatrix, similarity: Similarity, chosen: Settings, report: Report
) -> tuple[Labels, dict[int, float]]:
    if chosen.method == COMMUNITIES:
        return communities(vectors, chosen.threshold or 0.0, chosen.min_size or 1, report), {}
    if chosen.method == HDBSCAN:
        return hdbscan(vectors, chosen.min_size or 1), {}
    return _numbered(vectors, similarity, chosen, report)


def _numbered(
    vectors: FloatMatrix, similarity: Similarity, chosen: Settings, report: Report
) -> tuple[Labels, dict[int, float]]:
    """Make the requested number of clusters, or the number with the best silhouette."""
    every = hierarchy(vectors, similarity) if chosen.method == AGGLOMERATIVE else partial(kmeans, vectors)
    if chosen.clusters is not None:
        return every(chosen.clusters), {}
    steps = number.candidates(len(vectors))
    rows, some = _trial(vectors, every, chosen.method)
    tried = number.tried(rows, steps, some, report)
    return every(number.best(tried)), tried


def _trial(
    vectors: FloatMatrix, every: Callable[[int], Labels], method: str
) -> tuple[FloatMatrix, Callable[[int], Labels]]:
    """Return the texts on which numbers are tried and the method: the existing tree, or k-means on a sample."""
    if method == AGGLOMERATIVE:
        return vectors, every
    rows = number.sampled(vectors)
    return rows, partial(kmeans, rows, starts=1)


def _ordered(labels: Labels, least: int) -> Labels:
    """Renumber clusters by size, largest first, ties in corpus order; drop those with fewer than `least` texts."""
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
