"""The first answer where labels allow to promise that it is right; else none."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from askew.confidence.confidence_model import TopHit
from askew.confidence.record import CalibrationRecord, Settings, digest, find
from askew.confidence.risk_control import guarantee
from askew.faq.reply import Reply
from askew.faq.scale import Scale
from askew.types import Where

FAQ = "faq"
COMMAND = "askew calibrate NAME --queries QUERIES --qrels QRELS"


def settings(manifests: Sequence[str], scales: Mapping[str, Scale], where: Where | None) -> Settings:
    """All that moves what is known of a first answer. A scale that is measured anew is another one."""
    told = [f"{name} {scale.centre:.6g} and {scale.spread:.6g}" for name, scale in scales.items()]
    filter = json.dumps(where, sort_keys=True, ensure_ascii=False) if where else ""
    return {"contract": digest(*manifests), "scales": ", ".join(told), "where": filter}


def first(reply: Reply) -> TopHit:
    """Of a reply with two answers or more, where there are so many."""
    if not reply.near:
        return TopHit("", 0.0, 0.0, 0.0)
    best, *others = reply.near
    standings = best.standings.values()
    agreed = sum(standing.rank == 1 for standing in standings) / max(len(reply.floors), 1)
    return TopHit(best.entry.id, best.score, best.score - others[0].score if others else best.score, agreed)


def calibrated(text: str, asked: Settings) -> CalibrationRecord:
    """See `askew.confidence.record.find`."""
    return find(text, FAQ, asked, COMMAND)


def promised(text: str, asked: Settings, reply: Reply, min_confidence: float, k: int) -> Reply:
    """text: what was calibrated. reply: without a floor. k: of the answers that come near so many are shown."""
    record = calibrated(text, asked)
    threshold = guarantee(record.evidence, min_confidence, record.confidence).threshold
    known = first(reply)
    sure = record.signal is not None and bool(known.document) and record.signal.of(known) >= threshold
    return replace(reply, hits=reply.near[:1] if sure else (), near=reply.near[:k])
