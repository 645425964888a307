"""Does what was learned from judgements still hold: calibrations, and the weights of hybrid search?"""

import json

from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine
from askew.confidence import record
from askew.search.hybrid import weights

FEW = 30
"""Queries: weights learned from fewer are much of a guess."""


def promises(case: Case) -> list[Finding]:
    return [*_calibrations(case), *_weights(case)]


def _calibrations(case: Case) -> list[Finding]:
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


def _weights(case: Case) -> list[Finding]:
    noted = case.index.store.note(weights.NOTE)
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
