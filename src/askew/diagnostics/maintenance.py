"""Maintenance checks: unused space, measured recall, calibrations and fusion weights."""

import json

from askew.confidence import record
from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine
from askew.search import fusion_weights
from askew.text.display import percent

DEAD = 0.1
"""The share of rows that were deleted or replaced from which `askew index` gives their room back."""
SMALL = 1000  # rows: a scan of so many takes no time
SLACK = 0.005
"""A recall measured on samples may fall short of what was asked by so much by chance."""


def maintenance(case: DiagnosticContext) -> list[Finding]:
    return [_room(case), *_recall(case)]


def _room(case: DiagnosticContext) -> Finding:
    keys = case.index.store.keys()
    rows = int(keys[-1] - keys[0]) + 1 if len(keys) else 0
    dead = 1 - len(keys) / max(rows, 1)
    if rows < SMALL or dead <= DEAD:
        return fine("room", dead, "Little room is taken by what was deleted.")
    return Finding(
        "room",
        dead,
        f"{percent(dead)} of the rows belong to documents that were deleted or replaced: every search goes through "
        "them, and the disk keeps them.",
        f"askew index {case.name} PATH… (the same paths: what has not changed costs nothing)",
        Level.NOTE,
    )


def _recall(case: DiagnosticContext) -> list[Finding]:
    facts = case.index.facts()
    asked = float(facts.get("recall_asked", 0.0))
    found = float(facts.get("recall", 1.0))
    if found >= asked - SLACK:
        return [fine("recall", found, f"A search finds {percent(found)} of the ten nearest, by its last measurement.")]
    return [
        Finding(
            "recall",
            found,
            f"The approximate index finds {percent(found)} of the ten nearest, where {percent(asked)} were asked for.",
            f"askew index {case.name} PATH… --recall {asked:g}",
        )
    ]


FEW = 30
"""Queries: weights learned from fewer are much of a guess."""


def stale_calibrations(case: DiagnosticContext) -> list[Finding]:
    return [*_calibrations(case), *_weights(case)]


def _calibrations(case: DiagnosticContext) -> list[Finding]:
    held = record.read(case.index.store.note(record.NOTE))
    contract = record.digest(case.index.store.manifest)
    void = [one for one in held if one.settings.get("contract", contract) != contract]
    grown = [one for one in held if one.grown(case.sizes.documents) and one not in void]
    found = [
        Finding(
            "calibration",
            len(part),
            f"What was calibrated for {', '.join(sorted({one.of for one in part}))} {why}",
            "askew calibrate --help",
        )
        for part, why in (
            (void, "belongs to another contract, and no promise holds any more."),
            (
                grown,
                f"is from a corpus of {min((o.documents for o in grown), default=0):,} documents; there are "
                f"{case.sizes.documents:,} now, and what was promised may not hold of the new ones.",
            ),
        )
        if part
    ]
    return found or ([fine("calibration", 0, "What was calibrated is about this corpus.")] if held else [])


def _weights(case: DiagnosticContext) -> list[Finding]:
    noted = case.index.store.note(fusion_weights.NOTE)
    if not noted:
        return []
    queries = int(json.loads(noted)["queries"])
    if queries >= FEW:
        return [fine("weights", queries, f"The weights of hybrid search are learned from {queries:,} queries.")]
    return [
        Finding(
            "weights",
            queries,
            f"The weights of hybrid search are learned from {queries} judged queries: so few may well mislead.",
            f"askew weights {case.name} QUERIES QRELS (with {FEW} queries or more)",
            Level.NOTE,
        )
    ]
