"""Hybrid search: dense and BM25 rankings on one scale, weighted and added."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from askew.search.background import score_floors
from askew.search.ranking import (
    DOCUMENT_SCORES,
    WIDEN,
    Ranked,
    SearchParams,
    dense,
    fuse,
    lexical,
    mean_of_best,
    shares,
    thinned,
)
from askew.stores import Store
from askew.stores.steady import retried
from askew.types import FloatMatrix


@dataclass(frozen=True)
class ChannelRanking:
    """A ranking, and its `floor`: the score of a document that has nothing to do with the query.

    For BM25 that is 0; for embeddings it is the mean score over the corpus, which is 0.05 with one model and 0.75 with
    another.
    """

    ranking: Sequence[Ranked]
    floor: float = 0.0

    def shares(self) -> list[float]:
        scores = np.array([entry.score for entry in self.ranking])
        return [float(share) for share in shares(scores, self.floor)]


def fuse_channels(
    channels: Sequence[ChannelRanking], weights: Sequence[float], k: int, passages: int = 1
) -> list[Ranked]:
    """Fuse rankings by document, or by passage if a document may have several hits; see `ranking.fuse`.

    The passage shown is that of the channel that ranks the document highest.
    """
    names: list[list[str | int]] = [
        [entry.document if passages == 1 else entry.key for entry in one.ranking] for one in channels
    ]
    found = fuse(names, [one.shares() for one in channels], weights)
    entries = (replace(channels[one.channel].ranking[one.place], score=one.score, method="hybrid") for one in found)
    return thinned(entries, passages)[:k]


@retried
def rank_channels(
    store: Store, queries: Sequence[str], vectors: FloatMatrix, params: SearchParams
) -> list[tuple[ChannelRanking, ChannelRanking]]:
    """Return the dense and the lexical ranking of each query, as deep as hybrid search reads them."""
    if not queries:
        return []
    by_vector = rank_dense(store, vectors, params.depth, params)
    by_words = [lexical(store, query, params.depth, params.where, params.passages) for query in queries]
    return [
        (ChannelRanking(one, floor), ChannelRanking(other))
        for one, floor, other in zip(by_vector, score_floors(store, vectors), by_words, strict=True)
    ]


def rank_dense(store: Store, vectors: FloatMatrix, k: int, params: SearchParams) -> list[list[Ranked]]:
    """Return the k best documents of each vector by the document score of `params`."""
    best = DOCUMENT_SCORES[params.document_score]
    if best == 1:
        return dense(store, vectors, k, params.where, params.passages)
    wide = dense(store, vectors, k * WIDEN, params.where)
    return [mean_of_best(store, vector, ranking, best, k) for vector, ranking in zip(vectors, wide, strict=True)]
