"""HDBSCAN: density-based clusters; texts in sparse regions are outliers."""

import numpy as np

from askew.mining.clusters.distances import refuse, square
from askew.mining.clusters.shapes import OUTLIER, Labels
from askew.types import FloatMatrix

BYTES = 24
"""Per pair (i, j): the float64 distances, and two copies while scikit-learn checks and sorts them."""
NEIGHBOURS = 3
"""min_samples. A larger value left most texts out on every corpus tried."""


def hdbscan(vectors: FloatMatrix, min_size: int) -> Labels:
    from sklearn.cluster import HDBSCAN

    if len(vectors) < max(min_size, NEIGHBOURS):
        return np.full(len(vectors), OUTLIER, np.int64)
    refuse(len(vectors), BYTES, "hdbscan")
    made = HDBSCAN(min_cluster_size=min_size, min_samples=NEIGHBOURS, metric="precomputed", copy=False)
    return np.asarray(made.fit_predict(square(vectors)), np.int64)
