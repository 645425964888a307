"""Maintenance checks: unused space, measured recall, stale calibrations and fusion weights."""

import json

from askew.confidence import record
from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine
from askew.search import hybrid
from askew.text.display import percent

DEAD = 0.1
"""Share of deleted or replaced rows from which `askew index` compacts the index."""
SMALL = 1000
"""Rows that are scanned in no time."""
FEW = 30
"""Judged queries needed to tune weights."""
SLACK = 0.005
"""Sampling error allowed for the measured recall."""


def maintenance(context: DiagnosticContext) -> list[Finding]:
    return [_unused_space(context), *_recall(context)]


def _unused_space(context: DiagnosticContext) -> Finding:
    keys = context.index.store.keys()
    rows = int(keys[-1] - keys[0]) + 1 if len(keys) else 0
    dead = 1 - len(keys) / max(rows, 1)
    if rows < SMALL or dead <= DEAD:
        return fine("room", dead, "Deleted documents take little space.")
    return Finding(
        "room",
        dead,
        f"{percent(dead)} of the rows belong to deleted or replaced documents: they take disk space, and every search "
        "scans them.",
        f"askew index {context.name} PATH… (the same paths; unchanged files are skipped)",
        Level.NOTE,
    )


def _recall(context: DiagnosticContext) -> list[Finding]:
    facts = context.index.facts()
    requested = float(facts.get("recall_asked", 0.0))
    found = float(facts.get("recall", 1.0))
    if found >= requested - SLACK:
        return [
            fine("recall", found, f"The measured recall of searches is {percent(found)} of the ten nearest passages.")
        ]
    return [
        Finding(
            "recall",
            found,
            f"The approximate index finds {percent(found)} of the ten nearest; {percent(requested)} were requested.",
            f"askew index {context.name} PATH… --recall {requested:g}",
        )
    ]


def stale_calibrations(context: DiagnosticContext) -> list[Finding]:
    return [*_calibrations(context), *_weights(context)]


def _calibrations(context: DiagnosticContext) -> list[Finding]:
    held = record.read(context.index.store.note(record.NOTE))
    contract = record.digest(context.index.store.manifest)
    void = [one for one in held if one.settings.get("contract", contract) != contract]
    grown = [one for one in held if one.grown(context.sizes.documents) and one not in void]
    found = [
        Finding(
            "calibration",
            len(part),
            f"The calibration for {', '.join(sorted({one.of for one in part}))} {why}",
            "askew calibrate --help",
        )
        for part, why in (
            (void, "belongs to another contract, so its guarantees no longer hold."),
            (
                grown,
                f"was made with {min((o.documents for o in grown), default=0):,} documents; there are "
                f"{context.sizes.documents:,} now, for which its guarantees may not hold.",
            ),
        )
        if part
    ]
    return found or ([fine("calibration", 0, "Calibrations match this corpus.")] if held else [])


def _weights(context: DiagnosticContext) -> list[Finding]:
    noted = context.index.store.note(hybrid.NOTE)
    if not noted:
        return []
    queries = int(json.loads(noted)["queries"])
    if queries >= FEW:
        return [fine("weights", queries, f"The weights of hybrid search were tuned on {queries:,} queries.")]
    return [
        Finding(
            "weights",
            queries,
            f"The weights of hybrid search were tuned on {queries} judged queries, which is too few to rely on.",
            f"askew weights {context.name} QUERIES QRELS (with {FEW} or more queries)",
            Level.NOTE,
        )
    ]
