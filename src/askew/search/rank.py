"""Queries in, rankings out: by meaning, by words, or both."""

from collections.abc import Callable, Sequence

from askew.search.closer.scoring import mean_of_best
from askew.search.how import DOCUMENT_SCORES, How
from askew.search.hybrid.background import floors
from askew.search.hybrid.fusion import Half, fuse
from askew.search.ranking import WIDEN, Ranked, dense, lexical
from askew.stores import Store
from askew.types import FloatMatrix

Encode = Callable[[Sequence[str]], FloatMatrix]
"""Texts to vectors that the store can compare, (n, dim)."""


def rank(store: Store, encode: Encode, queries: Sequence[str], how: How) -> list[list[Ranked]]:
    """For each query the best entries, from the first to `how.reach`; the encoder is called only if it is needed."""
    if how.mode == "lexical":
        return [lexical(store, query, how.reach, how.where, how.passages) for query in queries]
    if how.mode == "dense":
        return by_vector(store, encode(queries), how.reach, how)
    return [fuse(both, how.weights, how.reach, how.passages) for both in halves(store, encode, queries, how)]


def halves(store: Store, encode: Encode, queries: Sequence[str], how: How) -> list[tuple[Half, Half]]:
    """For each query its dense and its lexical ranking, as deep as hybrid search reads them."""
    vectors = encode(queries)
    by_meaning = by_vector(store, vectors, how.depth, how)
    by_word = [lexical(store, query, how.depth, how.where, how.passages) for query in queries]
    low = floors(store, vectors) if queries else []
    return [
        (Half(dense_one, floor), Half(lexical_one))
        for dense_one, floor, lexical_one in zip(by_meaning, low, by_word, strict=True)
    ]


def by_vector(store: Store, vectors: FloatMatrix, k: int, how: How) -> list[list[Ranked]]:
    best = DOCUMENT_SCORES[how.document_score]
    if best == 1:
        return dense(store, vectors, k, how.where, how.passages)
    wide = dense(store, vectors, k * WIDEN, how.where)
    return [mean_of_best(store, *both, best, k) for both in zip(vectors, wide, strict=True)]
