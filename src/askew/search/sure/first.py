"""What is known of a query's first hit: its score, its lead over the second, and whether both rankings agree on it."""

from collections.abc import Sequence
from dataclasses import replace

from askew.confidence.confidence_model import TopHit
from askew.search.how import How
from askew.search.rank import Encode, rank
from askew.search.ranking import Ranked, dense, lexical
from askew.stores import Store

DEPTH = 10
"""How deep each query is ranked: always the same, as an approximate search finds more the deeper it looks."""


def firsts(store: Store, encode: Encode, queries: Sequence[str], how: How) -> list[TopHit]:
    """One for each query, as `how` ranks; how many were asked for makes no difference."""
    vectors = encode(queries)
    plain = replace(how, k=DEPTH, offset=0, passages=1)
    rankings = rank(store, lambda _: vectors, queries, plain)
    by_meaning = dense(store, vectors, DEPTH, how.where)
    by_word = [lexical(store, query, DEPTH, how.where) for query in queries]
    return [_first(*three) for three in zip(rankings, by_meaning, by_word, strict=True)]


def _first(ranking: Sequence[Ranked], *halves: Sequence[Ranked]) -> TopHit:
    if not ranking:
        return TopHit("", 0.0, 0.0, 0.0)
    best = ranking[0]
    lead = best.score - ranking[1].score if len(ranking) > 1 else best.score
    agreed = sum(bool(half) and half[0].document == best.document for half in halves)
    return TopHit(best.document, best.score, lead, agreed / len(halves))
