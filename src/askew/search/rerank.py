"""Reranking: the best candidates scored by a cross-encoder within a time budget."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.search.ranking import Ranked
from askew.types import Document, Passage

FIRST = 2  # pairs scored to learn how fast the model is here
SHARE = 0.5  # of what is left of the budget, planned for the next pairs; the rest is for the error of the plan


class Scorer(Protocol):
    def score(self, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        """(n,): how well the second text of each pair answers the first; higher is better."""


@dataclass(frozen=True)
class Reranking:
    """`scored` of the `candidates` were read by `model`, in `seconds`; the others stand below, as they stood before.

    No model, no reranking.
    """

    model: str = ""
    candidates: int = 0
    scored: int = 0
    seconds: float = 0.0


class Reranker:
    """A scorer together with what is known of its speed, in seconds for a character of query and passage."""

    def __init__(self, model: str, scorer: Scorer, clock: Callable[[], float] = time.perf_counter) -> None:
        self.model = model
        self._scorer = scorer
        self._clock = clock
        self._pace = 0.0

    def rerank(
        self, query: str, texts: Sequence[str], ranking: Sequence[Ranked], budget: float
    ) -> tuple[list[Ranked], Reranking]:
        """texts: the passage of each entry. budget: seconds, infinite where it is not limited."""
        start = self._clock()
        scores: list[float] = []
        while len(scores) < len(ranking):
            count = self._fitting(query, texts[len(scores) :], budget - (self._clock() - start))
            if count == 0 and scores:
                break
            count = max(count, 1)  # at least one of all, however small the budget
            scores += self._scored(query, texts[len(scores) : len(scores) + count])
        best = sorted(range(len(scores)), key=lambda place: (-scores[place], place))
        read = [replace(ranking[place], score=scores[place], method=self.model) for place in best]
        told = Reranking(self.model, len(ranking), len(scores), self._clock() - start)
        return [*read, *ranking[len(scores) :]], told

    def _fitting(self, query: str, texts: Sequence[str], left: float) -> int:
        """How many of the next pairs are scored at once."""
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
        # Slower is believed at once, faster by and by: it is the late answer that breaks the promise.
        self._pace = max(pace, 0.7 * self._pace + 0.3 * pace) if self._pace else pace
        return [float(score) for score in scores]


def passage_text(document: Document, passage: Passage) -> str:
    """What the model reads of a hit: the title goes before, as in the passages of its training data."""
    return f"{document.title}\n{passage.text}" if document.title else passage.text
