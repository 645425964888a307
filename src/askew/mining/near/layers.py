"""One layer after the other, the dearer ones only on what is left: identical, then shingles, then meaning.

The later layers see one text of each class of identical ones, and a pair is given by those two: whoever wants the
pairs of the copies too has them from `first`. What compares by meaning is the caller's function.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from askew.mining.near.identical import identical
from askew.mining.near.shared import shingled
from askew.progress import Report, silent

Scored = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Pairs of positions among all texts (m, 2), and their scores (m,)."""

Semantic = Callable[[NDArray[np.int64]], Scored]
"""Takes the positions of the texts to compare, in rising order, and gives the pairs among them."""


class Layer(StrEnum):
    """What caught a pair first."""

    IDENTICAL = "identical"
    SHINGLES = "shingles"
    SEMANTIC = "semantic"


@dataclass(frozen=True)
class Layered:
    """first: (n,) the position of the first text that is identical to this one, its representative.

    keys: (m, 2) pairs of representatives, the lower first. scores: (m,) the Jaccard similarity of a pair of the layer
    of shingles, what the semantic function gave for one of its own: two scales, so the one layer stands before the
    other, each best first. layers: (m,) `Layer` values.
    """

    first: NDArray[np.int64]
    keys: NDArray[np.int64]
    scores: NDArray[np.float64]
    layers: NDArray[np.str_]

    @property
    def representatives(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.first == np.arange(len(self.first)))

    @property
    def counts(self) -> Mapping[Layer, int]:
        """How many pairs each layer caught; of identical texts every two are one."""
        sizes = np.bincount(self.first)
        later = {layer: int(np.count_nonzero(self.layers == layer)) for layer in (Layer.SHINGLES, Layer.SEMANTIC)}
        return {Layer.IDENTICAL: int((sizes * (sizes - 1) // 2).sum()), **later}


def layered(
    texts: Sequence[str], threshold: float, semantic: Semantic | None = None, report: Report = silent
) -> Layered:
    """threshold: the Jaccard similarity from which two texts are a pair by their shingles; 0: no such layer."""
    first = identical(texts)
    left = np.flatnonzero(first == np.arange(len(first)))
    keys, scores = np.empty((0, 2), np.int64), np.empty(0)
    if threshold:
        shared = shingled([texts[i] for i in left.tolist()], threshold, report)
        keys, scores = left[shared.keys], shared.jaccard
    layers = np.full(len(keys), Layer.SHINGLES.value)
    if semantic is not None:
        further, their_scores = _unseen(semantic(left), keys, len(first))
        keys, scores = np.concatenate((keys, further)), np.concatenate((scores, their_scores))
        layers = np.concatenate((layers, np.full(len(further), Layer.SEMANTIC.value)))
    return Layered(first, keys, scores, layers)


def _unseen(found: Scored, keys: NDArray[np.int64], n: int) -> Scored:
    """The pairs that are not among the keys, the lower position first, best first, equal ones by key."""
    further, scores = np.sort(found[0], axis=1), found[1]
    new = ~np.isin(further[:, 0] * n + further[:, 1], keys[:, 0] * n + keys[:, 1])
    further, scores = further[new], scores[new]
    order = np.lexsort((further[:, 1], further[:, 0], -scores))
    return further[order], scores[order]
