"""One vector for each document, from those of its passages."""

import numpy as np
from numpy.typing import NDArray

from askew.mining.exact.vectors import Vectors
from askew.similarity import Similarity, prepare
from askew.types import FloatMatrix

ROWS = 8192


def means(vectors: Vectors, owners: NDArray[np.int64], count: int, similarity: Similarity) -> FloatMatrix:
    """The mean of each document's passages, in the form in which an inner product is a score: (count, dim).

    owners: of each vector, in the order of the keys, the document 0, 1, … that it is of; each has one or more. By
    cosine the mean has length one again. By the dot product it stays: it scores what the passages score on average.
    """
    keys = vectors.keys
    sums = np.zeros((count, vectors.vectors(keys[:1]).shape[1]), np.float64)
    for start in range(0, len(keys), ROWS):
        part = slice(start, start + ROWS)
        np.add.at(sums, owners[part], vectors.vectors(keys[part]))
    sizes = np.bincount(owners, minlength=count)
    return prepare((sums / sizes[:, None]).astype(np.float32), similarity)
