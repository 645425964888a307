"""Silhouette of a clustering (Rousseeuw 1987), exact for all texts without comparing every pair.

A text's mean score with a cluster is its inner product with the cluster's mean vector, so n × k products suffice.
Distances are those of distances.py: on unit vectors the result equals scikit-learn's silhouette with cosine.
"""

import numpy as np

from askew.mining.clusters.distances import highest
from askew.mining.clusters.shapes import OUTLIER, Labels
from askew.types import FloatMatrix


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
    distances = highest(rows) - rows.astype(np.float64) @ means.T
    here = np.arange(len(rows))
    # The distance to itself, which is part of its cluster's mean, must be 0, not M - |x|².
    itself = highest(rows) - np.einsum("ij,ij->i", rows, rows, dtype=np.float64)
    others = np.maximum(sizes[own] - 1, 1)
    near = (distances[here, own] * sizes[own] - itself) / others
    distances[here, own] = np.inf
    next_ = distances.min(axis=1)
    widest = np.maximum(near, next_)
    values = np.where((sizes[own] > 1) & (widest > 0), (next_ - near) / np.where(widest > 0, widest, 1), 0)
    return float(values.mean())


def sums(vectors: FloatMatrix, labels: Labels, clusters: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Sum the vectors of each cluster, (clusters, dim)."""
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(clusters))
    return np.add.reduceat(vectors[order].astype(np.float64), starts, axis=0)
