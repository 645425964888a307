"""What do texts score that have nothing to do with each other? Of a corpus, without a label."""

from dataclasses import dataclass

import numpy as np

from askew.errors import InputError
from askew.matching.corpus import Corpus

DRAWN = 10_000  # pairs: the last percentile is then known by a hundred of them
SEED = 0
PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


@dataclass(frozen=True)
class Unrelated:
    """Of random pairs the mean score, and below which score which per cent of them lie."""

    pairs: int
    mean: float
    percentiles: tuple[tuple[float, float], ...]


def unrelated(corpus: Corpus) -> Unrelated:
    """Of documents with each other, the same pairs every time. A few of them may be related after all."""
    keys = np.asarray(corpus.vectors.keys, np.int64)
    if len(corpus.ids) < 2:
        raise InputError("It takes two texts to compare any.")
    drawn = np.random.default_rng(SEED).choice(keys, (DRAWN, 2))
    owners = np.stack([corpus.owners(drawn[:, side]) for side in (0, 1)])
    drawn = drawn[owners[0] != owners[1]]
    left, right = (np.asarray(corpus.vectors.vectors(drawn[:, side])) for side in (0, 1))
    scores = np.einsum("ij,ij->i", left, right)
    found = tuple((share, float(np.percentile(scores, share))) for share in PERCENTILES)
    return Unrelated(len(scores), float(scores.mean()), found)
