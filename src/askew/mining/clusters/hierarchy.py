"""Agglomerative clustering: every text is a cluster, and the two nearest become one, again and again.

By cosine with Ward's linkage (the two whose union is the tightest), which on vectors of length one goes by cosine. It
holds for no distance but the Euclidean, so by the dot product near is what scores high on average (average linkage).
"""

from collections.abc import Callable

import numpy as np

from askew.mining.clusters.distances import condensed, refuse
from askew.mining.clusters.shapes import Labels
from askew.similarity import Similarity
from askew.types import FloatMatrix

BYTES = 8
"""For every pair (i, j): a half of the distances in float64, and the copy that is worked on."""


def hierarchy(vectors: FloatMatrix, similarity: Similarity) -> Callable[[int], Labels]:
    """What gives the labels of so many clusters; the tree is built once."""
    from scipy.cluster.hierarchy import fcluster, linkage

    count = len(vectors)
    if count < 2:
        return lambda _: np.zeros(count, np.int64)
    refuse(count, BYTES, "agglomerative")
    distances = condensed(vectors)
    if similarity is Similarity.COSINE:
        np.sqrt(np.multiply(distances, 2, out=distances), out=distances)  # |a - b|² = 2 - 2 cos
    tree = linkage(distances, "ward" if similarity is Similarity.COSINE else "average")
    return lambda clusters: np.asarray(fcluster(tree, clusters, "maxclust"), np.int64) - 1
