"""Which texts stand for a cluster, and how tight it is."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from askew.types import FloatMatrix

SHOWN = 3
LONG = 2.0
"""So many times as long as the middle one of its cluster, a text does not stand for it: few would read it."""


def representatives(texts: Sequence[str], vectors: FloatMatrix, members: NDArray[np.int64]) -> list[int]:
    """Positions of the texts nearest to the middle, the nearest first, equals in the order of the corpus.

    Nearest is by distance: by the inner product alone, the longest vectors would stand for every cluster. The same text
    twice counts once; the longest texts are left out.
    """
    rows = vectors[members]
    off = ((rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)) ** 2).sum(axis=1)
    nearest = members[np.argsort(np.round(off, 6), kind="stable")].tolist()
    most = LONG * float(np.median([len(texts[i]) for i in members]))
    found: dict[str, int] = {}
    for position in nearest:
        if len(texts[position]) <= most:
            found.setdefault(" ".join(texts[position].split()), position)
        if len(found) == SHOWN:
            break
    return list(found.values())


def cohesion(vectors: FloatMatrix) -> float:
    """The mean score of two texts; of a single one, with itself."""
    rows, count = vectors.astype(np.float64), len(vectors)
    own, total = float((rows * rows).sum()), rows.sum(axis=0)
    return own if count == 1 else (float(total @ total) - own) / (count * (count - 1))
