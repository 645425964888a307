"""Background scores: what a query scores with unrelated passages."""

import numpy as np

from askew.stores import Keys, Store
from askew.types import FloatMatrix

SAMPLE = 2000
"""Passages sampled: their mean score is accurate to a fortieth of the scores' standard deviation."""


def sample(store: Store, size: int = SAMPLE) -> Keys:
    """Return keys of passages spread evenly over the corpus, the same at every call."""
    keys = store.keys()
    return keys if len(keys) <= size else keys[np.linspace(0, len(keys) - 1, size).astype(np.int64)]


def score_floors(store: Store, queries: FloatMatrix) -> list[float]:
    """Return the mean score of each query (n, dim) over a sample of the corpus; 0 if it is empty."""
    keys = sample(store)
    if not len(keys):
        return [0.0] * len(queries)
    middle = store.vectors(keys).mean(axis=0, dtype=np.float64)
    return [float(score) for score in queries @ middle]
