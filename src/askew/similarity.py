"""How two vectors are compared. A higher score is better, always."""

from enum import StrEnum

import numpy as np

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
