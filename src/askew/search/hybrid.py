"""Hybrid search: dense and BM25 rankings on one scale, weighted and added."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from askew.search.background import score_floors
from askew.search.ranking import DOCUMENT_SCORES, WIDEN, Ranked, SearchParams, dense, lexical, mean_of_best
from askew.stores import Store
from askew.types import FloatMatrix


@dataclass(frozen=True)
class ChannelRanking:
    """A ranking, and the score `floor` that a document has which it knows nothing of.

    By words that is 0; by meaning it is what the query scores on average over the corpus, which is 0.05 with one model
    and 0.75 with another.
    """

    ranking: Sequence[Ranked]
    floor: float = 0.0

    def shares(self) -> list[float]:
        """Where each score stands between the floor, 0, and the best, 1."""
        if not self.ranking:
            return []
        height = self.ranking[0].score - self.floor
        return [max(entry.score - self.floor, 0.0) / height if height > 0 else 1.0 for entry in self.ranking]


def fuse(halves: Sequence[ChannelRanking], weights: Sequence[float], k: int, passages: int = 1) -> list[Ranked]:
    """A document scores the weighted mean of its shares, 0 where a ranking has not got it; 1 is the best in all.

    Equal scores go to the document that the earlier ranking has higher. The passage shown is that of the ranking in
    which the document stands best. Where so many `passages` of one document may be hits, it is passages that are fused.
    Combining scores keeps what ranks forget, how much better the first is than the second: Bruch, Gai and Ingber 2023,
    arXiv 2210.11934. (docs/log.md has both on four sets.)
    """
    total = sum(weights)
    scores: dict[Hashable, float] = {}
    shown: dict[Hashable, tuple[int, Ranked]] = {}
    for half, weight in zip(halves, weights, strict=True):
        if weight == 0:
            continue
        for rank, (entry, share) in enumerate(zip(half.ranking, half.shares(), strict=True), start=1):
            name = entry.document if passages == 1 else entry.key
            scores[name] = scores.get(name, 0.0) + share * weight / total
            if name not in shown or rank < shown[name][0]:
                shown[name] = (rank, entry)
    order = sorted(scores, key=lambda name: -scores[name])
    return _spread([replace(shown[name][1], score=scores[name], method="hybrid") for name in order], passages)[:k]


def _spread(ranking: Sequence[Ranked], passages: int) -> list[Ranked]:
    """No more than so many of one document, and none that stands beside or within a better one of it."""
    kept: list[Ranked] = []
    held: dict[str, list[Ranked]] = {}
    for entry in ranking:
        mine = held.setdefault(entry.document, [])
        beside = any(abs(entry.key - key) <= 1 for other in mine for key in (other.key, *other.neighbours))
        if not beside and len(mine) < passages:
            kept.append(entry)
            mine.append(entry)
    return kept


Encode = Callable[[Sequence[str]], FloatMatrix]
"""Texts to vectors that the store can compare, (n, dim)."""


def rank(store: Store, encode: Encode, queries: Sequence[str], how: SearchParams) -> list[list[Ranked]]:
    """For each query the best entries, from the first to `how.reach`; the encoder is called only if it is needed."""
    if how.mode == "lexical":
        return [lexical(store, query, how.reach, how.where, how.passages) for query in queries]
    if how.mode == "dense":
        return by_vector(store, encode(queries), how.reach, how)
    return [fuse(both, how.weights, how.reach, how.passages) for both in rank_channels(store, encode, queries, how)]


def rank_channels(
    store: Store, encode: Encode, queries: Sequence[str], how: SearchParams
) -> list[tuple[ChannelRanking, ChannelRanking]]:
    """For each query its dense and its lexical ranking, as deep as hybrid search reads them."""
    vectors = encode(queries)
    by_meaning = by_vector(store, vectors, how.depth, how)
    by_word = [lexical(store, query, how.depth, how.where, how.passages) for query in queries]
    low = score_floors(store, vectors) if queries else []
    return [
        (ChannelRanking(dense_one, floor), ChannelRanking(lexical_one))
        for dense_one, floor, lexical_one in zip(by_meaning, low, by_word, strict=True)
    ]


def by_vector(store: Store, vectors: FloatMatrix, k: int, how: SearchParams) -> list[list[Ranked]]:
    best = DOCUMENT_SCORES[how.document_score]
    if best == 1:
        return dense(store, vectors, k, how.where, how.passages)
    wide = dense(store, vectors, k * WIDEN, how.where)
    return [mean_of_best(store, *both, best, k) for both in zip(vectors, wide, strict=True)]
