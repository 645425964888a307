"""What a score is worth: how many other scores lie below it."""

from dataclasses import dataclass

import numpy as np

from askew.stores import Store
from askew.why.corpus import Corpus, Scores

SEED = 20
PAIRS = 2000
"""Pairs of passages drawn; those of one document are dropped."""


@dataclass(frozen=True)
class Percentile:
    """percent: of `among` scores, how many lie below; equal ones count half. All three are 0 where there are none."""

    percent: float
    among: int
    median: float


def percentile(score: float, scores: Scores) -> Percentile:
    if not len(scores):
        return Percentile(0.0, 0, 0.0)
    below, equal = np.count_nonzero(scores < score), np.count_nonzero(scores == score)
    return Percentile(100 * float(below + equal / 2) / len(scores), len(scores), float(np.median(scores)))


def random_pairs(store: Store, corpus: Corpus) -> Scores:
    """Of random passages of different documents, the same at every call: both rows drawn by numpy's default generator
    from SEED, `integers(passages, size=(2, PAIRS))`.
    """
    rows = np.random.default_rng(SEED).integers(len(corpus.keys), size=(2, PAIRS))
    first, second = rows[:, corpus.owner[rows[0]] != corpus.owner[rows[1]]]
    pairs = store.vectors(corpus.keys[first]), store.vectors(corpus.keys[second])
    scores: Scores = np.einsum("ij,ij->i", *pairs, dtype=np.float64).astype(np.float32)
    return scores


def of_others(corpus: Corpus, scores: Scores, document: str) -> Scores:
    """The scores of all passages of other documents."""
    others: Scores = scores[corpus.owner != corpus.number(document)]
    return others
