"""Does the index itself need care: room of what was deleted, an approximate index that finds too little?"""

from askew.checking.case import Case
from askew.checking.finding import Finding, Level, fine, percent

DEAD = 0.1
"""The share of rows that were deleted or replaced from which `askew index` gives their room back."""
SMALL = 1000  # rows: a scan of so many takes no time
SLACK = 0.005
"""A recall measured on samples may fall short of what was asked by so much by chance."""


def upkeep(case: Case) -> list[Finding]:
    return [_room(case), *_recall(case)]


def _room(case: Case) -> Finding:
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


def _recall(case: Case) -> list[Finding]:
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
