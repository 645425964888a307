"""Search: rank, rerank, cut to the page, fetch the documents."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING

from askew.errors import InputError
from askew.search.hits import Hits, Reranking
from askew.search.ranking import CANDIDATES, Ranked, SearchParams, dense, lexical, sparse
from askew.stores import Store
from askew.types import FloatMatrix, Hit, Passage, Span, SparseRows

if TYPE_CHECKING:
    from askew.search.collapse import Variety
    from askew.search.rerank import Reranker


@dataclass(frozen=True)
class RerankOptions:
    """Reranking of the best `candidates` by a model, as many as fit into `budget` seconds."""

    reranker: "Reranker"
    budget: float = math.inf
    candidates: int = CANDIDATES


def search(
    store: Store,
    queries: Sequence[str],
    vectors: FloatMatrix | None,
    params: SearchParams,
    rerank: RerankOptions | None = None,
    variety: "Variety | None" = None,
    terms: SparseRows | None = None,
) -> list[Hits]:
    """Return the hits of each query.

    queries: needed for lexical and hybrid search and for reranking; [] if there are only vectors.
    vectors: (n, dim), needed for dense and hybrid search. terms: the queries' sparse vectors, needed for sparse
    search, and a third channel in hybrid search.
    """
    with store.snapshot():
        missing = tuple(store.missing)
        if variety is not None:
            return _marked(_varied(store, queries, vectors, params, rerank, variety, terms), missing)
        depth = params.k if rerank is None else max(params.k, rerank.candidates - params.offset)
        how = params if rerank is None else replace(params, k=depth, near=params.k)
        rankings = rank_once(store, queries, vectors, how, terms)
        if rerank is not None:
            return _marked(_reranked(store, queries, rankings, params, rerank), missing)
        pages = [ranking[params.offset :] for ranking in rankings]
        return [Hits(page, missing=missing) for page in fetch(store, pages, params.offset + 1)]


def _marked(found: list[Hits], missing: tuple[str, ...]) -> list[Hits]:
    return [replace(hits, missing=missing) for hits in found] if missing else found


def _varied(
    store: Store,
    queries: Sequence[str],
    vectors: FloatMatrix | None,
    params: SearchParams,
    rerank: RerankOptions | None,
    variety: "Variety",
    terms: SparseRows | None,
) -> list[Hits]:
    """Collapse copies, rerank what is left, and choose hits that differ, in this order."""
    from askew.search.collapse import Distinct, distinct_to, diverse

    pool = CANDIDATES if rerank is None else rerank.candidates
    wanted = max(params.reach, pool if rerank or variety.diversity else 0)

    def to(depth: int) -> list[list[Ranked]]:
        return rank_once(store, queries, vectors, replace(params, k=depth, offset=0, near=params.k), terms)

    deepest = max(params.reach, pool)
    found = distinct_to(store, to, pool, wanted) if variety.collapse else [Distinct(ranking) for ranking in to(deepest)]
    rankings, reports = [one.ranking for one in found], [Reranking()] * len(found)
    if rerank is not None:
        done = [_rerank(store, query, ranking, rerank) for query, ranking in zip(queries, rankings, strict=True)]
        rankings, reports = [ranking for ranking, _ in done], [report for _, report in done]
    if variety.diversity:
        rankings = [diverse(store, ranking, variety.diversity, pool) for ranking in rankings]
    pages = fetch(store, [ranking[params.offset : params.reach] for ranking in rankings], params.offset + 1)
    return [
        Hits(tuple(replace(hit, copies=one.copies.get(hit.id, ())) for hit in page), report)
        for page, report, one in zip(pages, reports, found, strict=True)
    ]


def rank(
    store: Store,
    queries: Sequence[str],
    vectors: FloatMatrix | None,
    params: SearchParams,
    terms: SparseRows | None = None,
) -> list[list[Ranked]]:
    """Return the best entries of each query, from the first to `params.reach`. vectors, terms: as for `search`."""
    with store.snapshot():
        return rank_once(store, queries, vectors, params, terms)


def rank_once(
    store: Store,
    queries: Sequence[str],
    vectors: FloatMatrix | None,
    params: SearchParams,
    terms: SparseRows | None = None,
) -> list[list[Ranked]]:
    """Rank within the caller's snapshot."""
    if params.mode == "sparse":
        if terms is None:
            raise InputError("The mode sparse is not available here. Choose dense, lexical or hybrid.")
        return sparse(store, terms, params.reach, params.where, params.passages, params.near)
    if params.mode == "lexical":
        return [lexical(store, query, params.reach, params.where, params.passages, params.near) for query in queries]
    if vectors is None:
        raise ValueError(f"The mode {params.mode} needs vectors.")
    if params.mode == "dense" and params.document_score == "max":
        return dense(store, vectors, params.reach, params.where, params.passages, params.near)
    from askew.search.hybrid import rank_dense, rank_hybrid

    if params.mode == "dense":
        return rank_dense(store, vectors, params)
    return rank_hybrid(store, queries, vectors, params, terms)


def fetch(store: Store, rankings: Sequence[Sequence[Ranked]], first: int = 1) -> list[tuple[Hit, ...]]:
    """Return the hits of each ranking. first: rank of its first hit."""
    entries = [entry for ranking in rankings for entry in ranking]
    documents = store.documents([entry.document for entry in entries])
    keys = [key for entry in entries for key in (entry.key, *entry.neighbours)]
    passages = dict(zip(keys, store.passages(keys), strict=True))
    both = iter(zip(entries, documents, strict=True))
    return [
        tuple(
            Hit(rank, entry.score, document, passages[entry.key], entry.method, _shown(entry, passages))
            for rank, (entry, document) in enumerate(islice(both, len(ranking)), start=first)
        )
        for ranking in rankings
    ]


def _shown(entry: Ranked, passages: dict[int, Passage]) -> Span:
    """Return the span of a passage and its neighbours, which overlap or adjoin."""
    parts = [passages[key] for key in (entry.key, *entry.neighbours)]
    return Span(min(part.start for part in parts), max(part.end for part in parts))


def _reranked(
    store: Store,
    queries: Sequence[str],
    rankings: Sequence[list[Ranked]],
    params: SearchParams,
    rerank: RerankOptions,
) -> list[Hits]:
    found = [_rerank(store, query, ranking, rerank) for query, ranking in zip(queries, rankings, strict=True)]
    pages = fetch(store, [ranking[params.offset : params.reach] for ranking, _ in found], params.offset + 1)
    return [Hits(page, report) for page, (_, report) in zip(pages, found, strict=True)]


def _rerank(store: Store, query: str, ranking: list[Ranked], options: RerankOptions) -> tuple[list[Ranked], Reranking]:
    from askew.search.rerank import passage_text

    candidates, rest = ranking[: options.candidates], ranking[options.candidates :]
    documents = store.documents([entry.document for entry in candidates])
    passages = store.passages([entry.key for entry in candidates])
    texts = [passage_text(*both) for both in zip(documents, passages, strict=True)]
    best, report = options.reranker.rerank(query, texts, candidates, options.budget)
    return [*best, *rest], report
