"""Selective answering: the top hit only where labels guarantee its precision."""

import json
from collections.abc import Sequence
from dataclasses import replace

from askew.confidence.confidence_model import TopHit
from askew.confidence.record import NOTE, CalibrationRecord, Settings, digest, find
from askew.confidence.risk_control import guarantee
from askew.search.hybrid import Encode, rank
from askew.search.ranking import Ranked, SearchParams, dense, lexical
from askew.stores import Store
from askew.types import Hit

DEPTH = 10
"""How deep each query is ranked: always the same, as an approximate search finds more the deeper it looks."""


def top_hits(store: Store, encode: Encode, queries: Sequence[str], how: SearchParams) -> list[TopHit]:
    """One for each query, as `how` ranks; how many were asked for makes no difference."""
    vectors = encode(queries)
    plain = replace(how, k=DEPTH, offset=0, passages=1)
    rankings = rank(store, lambda _: vectors, queries, plain)
    by_meaning = dense(store, vectors, DEPTH, how.where)
    by_word = [lexical(store, query, DEPTH, how.where) for query in queries]
    return [_top_hit(*three) for three in zip(rankings, by_meaning, by_word, strict=True)]


def _top_hit(ranking: Sequence[Ranked], *halves: Sequence[Ranked]) -> TopHit:
    if not ranking:
        return TopHit("", 0.0, 0.0, 0.0)
    best = ranking[0]
    lead = best.score - ranking[1].score if len(ranking) > 1 else best.score
    agreed = sum(bool(half) and half[0].document == best.document for half in halves)
    return TopHit(best.document, best.score, lead, agreed / len(halves))


SEARCH = "search"


def settings(store: Store, how: SearchParams) -> Settings:
    """All that moves what is known of a first hit."""
    weights = "{:.6g},{:.6g}".format(*how.weights) if how.mode == "hybrid" else ""
    where = json.dumps(how.where, sort_keys=True, ensure_ascii=False) if how.where else ""
    return {
        "contract": digest(store.manifest),
        "mode": how.mode,
        "weights": weights,
        "document_score": how.document_score,
        "where": where,
    }


def calibrated(store: Store, how: SearchParams) -> CalibrationRecord:
    """What was calibrated for this very way to search; see `askew.confidence.record.find`."""
    command = f"askew calibrate NAME --queries QUERIES --qrels QRELS --mode {how.mode}"
    return find(store.note(NOTE), SEARCH, settings(store, how), command)


def confident_hits(store: Store, encode: Encode, query: str, how: SearchParams, found: Sequence[Hit]) -> list[Hit]:
    """The first of the hits, if it reaches the threshold that keeps the promise `how.min_confidence`."""
    record = calibrated(store, how)
    threshold = guarantee(record.scores, how.min_confidence, record.confidence).threshold
    [first] = top_hits(store, encode, [query], how)
    sure = record.model is not None and bool(first.document) and record.model.of(first) >= threshold
    return [hit for hit in found[:1] if sure and hit.document.id == first.document]
