"""Deduplication pipeline, cheapest layer first: identical, then shingles, then semantic.

The later layers see one text per class of identical texts, and a pair is reported for those two; pairs of the copies
follow from `first`. The semantic comparison is a function passed in by the caller.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.identical import identical
from askew.dedup.set_join.shared import shingled
from askew.progress import Report, silent
from askew.text.normalise import normalise

Scored = tuple[NDArray[np.int64], NDArray[np.float64]]
"""Pairs of positions in the corpus (m, 2), and their scores (m,)."""

Semantic = Callable[[NDArray[np.int64], NDArray[np.int64]], Scored]
"""Takes the positions of the texts to compare, ascending, and the block of each, and returns the pairs among them."""

Blocks = Callable[[Sequence[str]], NDArray[np.int64]]
"""Takes distinct normal forms and returns the block of each, -1 for none; texts of one block are not compared."""


class Layer(StrEnum):
    """The first layer that found a pair."""

    IDENTICAL = "identical"
    SHINGLES = "shingles"
    SEMANTIC = "semantic"


@dataclass(frozen=True)
class Layered:
    """Result of the pipeline.

    first: (n,) the position of the first text identical to this one, its representative.

    keys: (m, 2) pairs of representatives, the lower first. scores: (m,) the Jaccard similarity for the shingle layer,
    the semantic function's score for its layer: two scales, so the layers follow each other, each best first. layers:
    (m,) `Layer` values. block: of each representative.
    """

    first: NDArray[np.int64]
    keys: NDArray[np.int64]
    scores: NDArray[np.float64]
    layers: NDArray[np.str_]
    block: NDArray[np.int64]

    @property
    def representatives(self) -> NDArray[np.int64]:
        return np.flatnonzero(self.first == np.arange(len(self.first)))

    @property
    def counts(self) -> Mapping[Layer, int]:
        """The number of pairs found by each layer; every two identical texts are a pair."""
        sizes = np.bincount(self.first)
        later = {layer: int(np.count_nonzero(self.layers == layer)) for layer in (Layer.SHINGLES, Layer.SEMANTIC)}
        return {Layer.IDENTICAL: int((sizes * (sizes - 1) // 2).sum()), **later}


def no_blocks(forms: Sequence[str]) -> NDArray[np.int64]:
    """Return a block of none for every text."""
    return np.full(len(forms), -1)


def layered(
    texts: Sequence[str],
    threshold: float,
    semantic: Semantic | None = None,
    report: Report = silent,
    blocks: Blocks = no_blocks,
    compared: Sequence[str] | None = None,
) -> Layered:
    """Run the layers; threshold: the Jaccard similarity at which two texts are a pair (0 = no shingle layer).

    compared: the texts as shingles compare them, without what they leave out.
    """
    forms = [normalise(text) for text in texts]
    first = identical(forms, normalised=True)
    left = np.flatnonzero(first == np.arange(len(first)))
    keys, scores = np.empty((0, 2), np.int64), np.empty(0)
    forms = [forms[i] for i in left.tolist()]
    block = blocks(forms)
    if threshold:
        if compared is not None and compared is not texts:
            pairs = zip(left.tolist(), forms, strict=True)
            forms = [form if compared[i] is texts[i] else normalise(compared[i]) for i, form in pairs]
        shared = shingled(forms, threshold, report, normalised=True, block=block)
        keys, scores = left[shared.keys], shared.jaccard
    del forms  # free the memory for what follows
    layers = np.full(len(keys), Layer.SHINGLES.value)
    if semantic is not None:
        further, their_scores = _unseen(semantic(left, block), keys, len(first))
        keys, scores = np.concatenate((keys, further)), np.concatenate((scores, their_scores))
        layers = np.concatenate((layers, np.full(len(further), Layer.SEMANTIC.value)))
    return Layered(first, keys, scores, layers, block)


def _unseen(found: Scored, keys: NDArray[np.int64], n: int) -> Scored:
    """Return the pairs that are not among the keys, the lower position first, best first, ties by key."""
    further, scores = np.sort(found[0], axis=1), found[1]
    new = ~np.isin(further[:, 0] * n + further[:, 1], keys[:, 0] * n + keys[:, 1])
    further, scores = further[new], scores[new]
    order = np.lexsort((further[:, 1], further[:, 0], -scores))
    return further[order], scores[order]
