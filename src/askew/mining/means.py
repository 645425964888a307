"""Document vectors: the mean of a document's passage vectors."""

import numpy as np
from numpy.typing import NDArray

from askew.mining.exact.vectors import Vectors
from askew.similarity import Similarity, prepare
from askew.types import FloatMatrix

ROWS = 8192


def means(vectors: Vectors, owners: NDArray[np.int64], count: int, similarity: Similarity) -> FloatMatrix:
    """Return the mean of each document's passages, (count, dim), scaled so that an inner product is a score.

    owners: for each vector, in key order, its document 0, 1, …; each document has at least one. For cosine the mean is
    normalised again. For the dot product it is not: it scores what the passages score on average.
    """
    keys = vectors.keys
    sums = np.zeros((count, vectors.vectors(keys[:1]).shape[1]), np.float64)
    for start in range(0, len(keys), ROWS):
        part = slice(start, start + ROWS)
        np.add.at(sums, owners[part], vectors.vectors(keys[part]))
    sizes = np.bincount(owners, minlength=count)
    return prepare((sums / sizes[:, None]).astype(np.float32), similarity)
