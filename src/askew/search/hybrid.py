"""Hybrid search: dense and BM25 scores as evidence on one scale, added; weights learned from judged queries."""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from askew import validation
from askew.errors import InputError, StoreError
from askew.search.background import moments_in
from askew.search.ranking import (
    CANDIDATES,
    CHANNELS,
    DOCUMENT_SCORES,
    EQUAL_WEIGHTS,
    FACTOR,
    SPARSE_FACTOR,
    WIDEN,
    Ranked,
    SearchParams,
    Weights,
    channel_weights,
    dense,
    evidence,
    fuse,
    lexical,
    mean_of_best,
    sparse,
    thinned,
)
from askew.stores import Store
from askew.types import FloatMatrix, SparseRows
from askew.values import from_json


@dataclass(frozen=True)
class ChannelRanking:
    """A ranking, with the mean and the standard deviation of this query's scores with unrelated documents.

    These say what a score is worth: 0.4 is much with one model and little with another, and where the model does not
    know the language of a query, no document stands out. moments: None for BM25, whose scores are evidence themselves.
    factor: see `ranking.evidence`.
    """

    ranking: Sequence[Ranked]
    moments: tuple[float, float] | None = None
    factor: float = FACTOR

    def evidence(self) -> list[float]:
        scores = np.array([entry.score for entry in self.ranking])
        found = scores if self.moments is None else evidence(scores, *self.moments, self.factor)
        return [float(value) for value in found]


def rank_hybrid(
    store: Store,
    queries: Sequence[str],
    vectors: FloatMatrix,
    params: SearchParams,
    terms: SparseRows | None = None,
) -> list[list[Ranked]]:
    """Return the `params.reach` best of each query by all channels. terms: the queries' sparse vectors, if the store
    has sparse vectors.
    """
    weights = params.weights if terms is None else channel_weights(params.weights, sparse=True)

    def to(depth: int) -> list[list[Ranked]]:
        every = rank_every_channel(store, queries, vectors, params, terms, depth)
        return [fuse_channels(one, weights, len(weights) * depth, params.passages) for one in every]

    return deepened(to, params)


def rank_every_channel(
    store: Store,
    queries: Sequence[str],
    vectors: FloatMatrix,
    params: SearchParams,
    terms: SparseRows | None,
    depth: int,
) -> list[tuple[ChannelRanking, ...]]:
    """Return the dense and the lexical ranking of each query to a depth, and the sparse one if there are terms."""
    with store.snapshot():
        pairs = rank_channels(store, queries, vectors, params, depth)
        if terms is None:
            return [*pairs]
        found = sparse(store, terms, depth, params.where, params.passages, params.near or params.k)
        third = [ChannelRanking(*one, SPARSE_FACTOR) for one in zip(found, store.sparse_moments(terms), strict=True)]
        return [(*pair, one) for pair, one in zip(pairs, third, strict=True)]


def deepened(to: Callable[[int], list[list[Ranked]]], params: SearchParams) -> list[list[Ranked]]:
    """Return the `params.reach` best of each query, where a ranking read to another depth has another order.

    A page must neither repeat nor lose what another page has. Whatever the page, the ranking to the first depth
    therefore comes first, then what the ranking to the next adds to it, until there is enough or no more to read.
    to: ranks every query to a depth.
    """
    depth, rankings = CANDIDATES, to(CANDIDATES)
    while any(len(ranking) < params.reach for ranking in rankings):
        if params.passages == 1 and all(len(ranking) < depth for ranking in rankings):
            break  # that is all there is
        depth *= DEEPER
        longer = [_continued(*both, params.passages) for both in zip(rankings, to(depth), strict=True)]
        if list(map(len, longer)) == list(map(len, rankings)):
            break
        rankings = longer
    return [ranking[: params.reach] for ranking in rankings]


