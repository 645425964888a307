"""Representative texts of a cluster, and its cohesion."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from askew.text.normalise import normalise
from askew.types import FloatMatrix

SHOWN = 3
LONG = 2.0
"""A text longer than this multiple of the cluster's median length is not representative: few would read it."""


def representatives(texts: Sequence[str], vectors: FloatMatrix, members: NDArray[np.int64]) -> list[int]:
    """Return positions of the texts nearest to the mean, nearest first, ties in corpus order.

    Nearest by distance: by inner product alone, the longest vectors would represent every cluster. Repeated texts count
    once; the longest texts are skipped.
    """
    rows = vectors[members]
    off = ((rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)) ** 2).sum(axis=1)
    nearest = members[np.argsort(np.round(off, 6), kind="stable")].tolist()
    most = LONG * float(np.median([len(texts[i]) for i in members]))
    found: dict[str, int] = {}
    for position in nearest:
        if len(texts[position]) <= most:
            found.setdefault(normalise(texts[position]), position)
        if len(found) == SHOWN:
            break
    return list(found.values())


def cohesion(vectors: FloatMatrix) -> float:
    """Return the mean score of two texts; for a single text, with itself."""
    rows, count = vectors.astype(np.float64), len(vectors)
    own, total = float((rows * rows).sum()), rows.sum(axis=0)
    return own if count == 1 else (float(total @ total) - own) / (count * (count - 1))
