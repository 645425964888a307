"""Background scores of a corpus, without labels: what random pairs of its documents score."""

from dataclasses import dataclass

import numpy as np

from askew.errors import InputError
from askew.matching.corpus import Corpus
from askew.search.background import Background, pair_scores, random_pairs

PERCENTILES = (50.0, 90.0, 95.0, 99.0, 99.9)


@dataclass(frozen=True)
class Unrelated:
    """Scores of random pairs. percentiles: each a percentage and the score that as many pairs stay below."""

    pairs: int
    mean: float
    percentiles: tuple[tuple[float, float], ...]


def unrelated(corpus: Corpus) -> Unrelated:
    """Measure the scores of random pairs of documents, the same every time; a few of them may be related after all."""
    if len(corpus.ids) < 2:
        raise InputError("At least two texts are needed to measure what unrelated texts score.")
    keys = np.asarray(corpus.vectors.keys, np.int64)
    pairs = random_pairs(corpus.owners(keys))
    found = Background(pair_scores(*(corpus.vectors.vectors(keys[rows]) for rows in pairs)))
    percentiles = tuple((percent, found.quantile(percent / 100)) for percent in PERCENTILES)
    return Unrelated(found.scores.size, found.mean, percentiles)
