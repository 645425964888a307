"""The same queries to the old index and to the new: what each finds, with which scores."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askew.index import Index
from askew.progress import Progress, Report, silent
from askew.search.hybrid.background import sample
from askew.search.ranking import Ranked
from askew.stores.steady import steady
from askew.tasks import get
from askew.types import Document, FloatMatrix

BATCH = 128


@dataclass(frozen=True)
class Found:
    """A document and its score; higher is better, among those of one index."""

    document: str
    score: float


@dataclass(frozen=True)
class Replayed:
    """What each index finds for a query, best first. overlap: the share of the k best that both have."""

    query: str
    text: str
    old: tuple[Found, ...]
    new: tuple[Found, ...]

    @property
    def overlap(self) -> float:
        longest = max(len(self.old), len(self.new))
        shared = {found.document for found in self.old} & {found.document for found in self.new}
        return len(shared) / longest if longest else 1.0

    @property
    def same_first(self) -> bool:
        return [found.document for found in self.old[:1]] == [found.document for found in self.new[:1]]


@dataclass(frozen=True)
class Scale:
    """What scores mean in one index. unrelated: of a query and passages drawn without regard to it, the middle one;
    floor: what 99 of 100 of them stay below. best, last: the median score of the first and of the k-th document found.
    """

    unrelated: float
    floor: float
    last: float
    best: float


def replay(
    old: Index, new: Index, queries: Sequence[Document], k: int, mode: str = "dense", report: Report = silent
) -> list[Replayed]:
    """In the order of the queries."""
    result: list[Replayed] = []
    for start in range(0, len(queries), BATCH):
        part = queries[start : start + BATCH]
        texts = [query.text for query in part]
        rankings = zip(part, old.rank(texts, k, mode=mode), new.rank(texts, k, mode=mode), strict=True)
        result += [Replayed(query.id, query.text, _found(before), _found(after)) for query, before, after in rankings]
        report(Progress("queries", len(result), len(queries)))
    return result


def scale(index: Index, queries: Sequence[str], rankings: Sequence[Sequence[Found]]) -> Scale:
    """Of the dense ranking: rankings are of mode dense, one for each query."""
    vectors = index.sealed.encode(get(index.contract.task).query_role, "replaying", queries)
    scores = vectors @ steady(lambda: _sampled(index)).T
    ranked = [ranking for ranking in rankings if ranking]
    return Scale(
        unrelated=float(np.median(scores)),
        floor=float(np.quantile(scores, 0.99)),
        last=float(np.median([ranking[-1].score for ranking in ranked])),
        best=float(np.median([ranking[0].score for ranking in ranked])),
    )


def _sampled(index: Index) -> FloatMatrix:
    return index.store.vectors(sample(index.store))


def _found(ranking: Sequence[Ranked]) -> tuple[Found, ...]:
    return tuple(Found(entry.document, entry.score) for entry in ranking)
