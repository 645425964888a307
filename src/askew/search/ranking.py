"""Rankings: passages scored by a store, grouped into documents, cut to the page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from askew import validation
from askew.confidence.risk_control import check_precision
from askew.errors import InputError
from askew.stores import Neighbours, Store
from askew.stores.where import parse
from askew.types import FloatMatrix, Where

MODES = ("dense", "lexical", "hybrid")
DOCUMENT_SCORES = {"max": 1, "mean2": 2, "mean3": 3}
"""Of how many of its best passages a document's score is the mean."""

CANDIDATES = 100
"""How many of the best are read again by a reranking model, and how deep hybrid search reads each ranking."""


@dataclass(frozen=True)
class SearchParams:
    """The `k` best after the first `offset`. weights: of the dense and of the lexical ranking in mode hybrid.

    passages: hits of one document at most. document_score: which of a document's passages make its score in the dense
    ranking, a name in DOCUMENT_SCORES; the others are for documents where several passages together are the answer.
    min_confidence: the share of first hits that are right, as calibrated; 0 for no promise.
    """

    k: int = 10
    mode: str = "dense"
    where: Where | None = None
    weights: tuple[float, float] = (1.0, 1.0)
    offset: int = 0
    passages: int = 1
    document_score: str = "max"
    min_confidence: float = 0.0

    def __post_init__(self) -> None:
        validation.check_k(self.k)
        validation.whole(self.offset, "offset")
        validation.whole(self.passages, "passages", 1)
        validation.one_of(self.mode, "search mode", MODES)
        if self.where is not None:
            parse(self.where)
        validation.check_weights(self.weights)
        self._check_document_score()
        if validation.number(self.min_confidence, "min_confidence"):
            self._check_min_confidence()

    def _check_document_score(self) -> None:
        validation.one_of(self.document_score, "document score", list(DOCUMENT_SCORES))
        if self.document_score != "max" and (self.passages > 1 or self.mode == "lexical"):
            raise InputError("document_score mean2 and mean3 need passages=1 and the mode dense or hybrid.")

    def _check_min_confidence(self) -> None:
        check_precision(self.min_confidence)
        if self.offset or self.passages > 1:
            raise InputError("min_confidence concerns the first hit only: leave out offset and passages.")

    @property
    def reach(self) -> int:
        return self.offset + self.k

    @property
    def depth(self) -> int:
        """How deep a fused ranking reads its parts. It grows in steps, as another depth may be another order: pages
        within one step fit together.
        """
        depth = CANDIDATES
        while depth < self.reach:
            depth *= 10
        return depth


WIDEN = 4  # passages asked for, to each document wanted; asked again for more where they fall together


@dataclass(frozen=True)
class Ranked:
    """A document by a passage of it. A higher score is better, among those of one method.

    neighbours: keys of the passages beside it, without a gap, that are among the best as well.
    """

    document: str
    key: int
    score: float
    neighbours: tuple[int, ...] = ()
    method: str = "dense"


def dense(
    store: Store, vectors: FloatMatrix, k: int, where: Where | None = None, passages: int = 1
) -> list[list[Ranked]]:
    """For each vector (n, dim) its k best documents by the store's inner product, with so many `passages` of one."""
    if not len(vectors):
        return []
    return _collapsed(lambda wanted: store.nearest(vectors, wanted, where), store, k, passages, "dense")


def lexical(store: Store, query: str, k: int, where: Where | None = None, passages: int = 1) -> list[Ranked]:
    """The k best documents by BM25 (Robertson and Zaragoza 2009); fewer where fewer share a word."""
    return _collapsed(lambda wanted: store.lexical(query, wanted, where), store, k, passages, "lexical")[0]


def _collapsed(
    fetch: Callable[[int], Neighbours], store: Store, k: int, passages: int, method: str
) -> list[list[Ranked]]:
    """Fetches passages until each query has k entries or there are no more passages."""
    wanted = k * WIDEN
    while True:
        found = fetch(wanted)
        ranked = [_best(store, found, row, k, passages, method) for row in range(len(found.keys))]
        exhausted = found.keys.shape[1] < wanted or bool((found.keys[:, -1] < 0).all())
        if exhausted or all(len(entries) == k for entries in ranked):
            return ranked
        wanted *= WIDEN


@dataclass
class _Run:
    """A passage that is a hit, with the neighbours that it has so far."""

    key: int
    score: float
    keys: set[int]


def _best(store: Store, found: Neighbours, row: int, k: int, passages: int, method: str) -> list[Ranked]:
    """A passage beside one that is a hit of the document already is no hit of its own. It is shown together with it if
    it is among the k best passages, and would have been one.
    """
    keys = [int(key) for key in found.keys[row] if key >= 0]
    runs: dict[str, list[_Run]] = {}
    order: list[tuple[str, _Run]] = []
    for place, (key, document, score) in enumerate(zip(keys, store.owners(keys), found.scores[row], strict=False)):
        mine = runs.setdefault(document, [])
        beside = next((run for run in mine if key - 1 in run.keys or key + 1 in run.keys), None)
        if beside is not None:
            if place < k:
                beside.keys.add(key)
        elif len(mine) < passages and len(order) < k:
            mine.append(_Run(key, float(score), {key}))
            order.append((document, mine[-1]))
        elif place >= k and len(order) == k:
            break
    return [
        Ranked(document, run.key, run.score, tuple(sorted(run.keys - {run.key})), method) for document, run in order
    ]


def mean_of_best(store: Store, query: FloatMatrix, ranking: Sequence[Ranked], best: int, k: int) -> list[Ranked]:
    """The k best of these documents by the mean of their `best` highest passages, computed anew from all of them.

    query: (dim,). A document with fewer passages has the mean of those it has.
    """
    ranges = store.extents([entry.document for entry in ranking])
    keys = [key for held in ranges for key in held]
    scores = store.vectors(keys) @ query
    ends = np.cumsum([len(held) for held in ranges])[:-1]
    means = [float(np.sort(part)[::-1][:best].mean()) for part in np.split(scores, ends)] if ranking else []
    order = sorted(range(len(ranking)), key=lambda place: (-means[place], place))
    return [replace(ranking[place], score=means[place]) for place in order[:k]]
