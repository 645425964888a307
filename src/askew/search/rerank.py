"""Reranking: the best candidates scored by a cross-encoder within a time budget."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.search.hits import Reranking
from askew.search.ranking import Ranked
from askew.types import Document, Passage

FIRST = 2
"""Pairs scored first, to measure how fast the model is on this machine."""
SHARE = 0.5
"""Share of the remaining budget planned for the next pairs; the rest covers the error of the plan."""

LEAST = 1e-6
"""Smallest standard deviation of first-stage scores that differ by more than rounding, as a share of the largest."""


class Scorer(Protocol):
    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """Return how well the second text of each pair answers the first, (n,); higher is better."""


class Reranker:
    """A scorer with its measured speed, in seconds per character of query and passage.

    first_stage_weight: as on the card of the model.
    """

    def __init__(
        self,
        model: str,
        scorer: Scorer,
        clock: Callable[[], float] = time.perf_counter,
        *,
        first_stage_weight: float = 0.0,
    ) -> None:
        self.model = model
        self._scorer = scorer
        self._first_stage_weight = first_stage_weight
        self._clock = clock
        self._pace = 0.0

    def rerank(
        self, query: str, texts: Sequence[str], ranking: Sequence[Ranked], budget: float
    ) -> tuple[list[Ranked], Reranking]:
        """Return the ranking with the candidates that were scored first, and a report.

        texts: the passage of each entry. budget: seconds, or infinity for no limit. At least one entry is scored.
        """
        start = self._clock()
        given: list[float] = []
        while len(given) < len(ranking):
            count = self._fitting(query, texts[len(given) :], budget - (self._clock() - start))
            if count == 0 and given:
                break
            count = max(count, 1)  # at least one, however small the budget
            given += self._scored(query, texts[len(given) : len(given) + count])
        scores = interpolated(given, [entry.score for entry in ranking], self._first_stage_weight)
        best = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
        read = [replace(ranking[place], score=scores[place], method=self.model) for place in best]
        report = Reranking(self.model, len(ranking), len(scores), self._clock() - start)
        return [*read, *ranking[len(scores) :]], report

    def _fitting(self, query: str, texts: Sequence[str], left: float) -> int:
        """Return how many of the next pairs to score together; 0 if none fits into the time left."""
        if left == float("inf"):
            return len(texts)
        if not self._pace:
            return min(FIRST, len(texts))
        costs = np.cumsum([(len(query) + len(text)) * self._pace for text in texts])
        planned = int(np.searchsorted(costs, left * SHARE, side="right"))
        return max(planned, int(costs[0] <= left))

    def _scored(self, query: str, texts: Sequence[str]) -> list[float]:
        start = self._clock()
        scores = self._scorer.score([(query, text) for text in texts])
        length = sum(len(query) + len(text) for text in texts)
        pace = (self._clock() - start) / max(length, 1)
        # Adopt a slower pace at once and a faster one gradually: only a late answer exceeds the budget.
        self._pace = max(pace, 0.7 * self._pace + 0.3 * pace) if self._pace else pace
        return [float(score) for score in scores]


def interpolated(scores: Sequence[float], first_stage: Sequence[float], weight: float) -> list[float]:
    """Return the scores of the first candidates (n,), with weight times those of the first stage added.

    first_stage: of all candidates, over which they are standardised, so that any search may be the first stage.

    A model that has learnt to rerank from few labels does not know all that found the candidates (Wang et al. 2021,
    "BERT-based Dense Retrievers Require Interpolation with BM25 for Effective Passage Retrieval").
    """
    found = np.asarray(first_stage, np.float64)
    if not weight or not len(found) or found.std() <= LEAST * np.abs(found).max():
        return list(scores)
    deviations = (found[: len(scores)] - found.mean()) / found.std()
    return [float(score) for score in np.asarray(scores, np.float64) + weight * deviations]


def passage_text(document: Document, passage: Passage) -> str:
    """Return what the model reads of a hit: title and passage, as in the passages of its training data."""
    return f"{document.title}\n{passage.text}" if document.title else passage.text
