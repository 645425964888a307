"""Nearest-centroid assignment of outliers, and each text's mean score within its cluster."""

import numpy as np
from numpy.typing import NDArray

from askew.mining.clusters.shapes import OUTLIER, Labels
from askew.mining.clusters.silhouette import sums
from askew.types import FloatMatrix


def centres(vectors: FloatMatrix, labels: Labels) -> NDArray[np.float64]:
    """Return the mean vector of each cluster 0, 1, …: (k, dim)."""
    inside = labels != OUTLIER
    own = labels[inside]
    return sums(vectors[inside], own, int(own.max()) + 1) / np.bincount(own)[:, None]


def assigned(vectors: FloatMatrix, labels: Labels) -> Labels:
    """Assign each outlier to the cluster with the nearest mean; without clusters all stay outliers."""
    outside = np.flatnonzero(labels == OUTLIER)
    if not len(outside) or len(outside) == len(labels):
        return labels
    means = centres(vectors, labels)
    nearness = vectors[outside].astype(np.float64) @ means.T - (means**2).sum(axis=1) / 2
    result = labels.copy()
    result[outside] = nearness.argmax(axis=1)
    return result


def closeness(vectors: FloatMatrix, labels: Labels) -> NDArray[np.float64]:
    """Return each text's mean score with the texts of its cluster, itself included; nan for an outlier."""
    result = np.full(len(labels), np.nan)
    inside = labels != OUTLIER
    if inside.any():
        result[inside] = np.einsum("ij,ij->i", vectors[inside], centres(vectors, labels)[labels[inside]])
    return result
