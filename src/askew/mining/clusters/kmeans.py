"""k-means: a given number of clusters with the highest mean score within clusters.

The sum of squared distances to the means, which k-means minimises, is a constant minus the sum over clusters of size ×
mean score of two of its texts. That holds for the inner product of any vectors, so k-means follows cosine on unit
vectors (spherical k-means) and the dot product on others, as the model does.
"""

import warnings

import numpy as np

from askew.mining.clusters.shapes import Labels
from askew.types import FloatMatrix

SEED = 0
STARTS = 4
"""Random restarts, of which the best is kept."""


def kmeans(vectors: FloatMatrix, clusters: int, starts: int = STARTS) -> Labels:
    """Return the labels; there are fewer clusters if there are fewer distinct texts."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    # Initial centres are found by many small products, which a second BLAS thread slows down; the iterations that
    # follow use scikit-learn's threads.
    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # raised for duplicate texts
        made = KMeans(clusters, n_init=starts, random_state=SEED).fit(vectors)
    return np.asarray(made.labels_, np.int64)
