"""The inverted file: for each term of a learned sparse vector, the passages that have it, and their impacts.

Search is exact: every posting of a query's terms is added, term by term (Turtle and
Flood 1995, doi 10.1016/0306-4573(95)00020-H), which on 100,000 passages takes a millisecond or two, so that nothing
need be skipped. A passage's score does not depend on what else is stored.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.stores import Mask, Neighbours
from askew.stores.impacts import Impacts
from askew.types import SparseRows

Scores = NDArray[np.float32]


@dataclass(frozen=True)
class Postings:
    """Passages by term, of the consecutive rows `first` to `first + len(scales) - 1`.

    offsets: (terms + 1,). passages: row minus `first`, ascending within a term. impacts: as in `Impacts`.
    """

    first: int
    offsets: NDArray[np.int64]
    passages: NDArray[np.int32]
    impacts: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def scores(self, terms: NDArray[np.int32], weights: Scores) -> Scores:
        """Return the score of every row with one query; 0 if they share no term."""
        known = terms < len(self.offsets) - 1
        spans = [slice(*self.offsets[term : term + 2].tolist()) for term in terms[known].tolist()]
        if not spans or not len(self.scales):
            return np.zeros(len(self.scales), np.float32)
        rows = np.concatenate([self.passages[span] for span in spans])
        gains = [weight * self.impacts[span] for span, weight in zip(spans, weights[known], strict=True)]
        summed = np.bincount(rows, np.concatenate(gains), minlength=len(self.scales))
        return summed.astype(np.float32) * self.scales


@dataclass(frozen=True)
class Inverted:
    """All sparse vectors of one state of a store, whose rows have the keys `base`, `base` + 1 …"""

    base: int
    rows: int
    parts: tuple[Postings, ...]

    def nearest(self, queries: SparseRows, k: int, kept: Mask) -> Neighbours:
        """Return the k best of the kept rows for each query; see `Store.sparse`."""
        k = max(0, min(k, self.rows))
        keys = np.full((len(queries), k), -1, np.int64)
        scores = np.full((len(queries), k), -np.inf, np.float32)
        for number in range(len(queries) if k else 0):
            every = self._scores(queries, number)
            rows = best(every, k, kept[: len(every)])
            keys[number, : len(rows)], scores[number, : len(rows)] = rows + self.base, every[rows]
        return Neighbours(keys, scores)

    def moments(self, queries: SparseRows, kept: Mask) -> list[tuple[float, float]]:
        """Return the mean and the standard deviation of each query's scores with the kept rows; 0 without any.

        The best is left out, and the deviation at least half of that of all, as in `background.score_moments`.
        """
        found = []
        for number in range(len(queries)):
            every = self._scores(queries, number)
            scores = every[kept[: len(every)]].astype(np.float64)
            rest = np.partition(scores, -1)[: max(len(scores) - 1, 1)] if len(scores) else np.zeros(1)
            deviation = max(rest.std(), scores.std() / 2) if len(scores) else 0.0
            found.append((float(rest.mean()), float(deviation)))
        return found

    def _scores(self, queries: SparseRows, number: int) -> Scores:
        """Return the score of every row with one of the queries."""
        one = queries.part(slice(number, number + 1))
        parts = [part.scores(one.terms, one.weights) for part in self.parts]
        return np.concatenate([np.zeros(0, np.float32), *parts])


def best(scores: Scores, k: int, kept: Mask) -> NDArray[np.int64]:
    """Return the rows of the k highest positive scores, best first; ties by row."""
    rows = np.flatnonzero((scores > 0) & kept)
    found = scores[rows]
    if len(rows) > k:
        least = -np.partition(-found, k - 1)[k - 1]
        above, level = np.flatnonzero(found > least), np.flatnonzero(found == least)
        places = np.sort(np.concatenate([above, level[: k - len(above)]]))
        rows, found = rows[places], found[places]
    return rows[np.argsort(-found, kind="stable")]


def invert(pages: Sequence[tuple[NDArray[np.int64], Impacts]], first: int, rows: int) -> Postings:
    """Invert impacts, whose keys are given as rows, ascending; `first` and `rows`: of the result."""
    vocabulary = max((int(page.terms.max(initial=-1)) + 1 for _, page in pages), default=0)
    lists = sum((np.bincount(page.terms, minlength=vocabulary) for _, page in pages), np.zeros(vocabulary, np.int64))
    offsets = np.concatenate([[0], np.cumsum(lists)])
    passages, steps = np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.uint8)
    scales, ends = np.zeros(rows, np.float32), offsets[:-1].copy()
    for numbers, page in pages:
        scales[numbers - first] = page.scales
        order = np.argsort(page.terms, kind="stable")
        terms = page.terms[order]
        begins = np.flatnonzero(np.diff(terms, prepend=-1))
        counts = np.diff(np.append(begins, len(terms)))
        places = ends[terms] + np.arange(len(terms)) - np.repeat(begins, counts)
        passages[places] = (numbers - first)[page.rows[order]]
        steps[places] = page.impacts[order]
        ends[terms[begins]] += counts
    return Postings(first, offsets, passages, steps, scales)
