"""One query in, hits out: ranked, read again where that was asked for, cut to the page, made readable, marked."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from askew.search.closer.mark import by_vector, by_word, marked
from askew.search.closer.rerank import Reranker, Reranking, passage_text
from askew.search.hits import Hits, hits
from askew.search.how import CANDIDATES, How
from askew.search.rank import Encode, rank
from askew.search.ranking import Ranked
from askew.search.sure.promised import promised
from askew.stores import Store


@dataclass(frozen=True)
class Sides:
    """The two roles of a contract's encoder, each ready to encode for the store."""

    query: Encode
    document: Encode


@dataclass(frozen=True)
class Again:
    """The best `candidates` are read again by a model, as many as fit into `budget` seconds."""

    reranker: Reranker
    budget: float = math.inf
    candidates: int = CANDIDATES


def find(store: Store, sides: Sides, query: str, how: How, again: Again | None = None, mark: int = 0) -> Hits:
    """`mark`: of how many hits, from the best down, the sentence that matches best is looked for."""
    vectors = sides.query([query]) if how.mode != "lexical" else None
    encode: Encode = lambda texts: sides.query(texts) if vectors is None else vectors  # noqa: E731
    deep = how if again is None else replace(how, k=max(how.k, again.candidates - how.offset))
    [ranking] = rank(store, encode, [query], deep)
    ranking, told = _again(store, query, ranking, again)
    page = ranking[how.offset : how.reach]
    found = hits(store, page, how.offset + 1)
    if how.min_confidence:
        found = promised(store, encode, query, how, found)
    if mark:
        score = by_word(query) if vectors is None else by_vector(sides.document, vectors[0])
        found = [*marked(found[:mark], score), *found[mark:]]
    return Hits(tuple(found), told)


def _again(store: Store, query: str, ranking: Sequence[Ranked], again: Again | None) -> tuple[list[Ranked], Reranking]:
    if again is None:
        return list(ranking), Reranking()
    candidates, rest = ranking[: again.candidates], ranking[again.candidates :]
    documents = store.documents([entry.document for entry in candidates])
    passages = store.passages([entry.key for entry in candidates])
    texts = [passage_text(*both) for both in zip(documents, passages, strict=True)]
    best, told = again.reranker.rerank(query, texts, candidates, again.budget)
    return [*best, *rest], told
