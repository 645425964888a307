"""Agglomerative clustering: the two nearest clusters are merged repeatedly, starting with one per text.

For cosine, Ward's linkage, which on unit vectors amounts to cosine. Ward's linkage is defined only for Euclidean
distance, so for the dot product average linkage is used.
"""

from collections.abc import Callable

import numpy as np

from askew.mining.clusters.distances import condensed, refuse
from askew.mining.clusters.shapes import Labels
from askew.similarity import Similarity
from askew.types import FloatMatrix

BYTES = 8
"""Per pair (i, j): half of the distances in float64, and the working copy."""


def hierarchy(vectors: FloatMatrix, similarity: Similarity) -> Callable[[int], Labels]:
    """Build the tree once and return a function from a number of clusters to their labels."""
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
