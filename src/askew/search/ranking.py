"""Rankings: passages ordered by score, grouped by document, fused across channels and cut to k.

The functions on arrays know no store and serve every ranking in the package, whatever was scored; `dense` and `lexical`
apply them to what a store finds.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from askew import validation
from askew.errors import InputError
from askew.stores import Keys, Store
from askew.types import FloatMatrix, SparseRows, Where

MODES = ("dense", "lexical", "hybrid", "sparse")
DOCUMENT_SCORES = {"max": 1, "mean2": 2, "mean3": 3}
"""Document score to the number of best passages that it is the mean of."""
CANDIDATES = 100
"""Candidates for reranking, and the depth to which hybrid search reads each channel."""
CONTEXT_PASSAGES = 20
"""Default number of passages in a context for a prompt (adjacent ones count once)."""
WIDEN = 4
"""Passages fetched per document wanted; fetching is repeated with more if too many belong to one document."""
CHANNELS = ("dense", "lexical", "sparse")
"""In the order of rankings and weights."""
Weights = tuple[float, ...]
EQUAL_WEIGHTS: Weights = (1.0, 1.0)
POWER, FACTOR, SPARSE_FACTOR = 3, 0.1, 0.02
"""Evidence of a dense score that is z deviations above the floor: FACTOR * z ** POWER, so that 6 of them are worth as
much as a BM25 score of 21.6; of a learned sparse score SPARSE_FACTOR * z ** POWER, as its scores have a longer tail: 10
of them are worth 20."""

Name = TypeVar("Name", bound=Hashable)
Places = NDArray[np.int64]
Scores = NDArray[np.floating]


def channel_weights(weights: Weights, *, sparse: bool) -> Weights:
    """Return a weight for each channel; a sparse one for which none is given has the mean weight of the other two."""
    return (*weights, sum(weights) / 2) if sparse and len(weights) == 2 else weights


def without_sparse(weights: Weights) -> Weights:
    """Return the weights of the dense and the lexical channel, equal ones if the sparse one alone counts."""
    return weights[:2] if any(weights[:2]) else EQUAL_WEIGHTS


@dataclass(frozen=True)
class SearchParams:
    """Parameters of a ranking: the `k` best after the first `offset`. Raises `InputError` if they make no sense.

    weights: of the dense and of the lexical channel in hybrid mode, and of the sparse one if there is one; two numbers
    leave its weight at the mean of theirs. passages: maximum hits per document.
    document_score: a key of DOCUMENT_SCORES, for the dense channel; the mean over several passages suits documents that
    answer with several passages together. min_confidence: required precision of the top hit, as calibrated; 0 for none.
    near: passages are shown with a hit that they adjoin if they are among this many best; 0 for `k`.
    languages: those that the model was trained on, which hybrid mode needs to know; () for all.
    """

    k: int = 10
    mode: str = "dense"
    where: Where | None = None
    weights: Weights = EQUAL_WEIGHTS
    offset: int = 0
    passages: int = 1
    document_score: str = "max"
    min_confidence: float = 0.0
    near: int = 0
    languages: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Plain values are checked without a call: every search comes through here.
        if type(self.k) is not int or not 1 <= self.k <= validation.LARGEST:
            validation.check_k(self.k)
        if type(self.offset) is not int or not 0 <= self.offset <= validation.LARGEST:
            validation.whole(self.offset, "offset")
        if type(self.passages) is not int or not 1 <= self.passages <= validation.LARGEST:
            validation.whole(self.passages, "passages", 1)
        if type(self.mode) is not str or self.mode not in MODES:
            validation.one_of(self.mode, "search mode", MODES)
        if self.where is not None:
            self._check_where(self.where)
        if self.weights is not EQUAL_WEIGHTS:
            validation.check_weights(self.weights)
        if type(self.document_score) is not str or self.document_score != "max":
            self._check_document_score()
        if type(self.min_confidence) is not float or self.min_confidence:
            self._check_min_confidence()

    @staticmethod
    def _check_where(where: Where) -> None:
        from askew.stores.where import parse

        parse(where)

    def _check_document_score(self) -> None:
        validation.one_of(self.document_score, "document score", list(DOCUMENT_SCORES))
        if self.document_score != "max" and (self.passages > 1 or self.mode in ("lexical", "sparse")):
            raise InputError("document_score mean2 and mean3 need passages=1 and the mode dense or hybrid.")

    def _check_min_confidence(self) -> None:
        from askew.confidence.risk_control import check_precision

        if not validation.number(self.min_confidence, "min_confidence"):
            return
        check_precision(self.min_confidence)
        if self.mode == "sparse":
            raise InputError("min_confidence is calibrated for the modes dense, lexical and hybrid.")
        if self.offset or self.passages > 1:
            raise InputError("min_confidence concerns the top hit only: leave out offset and passages.")

    @property
    def reach(self) -> int:
        return self.offset + self.k


@dataclass(frozen=True)
class Ranked:
    """A document, ranked by one of its passages. Higher scores are better; compare scores of one method only.

    neighbours: keys of adjacent passages, without a gap, that are among the best as well.
    """

    document: str
    key: int
    score: float
    neighbours: tuple[int, ...] = ()
    method: str = "dense"


@dataclass(frozen=True)
class Fused(Generic[Name]):
    """A name with its fused score. channel, place: the ranking, and the position in it, that has the name highest."""

    name: Name
    score: float
    channel: int
    place: int


def best_first(scores: Scores, keys: Keys | None = None) -> Places:
    """Return positions in descending order of score; ties in ascending order of key, by default of position."""
    return np.argsort(-scores, kind="stable") if keys is None else np.lexsort((keys, -scores))


def first_of_each(owners: Iterable[Hashable]) -> list[int]:
    """Return the position of the first passage of each owner, in order."""
    first: dict[Hashable, int] = {}
    for place, owner in enumerate(owners):
        first.setdefault(owner, place)
    return list(first.values())


def best_of_each(scores: Scores, owners: NDArray[np.int64], keys: Keys | None = None) -> Places:
    """Return the position of the best passage of each owner, best owner first; ties as in `best_first`."""
    order = best_first(scores, keys)
    return order[first_of_each(owners[order].tolist())]


def evidence(
    scores: Scores, floor: Scores | float, deviation: Scores | float, factor: float = FACTOR
) -> NDArray[np.float64]:
    """Return how much scores say that a document is relevant, (..., n), on the scale of BM25, which says so itself.

    It grows with the distance from the floor, in deviations. floor, deviation: (..., 1) or one number, the mean and the
    standard deviation of the query's scores with unrelated documents. Scores at or below the floor are no evidence, and
    none is if the deviation is 0. factor: FACTOR of dense, SPARSE_FACTOR of learned sparse scores.
    docs/decisions/0032-hybrid-weights.md and 0045-sparse-evidence.md have the measurements.
    """
    above = np.maximum(np.asarray(scores, np.float64) - floor, 0)
    found: NDArray[np.float64] = np.divide(above, deviation, out=np.zeros_like(above), where=np.asarray(deviation) > 0)
    return factor * found**POWER


def fuse(
    names: Sequence[Sequence[Name]], evidence: Sequence[Sequence[float]], weights: Sequence[float]
) -> list[Fused[Name]]:
    """Return the weighted sum of each name's evidence, best first, as a share of what the best of all channels have.

    evidence: of each name, best first; a name missing from a channel has none there. Without any, all names that a
    channel has are equal. Ties go to the name that the earlier channel ranks higher. A channel with weight 0 does not
    count at all. Combining scores keeps what ranks lose, how much better the first is than the second: Bruch, Gai and
    Ingber 2023, arXiv 2210.11934. (docs/decisions/0032-hybrid-weights.md has both.)
    """
    scores: dict[Name, float] = {}
    best: dict[Name, tuple[int, int]] = {}
    for channel, (ranking, values, weight) in enumerate(zip(names, shares(evidence, weights), weights, strict=True)):
        for place, (name, value) in enumerate(zip(ranking, values, strict=True) if weight else ()):
            scores[name] = scores.get(name, 0.0) + value
            best[name] = min(best.get(name, (place, channel)), (place, channel))
    order = sorted(scores, key=lambda name: -scores[name])
    return [Fused(name, scores[name], best[name][1], best[name][0]) for name in order]


def shares(evidence: Sequence[Sequence[float]], weights: Sequence[float]) -> list[list[float]]:
    """Return the weighted evidence of each entry of each channel, as a share of what the best of all channels have.

    Without any evidence, all entries of a channel have the share of its weight.
    """
    total = sum(weight * max(values, default=0.0) for values, weight in zip(evidence, weights, strict=True))
    if total <= 0:
        evidence, total = [[1.0] * len(values) for values in evidence], sum(weights)
    return [[value * weight / total for value in values] for values, weight in zip(evidence, weights, strict=True)]


@dataclass
class _Run:
    """A passage that is a hit, with the neighbours found so far."""

    key: int
    score: float
    keys: set[int]


def group(
    keys: Sequence[int],
    owners: Sequence[str],
    scores: Sequence[float],
    k: int,
    passages: int = 1,
    method: str = "dense",
    near: int = 0,
) -> list[Ranked]:
    """Group one query's passages, given best first, by document: k hits, at most `passages` per document.

    A passage adjacent to a hit of the same document is not a hit itself. It is shown with that hit if it is among the
    `near` best passages, by default k.
    """
    near = near or k
    runs: dict[str, list[_Run]] = {}
    order: list[tuple[str, _Run]] = []
    for place, (key, document, score) in enumerate(zip(keys, owners, scores, strict=True)):
        mine = runs.setdefault(document, [])
        adjacent = next((run for run in mine if key - 1 in run.keys or key + 1 in run.keys), None)
        if adjacent is not None:
            if place < near:
                adjacent.keys.add(key)
        elif len(mine) < passages and len(order) < k:
            mine.append(_Run(key, score, {key}))
            order.append((document, mine[-1]))
        elif place >= near and len(order) == k:
            break
    return [
        Ranked(document, run.key, run.score, tuple(sorted(run.keys - {run.key})), method) for document, run in order
    ]


def thinned(ranking: Iterable[Ranked], passages: int) -> list[Ranked]:
    """Keep at most `passages` entries per document, none adjacent to or within a better one of it."""
    kept: list[Ranked] = []
    held: dict[str, list[Ranked]] = {}
    for entry in ranking:
        mine = held.setdefault(entry.document, [])
        adjacent = any(abs(entry.key - key) <= 1 for other in mine for key in (other.key, *other.neighbours))
        if not adjacent and len(mine) < passages:
            kept.append(entry)
            mine.append(entry)
    return kept


def dense(
    store: Store, vectors: FloatMatrix, k: int, where: Where | None = None, passages: int = 1, near: int = 0
) -> list[list[Ranked]]:
    """Return the k best documents of each vector (n, dim) by inner product."""
    return _channel(store, vectors, k, where, passages, near) if len(vectors) else []


def lexical(
    store: Store, query: str, k: int, where: Where | None = None, passages: int = 1, near: int = 0
) -> list[Ranked]:
    """Return the k best documents by BM25 (Robertson and Zaragoza 2009); fewer if fewer share a word."""
    return _channel(store, query, k, where, passages, near)[0]


def sparse(
    store: Store, queries: SparseRows, k: int, where: Where | None = None, passages: int = 1, near: int = 0
) -> list[list[Ranked]]:
    """Return the k best documents of each query by learned sparse vectors; fewer if fewer share a term."""
    return _channel(store, queries, k, where, passages, near) if len(queries) else []


def _channel(
    store: Store, query: FloatMatrix | SparseRows | str, k: int, where: Where | None, passages: int, near: int
) -> list[list[Ranked]]:
    """Fetch passages until each query has k entries or there are no more passages."""
    wanted = k * WIDEN
    while True:
        if isinstance(query, str):
            found, method = store.lexical(query, wanted, where), "lexical"
        elif isinstance(query, SparseRows):
            found, method = store.sparse(query, wanted, where), "sparse"
        else:
            found, method = store.nearest(query, wanted, where), "dense"
        counts = (found.keys >= 0).sum(axis=1).tolist()
        owners = iter(store.owners(found.keys[found.keys >= 0].tolist()))
        rankings = [
            group(keys[:n], list(islice(owners, n)), scores[:n], k, passages, method, near)
            for keys, scores, n in zip(found.keys.tolist(), found.scores.tolist(), counts, strict=True)
        ]
        exhausted = found.keys.shape[1] < wanted or max(counts) < wanted
        if exhausted or all(len(entries) == k for entries in rankings):
            return rankings
        wanted *= WIDEN


def mean_of_best(store: Store, query: FloatMatrix, ranking: Sequence[Ranked], best: int, k: int) -> list[Ranked]:
    """Return the k best of these documents by the mean over their `best` highest-scoring passages.

    query: (dim,). A document with fewer passages has the mean of those it has.
    """
    ranges = store.extents([entry.document for entry in ranking])
    keys = [key for held in ranges for key in held]
    scores = store.vectors(keys) @ query
    ends = np.cumsum([len(held) for held in ranges])[:-1]
    means = [float(np.sort(part)[::-1][:best].mean()) for part in np.split(scores, ends)] if ranking else []
    order = best_first(np.array(means))[:k].tolist()
    return [replace(ranking[place], score=means[place]) for place in order]