def _continued(ranking: Sequence[Ranked], deeper: Sequence[Ranked], passages: int) -> list[Ranked]:
    """Return a ranking with what a deeper one adds, whose scores are no better than the last."""
    last = ranking[-1].score if ranking else math.inf
    return thinned([*ranking, *(replace(entry, score=min(entry.score, last)) for entry in deeper)], passages)


def fuse_channels(
    channels: Sequence[ChannelRanking], weights: Sequence[float], k: int, passages: int = 1
) -> list[Ranked]:
    """Fuse rankings by document, or by passage if a document may have several hits; see `ranking.fuse`.

    The passage shown is that of the channel that ranks the document highest.
    """
    names: list[list[str | int]] = [
        [entry.document if passages == 1 else entry.key for entry in one.ranking] for one in channels
    ]
    found = fuse(names, [one.evidence() for one in channels], weights)
    entries = (replace(channels[one.channel].ranking[one.place], score=one.score, method="hybrid") for one in found)
    return thinned(entries, passages)[:k]


def rank_channels(
    store: Store, queries: Sequence[str], vectors: FloatMatrix, params: SearchParams, depth: int = CANDIDATES
) -> list[tuple[ChannelRanking, ChannelRanking]]:
    """Return the dense and the lexical ranking of each query to a depth, by default that of a first page."""
    with store.snapshot():
        if not queries:
            return []
        by_vector = _to_depth(store, vectors, depth, params)
        near = params.near or params.k
        by_words = [lexical(store, query, depth, params.where, params.passages, near) for query in queries]
        taught = params.languages
        factors = [FACTOR if query.isascii() or not taught else _factor(query, taught) for query in queries]
        moments = moments_in(store, vectors)
        by_meaning = [ChannelRanking(*one) for one in zip(by_vector, moments, factors, strict=True)]
        return [(one, ChannelRanking(other)) for one, other in zip(by_meaning, by_words, strict=True)]


def _factor(query: str, languages: Sequence[str]) -> float:
    """Return FACTOR, or 0 for a query in a script that no language of the model has: how far apart its vectors lie, of
    letters that the model was never taught, is chance.
    """
    from askew.models.scripts import untaught

    return 0.0 if untaught(query, languages) else FACTOR


def rank_dense(store: Store, vectors: FloatMatrix, params: SearchParams) -> list[list[Ranked]]:
    """Return the `params.reach` best documents of each vector by the document score of `params`."""
    if params.document_score == "max":
        return dense(store, vectors, params.reach, params.where, params.passages, params.near)
    return deepened(lambda depth: _to_depth(store, vectors, depth, params), params)


def _to_depth(store: Store, vectors: FloatMatrix, k: int, params: SearchParams) -> list[list[Ranked]]:
    best = DOCUMENT_SCORES[params.document_score]
    if best == 1:
        return dense(store, vectors, k, params.where, params.passages, params.near or params.k)
    wide = dense(store, vectors, k * WIDEN, params.where)
    return [mean_of_best(store, vector, ranking, best, k) for vector, ranking in zip(vectors, wide, strict=True)]


DEEPER = 10
"""How many times deeper the channels are read when a page lies beyond what the first reading gives."""
STEPS = {2: 20, 3: 10}
"""By number of channels: weights are tried in steps of 1/20 or 1/10."""
DEPTH = 10
NOTE = "weights"
SCALE = "evidence"
"""What the weights are factors of, noted with them; those that an older askew learned for other scores do not count."""

Judged = Mapping[str, float]
"""Relevance of each judged document of a query; 0 and less means not relevant."""


@dataclass(frozen=True)
class FusionWeights:
    """Weights of the channels, which sum to 1, and nDCG@10 on the `queries` that they were learned from.

    sparse, sparse_alone: 0 without a sparse channel.
    """

    dense: float
    lexical: float
    fused: float
    dense_alone: float
    lexical_alone: float
    queries: int
    sparse: float = 0.0
    sparse_alone: float = 0.0


