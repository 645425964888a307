"""Background scores of a corpus, without labels: what random pairs of its documents score."""

from dataclasses import dataclass

import numpy as np

from askew.errors import InputError
from askew.matching.corpus import Corpus
from askew.search.background import Background, pair_scores, random_pairs

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
    if len(corpus.ids) < 2:
        raise InputError("There are fewer than two documents to compare.")
    keys = np.asarray(corpus.vectors.keys, np.int64)
    pairs = random_pairs(corpus.owners(keys))
    found = Background(pair_scores(*(corpus.vectors.vectors(keys[rows]) for rows in pairs)))
    percentiles = tuple((percent, found.quantile(percent / 100)) for percent in PERCENTILES)
    return Unrelated(found.scores.size, found.mean, percentiles)
