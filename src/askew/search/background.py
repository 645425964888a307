"""Background scores: what unrelated texts score, which gives a score its meaning.

Two random texts have a cosine of about 0.05 with one model and of 0.75 with another. The background of a query is its
scores with a sample of all passages, that of a corpus the scores of random pairs of its documents. Some of these are
related after all, but few. Every sample is deterministic.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.stores import Keys, Store
from askew.types import FloatMatrix

SAMPLE = 2000
"""Passages: their mean score has a standard error of a fortieth of the scores' standard deviation."""
PAIRS = 10_000
"""Random pairs: ten of them lie above the quantile 0.999."""
TOGETHER = 1024
"""Queries compared with a sample at once, so that memory is bounded."""
SEED = 20
GOLDEN = (5**0.5 - 1) / 2
BELOW = 0.1587  # share of a normal distribution more than one standard deviation below its mean
SMALLEST = 1e-6  # a smaller standard deviation is rounding error

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


def spread(count: int, size: int = SAMPLE) -> Rows:
    """Return at most `size` of the rows 0 to count - 1, ascending: one from each of `size` equal stretches.

    Its place in the stretch follows the golden ratio, so no period of the corpus (every second passage a title, say)
    can coincide with that of the sample.
    """
    if count <= size:
        return np.arange(count)
    edges = np.arange(size + 1) * count // size
    places: Rows = edges[:-1] + (np.arange(size) * GOLDEN % 1 * np.diff(edges)).astype(np.int64)
    return places


def sample(keys: Keys, size: int = SAMPLE) -> Keys:
    """Return at most `size` of these keys, in their order; see `spread`."""
    return keys[spread(len(keys), size)]


def random_pairs(owners: NDArray[np.generic], size: int = PAIRS) -> tuple[Rows, Rows]:
    """Draw pairs of rows with replacement; those with the same owner, the document of a row, are left out."""
    if not len(owners):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    first, second = np.random.default_rng(SEED).integers(len(owners), size=(2, size))
    different = owners[first] != owners[second]
    return first[different], second[different]


def pair_scores(first: FloatMatrix, second: FloatMatrix) -> Scores:
    """Return the score of each row of one matrix with the same row of the other: (n, dim), (n, dim) to (n,)."""
    scores: Scores = np.einsum("ij,ij->i", first, second, dtype=np.float64).astype(np.float32)
    return scores


def score_moments(queries: FloatMatrix, vectors: FloatMatrix) -> list[tuple[float, float]]:
    """Return the mean and the standard deviation of each query's scores with unrelated texts; 0 if there are none.

    queries: (n, dim). vectors: (m, dim), a sample of the texts. The best of a query is left out, as it is the one that
    may be related: among few texts it would otherwise raise the bar that it is measured by (of m scores, none lies more
    than the root of m - 1 deviations above the mean of all). Few scores may happen to be close together, so the
    deviation is at least half of that of all.
    """
    found: list[tuple[float, float]] = []
    for start in range(0, len(queries), TOGETHER) if len(vectors) else ():
        scores = np.asarray(queries[start : start + TOGETHER] @ vectors.T)
        whole = scores.std(axis=1)
        rest = np.partition(scores, -1, axis=1)[:, : max(scores.shape[1] - 1, 1)]
        deviations = np.maximum(rest.std(axis=1), whole / 2)
        found += zip(rest.mean(axis=1).tolist(), deviations.tolist(), strict=True)
    return found or [(0.0, 0.0)] * len(queries)


def moments_in(store: Store, queries: FloatMatrix) -> list[tuple[float, float]]:
    """Return the moments of each query's scores (n, dim) with a sample of the corpus; see `score_moments`."""
    return score_moments(queries, store.vectors(sample(store.keys())))


def mean_cosine(directions: FloatMatrix) -> float:
    """Return the mean inner product of all pairs of different rows, which must have length one; 0 without a pair."""
    n = len(directions)
    if n < 2:
        return 0.0
    total = directions.sum(axis=0, dtype=np.float64)
    own = float((directions.astype(np.float64) ** 2).sum())
    return float((total @ total - own) / (n * (n - 1)))


@dataclass(frozen=True)
class Background:
    """Distribution of the scores of unrelated texts; every figure is 0 without a score. scores: of any shape."""

    scores: NDArray[np.floating]

    @property
    def mean(self) -> float:
        return float(self.scores.mean()) if self.scores.size else 0.0

    @property
    def deviation(self) -> float:
        """The standard deviation of all scores, for texts that are known to be unrelated; see `null`."""
        return float(self.scores.std()) if self.scores.size else 0.0

    def quantile(self, share: float) -> float:
        return float(np.quantile(self.scores, share)) if self.scores.size else 0.0

    def percent_below(self, score: float) -> float:
        """Return how many per cent of the scores lie below this one; equal scores count half."""
        below, equal = np.count_nonzero(self.scores < score), np.count_nonzero(self.scores == score)
        return 100 * float(below + equal / 2) / max(self.scores.size, 1)

    def null(self) -> tuple[float, float]:
        """Return mean and standard deviation of the normal distribution of unrelated scores.

        The lower half alone gives the deviation, as the upper half has the pairs that are related (empirical null,
        Efron 2004, doi 10.1198/016214504000000089). If too many scores are equal for that, all of them give it; 1 if
        all are equal.
        """
        centre = self.quantile(0.5)
        found = (centre - self.quantile(BELOW), self.deviation)
        return centre, next((deviation for deviation in found if deviation > SMALLEST), 1.0)
