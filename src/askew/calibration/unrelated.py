"""Score distribution of unrelated texts of a corpus; needs no labels."""

from dataclasses import dataclass

import numpy as np

from askew.errors import InputError
from askew.matching.corpus import Corpus

DRAWN = 10_000  # pairs, so that a hundred lie above the 99th percentile
SEED = 0
PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


@dataclass(frozen=True)
class Unrelated:
    """Scores of random pairs. percentiles: (per cent, score below which they are)."""

    pairs: int
    mean: float
    percentiles: tuple[tuple[float, float], ...]


def unrelated(corpus: Corpus) -> Unrelated:
    """Score random pairs of documents, the same ones every time. A few of them may be related after all.

    Raises InputError for fewer than two documents.
    """
    keys = np.asarray(corpus.vectors.keys, np.int64)
    if len(corpus.ids) < 2:
        raise InputError("There are fewer than two documents to compare.")
    drawn = np.random.default_rng(SEED).choice(keys, (DRAWN, 2))
    owners = np.stack([corpus.owners(drawn[:, side]) for side in (0, 1)])
    drawn = drawn[owners[0] != owners[1]]
    left, right = (np.asarray(corpus.vectors.vectors(drawn[:, side])) for side in (0, 1))
    scores = np.einsum("ij,ij->i", left, right)
    found = tuple((share, float(np.percentile(scores, share))) for share in PERCENTILES)
    return Unrelated(len(scores), float(scores.mean()), found)
