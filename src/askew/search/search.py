"""Search: rank, rerank, cut to the page, fetch documents, highlight."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from askew.search.abstention import confident_hits
from askew.search.highlight import highlight, vector_scorer, word_scorer
from askew.search.hits import Hits, hits
from askew.search.hybrid import Encode, rank
from askew.search.ranking import CANDIDATES, Ranked, SearchParams
from askew.search.rerank import Reranker, Reranking, passage_text
from askew.stores import Store


@dataclass(frozen=True)
class RoleEncoders:
    """The two roles of a contract's encoder, each ready to encode for the store."""

    query: Encode
    document: Encode


@dataclass(frozen=True)
class RerankOptions:
    """The best `candidates` are read again by a model, as many as fit into `budget` seconds."""

    reranker: Reranker
    budget: float = math.inf
    candidates: int = CANDIDATES


def search(
    store: Store, sides: RoleEncoders, query: str, how: SearchParams, again: RerankOptions | None = None, mark: int = 0
) -> Hits:
    """`mark`: of how many hits, from the best down, the sentence that matches best is looked for."""
    vectors = sides.query([query]) if how.mode != "lexical" else None
    encode: Encode = lambda texts: sides.query(texts) if vectors is None else vectors  # noqa: E731
    deep = how if again is None else replace(how, k=max(how.k, again.candidates - how.offset))
    [ranking] = rank(store, encode, [query], deep)
    ranking, told = _rerank(store, query, ranking, again)
    page = ranking[how.offset : how.reach]
    found = hits(store, page, how.offset + 1)
    if how.min_confidence:
        found = confident_hits(store, encode, query, how, found)
    if mark:
        score = word_scorer(query) if vectors is None else vector_scorer(sides.document, vectors[0])
        found = [*highlight(found[:mark], score), *found[mark:]]
    return Hits(tuple(found), told)


def _rerank(
    store: Store, query: str, ranking: Sequence[Ranked], again: RerankOptions | None
) -> tuple[list[Ranked], Reranking]:
    if again is None:
        return list(ranking), Reranking()
    candidates, rest = ranking[: again.candidates], ranking[again.candidates :]
    documents = store.documents([entry.document for entry in candidates])
    passages = store.passages([entry.key for entry in candidates])
    texts = [passage_text(*both) for both in zip(documents, passages, strict=True)]
    best, told = again.reranker.rerank(query, texts, candidates, again.budget)
    return [*best, *rest], told