def read_weights(store: Store, *, sparse: bool = False) -> Weights:
    """Return the weights of the dense and the lexical channel, and of the sparse one if there is one, as learned for
    this store, or equal ones.

    Equal weights are no guess: what each channel finds is weighed by its evidence, query by query.

    Raises StoreError if the stored ones are damaged.
    """
    noted = store.note(NOTE)
    if not noted:
        return channel_weights(EQUAL_WEIGHTS, sparse=True) if sparse else EQUAL_WEIGHTS
    try:
        learned = from_json(noted)
        names = CHANNELS if sparse and "sparse" in learned else CHANNELS[:2]
        weights = tuple(float(learned[name]) for name in names)
        validation.check_weights(weights)
    except (ValueError, LookupError, TypeError, OverflowError, InputError) as error:
        raise StoreError(
            f"The learned weights of the index are damaged ({error}). Learn them again: askew tune."
        ) from error
    return channel_weights(weights if learned.get("scale") == SCALE else EQUAL_WEIGHTS, sparse=sparse)


def write_weights(store: Store, weights: FusionWeights) -> None:
    store.set_note(NOTE, json.dumps({**vars(weights), "scale": SCALE}))


def learn_weights(rankings: Sequence[Sequence[ChannelRanking]], judged: Sequence[Judged]) -> FusionWeights:
    """Return the weights with the highest mean nDCG@10. rankings: those of each query, in the order of CHANNELS.

    If several weights are equally good, the middle ones are chosen: they depend least on these queries. Raises
    `InputError` if no ranking contains a relevant document, because then all weights are equally good.
    """
    tried = tried_weights(max(map(len, rankings), default=2))
    gains = np.array([_mean_gain(rankings, judged, weights) for weights in tried.tolist()])
    if not gains.max() > 0:
        raise InputError(
            f"There is nothing to learn: no query has a relevant document among the best {DEPTH}. Check that the "
            "judgements use the document ids of this index."
        )
    best = tried[gains >= gains.max() - 1e-9]
    middle = best[np.argmin(np.round(((best - best.mean(axis=0)) ** 2).sum(axis=1), 9))].tolist()
    alone = [float(gains[tried[:, channel].argmax()]) for channel in range(tried.shape[1])]
    third = {"sparse": middle[2], "sparse_alone": alone[2]} if len(middle) == 3 else {}
    return FusionWeights(middle[0], middle[1], float(gains.max()), alone[0], alone[1], len(rankings), **third)


def tried_weights(channels: int) -> NDArray[np.float64]:
    """Return the weights that are tried, (n, channels): all those in equal steps that sum to 1."""
    steps = STEPS[channels]
    places = np.indices((steps + 1,) * (channels - 1)).reshape(channels - 1, -1).T
    kept = places[places.sum(axis=1) <= steps]
    return np.column_stack([kept, steps - kept.sum(axis=1)]) / steps


def _mean_gain(
    rankings: Sequence[Sequence[ChannelRanking]], judged: Sequence[Judged], weights: Sequence[float]
) -> float:
    fused = (fuse_channels(channels, weights, DEPTH) for channels in rankings)
    return float(np.mean([gain(ranking, known) for ranking, known in zip(fused, judged, strict=True)]))


def gain(ranking: Sequence[Ranked], judged: Judged) -> float:
    """Return nDCG@10 with the relevance itself as gain, as in trec_eval (Järvelin and Kekäläinen 2002)."""
    ideal = sorted((value for value in judged.values() if value > 0), reverse=True)[:DEPTH]
    if not ideal:
        return 0.0
    found = [max(judged.get(entry.document, 0.0), 0.0) for entry in ranking[:DEPTH]]
    return _discounted(found) / _discounted(ideal)


def _discounted(gains: Sequence[float]) -> float:
    return float(np.sum(np.array(gains) / np.log2(np.arange(2, len(gains) + 2)))) if gains else 0.0
