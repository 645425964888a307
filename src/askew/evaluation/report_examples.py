"""Example queries of an evaluation report."""

from askew.charts.blocks import Example, ExampleSide
from askew.evaluation.evaluate import (
    Evaluation,
    JudgedQuery,
    RankChange,
    System,
    SystemComparison,
    losers,
    values,
    winners,
)
from askew.text.display import shorten

ALONE, EACH = 5, 3
"""Queries shown of each kind, for a single comparison and for each of several."""
CONTESTS = 3
"""Comparisons with examples."""
DOCUMENTS = 5
"""Documents shown of each system."""
TITLE = 120
"""Characters of a title."""
MISSED = 3
"""Relevant documents named that no system found."""


def contests(evaluation: Evaluation) -> list[SystemComparison]:
    """Return the comparisons by the first measure, the largest gain first."""
    found = [one for one in evaluation.contests if one.measure == evaluation.measures[0]]
    return sorted(found, key=lambda one: -one.compared.difference)


def each(evaluation: Evaluation) -> int:
    """Return how many queries that gain, and that lose, a comparison shows."""
    return ALONE if len(contests(evaluation)) <= 1 else EACH


def shown_queries(evaluation: Evaluation) -> list[JudgedQuery]:
    """Return the queries whose documents the page shows, so that callers can look up the titles."""
    if len(evaluation.systems) == 1:
        return worst(evaluation)
    limit = each(evaluation)
    changes = [
        change
        for contest in contests(evaluation)[:CONTESTS]
        for change in (*winners(evaluation, contest, limit), *losers(evaluation, contest, limit))
    ]
    return list({change.query.id: change.query for change in changes}.values())


def worst(evaluation: Evaluation) -> list[JudgedQuery]:
    """Return the worst queries of the first system by the first measure."""
    found = values(evaluation, evaluation.systems[0].name, evaluation.measures[0])
    return sorted(evaluation.queries, key=lambda query: found[query.id])[:ALONE]


def changed(evaluation: Evaluation, contest: SystemComparison, change: RankChange) -> Example:
    line = f"{contest.measure}: {change.against:.2f} with {contest.against}, {change.value:.2f} with {contest.system}."
    systems = [one for name in (contest.against, contest.system) for one in evaluation.systems if one.name == name]
    return _example(evaluation, change.query, line, systems)


def single(evaluation: Evaluation, query: JudgedQuery) -> Example:
    system, measure = evaluation.systems[0], evaluation.measures[0]
    line = f"{measure}: {system.values[measure][query.id]:.2f}."
    return _example(evaluation, query, line, [system])


def _example(evaluation: Evaluation, query: JudgedQuery, line: str, systems: list[System]) -> Example:
    found = {document for system in systems for document in list(system.run.get(query.id, {}))[:DOCUMENTS]}
    right = [document for document, grade in query.relevant.items() if grade > 0]
    missed = sorted((one for one in right if one not in found), key=lambda one: -query.relevant[one])
    lines = [f"{line} {_right(len(right))}"]
    if missed:
        named = "; ".join(f"“{_title(evaluation, document)}”" for document in missed[:MISSED])
        more = f" and {len(missed) - MISSED:,} more" if len(missed) > MISSED else ""
        lines.append(f"Relevant, but not shown below: {named}{more}.")
    sides = tuple(_side(evaluation, query, system) for system in systems)
    return Example(query.text or query.id, tuple(lines), sides)


def _side(evaluation: Evaluation, query: JudgedQuery, system: System) -> ExampleSide:
    documents = list(system.run.get(query.id, {}))[:DOCUMENTS]
    right = tuple(place for place, document in enumerate(documents) if query.relevant.get(document, 0) > 0)
    name = system.name if documents else f"{system.name}: nothing found"
    return ExampleSide(name, tuple(_title(evaluation, document) for document in documents), right)


def _right(count: int) -> str:
    return f"{count:,} documents are relevant." if count != 1 else "One document is relevant."


def _title(evaluation: Evaluation, document: str) -> str:
    return shorten(evaluation.titles.get(document, document), TITLE)
