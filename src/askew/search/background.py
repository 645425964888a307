"""Background scores: how high a query scores with passages that have nothing to do with it."""

import numpy as np

from askew.stores import Keys, Store
from askew.types import FloatMatrix

SAMPLE = 2000  # passages: the mean of a score over them is off by less than a fortieth of the scores' own spread


def sample(store: Store, size: int = SAMPLE) -> Keys:
    """Keys of passages spread evenly over the corpus, the same each time."""
    keys = store.keys()
    return keys if len(keys) <= size else keys[np.linspace(0, len(keys) - 1, size).astype(np.int64)]


def score_floors(store: Store, queries: FloatMatrix) -> list[float]:
    """For each query (n, dim) its mean score over a sample of the corpus; 0 where that is empty."""
    keys = sample(store)
    if not len(keys):
        return [0.0] * len(queries)
    middle = store.vectors(keys).mean(axis=0, dtype=np.float64)
    return [float(score) for score in queries @ middle]
