"""Selective answering: the top hit only where labels guarantee its precision."""

import json
from collections.abc import Sequence
from dataclasses import replace

from askew.confidence.record import NOTE, CalibrationRecord, Settings, TopHit, digest, find
from askew.confidence.risk_control import guarantee
from askew.search.hits import Hits
from askew.search.ranking import Ranked, SearchParams, dense, lexical
from askew.search.search import rank_once
from askew.stores import Store
from askew.types import FloatMatrix

SEARCH = "search"
DEPTH = 10
"""Depth of every ranking; constant, because an approximate search finds more the deeper it looks."""


def top_hits(store: Store, queries: Sequence[str], vectors: FloatMatrix, params: SearchParams) -> list[TopHit]:
    """Return the features of each query's top hit, ranked as `params` says; its `k` makes no difference.

    The score of a hybrid hit is its share of the best that its query has, near 1 for most top hits, whether the query
    has an answer or not. The dense score of the hit, which compares across queries, takes its place.
    """
    with store.snapshot():
        plain = replace(params, k=DEPTH, offset=0, passages=1)
        rankings = rank_once(store, queries, vectors, plain)
        by_vector = dense(store, vectors, DEPTH, params.where)
        by_words = [lexical(store, query, DEPTH, params.where) for query in queries]
        tops = [_top_hit(*three) for three in zip(rankings, by_vector, by_words, strict=True)]
        if params.mode != "hybrid":
            return tops
        return [replace(top, score=_score_of(top.document, found)) for top, found in zip(tops, by_vector, strict=True)]


def settings(store: Store, params: SearchParams) -> Settings:
    """Return everything that a calibration depends on."""
    weights = "evidence {:.6g},{:.6g}".format(*params.weights) if params.mode == "hybrid" else ""
    where = json.dumps(params.where, sort_keys=True, ensure_ascii=False) if params.where else ""
    return {
        "contract": digest(store.manifest),
        "mode": params.mode,
        "weights": weights,
        "document_score": params.document_score,
        "where": where,
    }


def calibrated(store: Store, params: SearchParams) -> CalibrationRecord:
    """Return the calibration made with these parameters; see `askew.confidence.record.find`."""
    command = f"askew calibrate NAME --queries QUERIES --qrels QRELS --mode {params.mode}"
    return find(store.note(NOTE), SEARCH, settings(store, params), command)


def keep_confident(
    store: Store, queries: Sequence[str], vectors: FloatMatrix | None, params: SearchParams, found: Sequence[Hits]
) -> list[Hits]:
    """Keep the top hit of each query if it reaches the threshold calibrated for `params.min_confidence`."""
    if vectors is None:
        raise ValueError("A guarantee needs vectors, whatever the mode.")
    record = calibrated(store, params)
    threshold = guarantee(record.scores, params.min_confidence, record.confidence).threshold
    result = []
    for hits, top in zip(found, top_hits(store, queries, vectors, params), strict=True):
        sure = record.model is not None and bool(top.document) and record.model.of(top) >= threshold
        kept = tuple(hit for hit in hits[:1] if sure and hit.document.id == top.document)
        result.append(Hits(kept, missing=hits.missing))
    return result


def _score_of(document: str, ranking: Sequence[Ranked]) -> float:
    """Return the document's score; that of the last, which it does not reach, if the ranking does not have it."""
    last = ranking[-1].score if ranking else 0.0
    return next((one.score for one in ranking if one.document == document), last)


def _top_hit(ranking: Sequence[Ranked], *channels: Sequence[Ranked]) -> TopHit:
    if not ranking:
        return TopHit("", 0.0, 0.0, 0.0)
    best = ranking[0]
    lead = best.score - ranking[1].score if len(ranking) > 1 else best.score
    agreed = sum(bool(channel) and channel[0].document == best.document for channel in channels)
    return TopHit(best.document, best.score, lead, agreed / len(channels))
