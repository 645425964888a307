"""Measures of a clustering: silhouette (Rousseeuw 1987), cohesion, and agreement with human labels.

A text's mean score with a cluster is its inner product with the cluster's mean vector, so the silhouette of all texts
takes n × k products instead of n². A distance is M - score, where M is the highest score of a text with itself: 1 for
cosine, the squared length of the longest vector for the dot product. No score exceeds M, so no distance is negative,
and on unit vectors the silhouette equals scikit-learn's with cosine.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.clusters.settings import OUTLIER, Labels
from askew.errors import InputError
from askew.types import FloatMatrix

ROWS = 1024
"""Texts whose distances to all clusters are held at a time."""


def highest(vectors: FloatMatrix) -> float:
    """Return the highest score of a vector with itself."""
    return float(np.einsum("ij,ij->i", vectors, vectors).max(initial=0))


def silhouette(vectors: FloatMatrix, labels: Labels) -> float:
    """Return the mean silhouette, -1 to 1: how much nearer texts are to their cluster than to the next; 0 for one
    cluster.

    Outliers are ignored. A text alone in its cluster counts as 0.
    """
    inside = labels != OUTLIER
    names, own = np.unique(labels[inside], return_inverse=True)
    if len(names) < 2:
        return 0.0
    rows = vectors[inside]
    sizes = np.bincount(own)
    means = sums(rows, own, len(names)) / sizes[:, None]
    here, next_ = _distances(rows, own, means)
    # The distance to itself, which is part of its cluster's mean, must be 0, not M - |x|².
    itself = highest(rows) - np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    others = np.maximum(sizes[own] - 1, 1)
    near = (here * sizes[own] - itself) / others
    widest = np.maximum(near, next_)
    values = np.where((sizes[own] > 1) & (widest > 0), (next_ - near) / np.where(widest > 0, widest, 1), 0)
    return float(values.mean())


def _distances(
    rows: FloatMatrix, own: Labels, means: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the mean distance of each text to its own cluster and to the nearest other one. In blocks, as texts and
    clusters may both be many.
    """
    most, here, other = highest(rows), np.empty(len(rows)), np.empty(len(rows))
    for start in range(0, len(rows), ROWS):
        part = slice(start, start + ROWS)
        distances = most - rows[part].astype(np.float64) @ means.T
        places = np.arange(len(distances)), own[part]
        here[part] = distances[places]
        distances[places] = np.inf
        other[part] = distances.min(axis=1)
    return here, other


def sums(vectors: FloatMatrix, labels: Labels, clusters: int) -> NDArray[np.float64]:
    """Sum the vectors of each cluster, (clusters, dim)."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(clusters))
    return np.add.reduceat(vectors[order].astype(np.float64), starts, axis=0)


def centres(vectors: FloatMatrix, labels: Labels) -> NDArray[np.float64]:
    """Return the mean vector of each cluster 0, 1, …: (k, dim)."""
    inside = labels != OUTLIER
    own = labels[inside]
    return sums(vectors[inside], own, int(own.max()) + 1) / np.bincount(own)[:, None]


def closeness(vectors: FloatMatrix, labels: Labels) -> NDArray[np.float64]:
    """Return each text's mean score with the texts of its cluster, itself included; nan for an outlier."""
    result = np.full(len(labels), np.nan)
    inside = labels != OUTLIER
    if inside.any():
        result[inside] = np.einsum("ij,ij->i", vectors[inside], centres(vectors, labels)[labels[inside]])
    return result


def cohesion(vectors: FloatMatrix) -> float:
    """Return the mean score of two texts; for a single text, with itself."""
    rows, count = vectors.astype(np.float64), len(vectors)
    own, total = float((rows * rows).sum()), rows.sum(axis=0)
    return own if count == 1 else (float(total @ total) - own) / (count * (count - 1))


@dataclass(frozen=True)
class Agreement:
    """Agreement scores of a clustering with labels.

    v_measure: 1 if clusters and labels coincide. ari: adjusted Rand index, 0 for chance. nmi: mutual information
    normalised by the geometric mean of the entropies (by the arithmetic mean it equals the V-measure). labelled: texts
    with a label; the others are ignored, and outliers form one cluster. classes: number of labels.
    """

    v_measure: float
    ari: float
    nmi: float
    labelled: int
    classes: int


def agreement(labels: Labels, given: Sequence[str]) -> Agreement:
    """Compare the clusters with the given labels, "" for a text without one."""
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score, v_measure_score

    known = [i for i, label in enumerate(given) if label]
    if not known:
        raise InputError("No text has a label to compare the clusters with.")
    truth, found = [given[i] for i in known], labels[known].tolist()
    return Agreement(
        v_measure=float(v_measure_score(truth, found)),
        ari=float(adjusted_rand_score(truth, found)),
        nmi=float(normalized_mutual_info_score(truth, found, average_method="geometric")),
        labelled=len(known),
        classes=len(set(truth)),
    )
