"""How two vectors are compared, and how the best of many are chosen. A higher score is better, always."""

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from askew.types import FloatMatrix


class Similarity(StrEnum):
    """The comparison that a model was trained for. Nothing is clipped."""

    COSINE = "cosine"
    DOT = "dot"


def normalise(vectors: FloatMatrix) -> FloatMatrix:
    """Rows of length one; a row of zeros stays as it is."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32, copy=False)


def prepare(vectors: FloatMatrix, similarity: Similarity) -> FloatMatrix:
    """The form in which the plain inner product of two vectors is their score."""
    return normalise(vectors) if similarity is Similarity.COSINE else vectors


def top_k(scores: NDArray[np.float32], k: int) -> NDArray[np.int64]:
    """The columns of the k highest scores of each row, best first; equal scores in column order.

    scores: (n, m). Returns (n, min(k, m)).
    """
    k = min(k, scores.shape[1])
    if k == 0:
        return np.empty((scores.shape[0], 0), np.int64)
    if k < scores.shape[1]:
        # The k-th value itself may be shared: keep all that reach it, so that ties fall the same way every time.
        kth = -np.partition(-scores, k - 1, axis=1)[:, k - 1]
        return np.stack([_best(row, np.flatnonzero(row >= bar), k) for row, bar in zip(scores, kth, strict=True)])
    return np.argsort(-scores, axis=1, kind="stable").astype(np.int64, copy=False)


def _best(row: NDArray[np.float32], columns: NDArray[np.int64], k: int) -> NDArray[np.int64]:
    return columns[np.argsort(-row[columns], kind="stable")[:k]]
