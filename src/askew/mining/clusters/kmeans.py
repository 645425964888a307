"""k-means: so many clusters that the texts of each score as high with each other as can be.

The sum of squared distances to the means, which k-means makes small, is a constant less the sum over the clusters of
size × mean score of two of its texts. That holds for the inner product of any vectors: so on vectors of length one
k-means goes by cosine (it is spherical then), and on others by the dot product, as the model does.
"""

import warnings

import numpy as np

from askew.mining.clusters.shapes import Labels
from askew.types import FloatMatrix

SEED = 0
STARTS = 4
"""The best of so many; each begins with other centres."""


def kmeans(vectors: FloatMatrix, clusters: int, starts: int = STARTS) -> Labels:
    """Fewer clusters where there are fewer texts that differ."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    # The first centres are found by many small products, for which a second thread is more wait than help; the rounds
    # that follow have their own threads.
    with threadpool_limits(1, "blas"), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # some texts are the same
        made = KMeans(clusters, n_init=starts, random_state=SEED).fit(vectors)
    return np.asarray(made.labels_, np.int64)
