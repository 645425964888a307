"""The first hit where labels allow to promise that it is right; else nothing."""

import json
from collections.abc import Sequence

from askew.confidence.record import NOTE, CalibrationRecord, Settings, digest, find
from askew.confidence.risk_control import guarantee
from askew.search.how import How
from askew.search.rank import Encode
from askew.search.sure.first import firsts
from askew.stores import Store
from askew.types import Hit

SEARCH = "search"


def settings(store: Store, how: How) -> Settings:
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


def calibrated(store: Store, how: How) -> CalibrationRecord:
    """What was calibrated for this very way to search; see `askew.confidence.record.find`."""
    command = f"askew calibrate NAME --queries QUERIES --qrels QRELS --mode {how.mode}"
    return find(store.note(NOTE), SEARCH, settings(store, how), command)


def promised(store: Store, encode: Encode, query: str, how: How, found: Sequence[Hit]) -> list[Hit]:
    """The first of the hits, if it reaches the threshold that keeps the promise `how.min_confidence`."""
    record = calibrated(store, how)
    threshold = guarantee(record.evidence, how.min_confidence, record.confidence).threshold
    [first] = firsts(store, encode, [query], how)
    sure = record.signal is not None and bool(first.document) and record.signal.of(first) >= threshold
    return [hit for hit in found[:1] if sure and hit.document.id == first.document]
