"""Answers with a guaranteed precision: the first answer if calibration supports it, otherwise none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from askew.confidence.record import CalibrationRecord, Settings, TopHit, digest, find
from askew.confidence.risk_control import guarantee
from askew.faq.reply import Reply
from askew.faq.scale import Scale
from askew.types import Where

FAQ = "faq"
COMMAND = "askew calibrate NAME --queries QUERIES --qrels QRELS"


def settings(manifests: Sequence[str], scales: Mapping[str, Scale], where: Where | None) -> Settings:
    """Return everything a calibration depends on. A newly measured scale invalidates it."""
    measured = [f"{name} {scale.centre:.6g} and {scale.spread:.6g}" for name, scale in scales.items()]
    filter = json.dumps(where, sort_keys=True, ensure_ascii=False) if where else ""
    return {"contract": digest(*manifests), "scales": ", ".join(measured), "where": filter}


def first(reply: Reply) -> TopHit:
    """Return the features of the first answer. The reply should hold two or more answers if there are that many."""
    if not reply.near:
        return TopHit("", 0.0, 0.0, 0.0)
    best, *others = reply.near
    standings = best.standings.values()
    agreed = sum(standing.rank == 1 for standing in standings) / max(len(reply.floors), 1)
    return TopHit(best.entry.id, best.score, best.score - others[0].score if others else best.score, agreed)


def calibrated(text: str, asked: Settings) -> CalibrationRecord:
    """Return the stored calibration for these settings; see `askew.confidence.record.find`."""
    return find(text, FAQ, asked, COMMAND)


def promised(text: str, asked: Settings, reply: Reply, min_confidence: float, k: int) -> Reply:
    """Keep the first answer if it reaches the calibrated threshold. text: stored calibrations. reply: made without a
    floor. k: number of near answers to show.
    """
    record = calibrated(text, asked)
    threshold = guarantee(record.scores, min_confidence, record.confidence).threshold
    known = first(reply)
    sure = record.model is not None and bool(known.document) and record.model.of(known) >= threshold
    return replace(reply, hits=reply.near[:1] if sure else (), near=reply.near[:k])
