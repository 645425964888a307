"""Example queries in an evaluation report."""

from askew.charts.blocks import Example, ExampleSide
from askew.evaluation.evaluate import Evaluation, Query, RankChange, System, SystemComparison, losers, values, winners
from askew.text.display import shorten

ALONE, EACH = 5, 3
"""Queries of each kind that are shown, where there is one comparison and where there are several."""
CONTESTS = 3
"""Comparisons whose queries are shown."""
PLACES = 5
"""Documents of each system that are shown."""
TITLE = 120
"""Characters of a title."""
MISSED = 3
"""Right documents that are named where no system found them."""


def contests(evaluation: Evaluation) -> list[SystemComparison]:
    """By the first measure, which the page is about; the system that gains most first."""
    found = [one for one in evaluation.contests if one.measure == evaluation.measures[0]]
    return sorted(found, key=lambda one: -one.compared.difference)


def each(evaluation: Evaluation) -> int:
    """How many queries a comparison shows of those that gain, and of those that lose."""
    return ALONE if len(contests(evaluation)) <= 1 else EACH


def shown_queries(evaluation: Evaluation) -> list[Query]:
    """All that the page shows with their documents, so that whoever calls it can look up the titles."""
    if len(evaluation.systems) == 1:
        return worst(evaluation)
    limit = each(evaluation)
    changes = [
        change
        for contest in contests(evaluation)[:CONTESTS]
        for change in (*winners(evaluation, contest, limit), *losers(evaluation, contest, limit))
    ]
    return list({change.query.id: change.query for change in changes}.values())


def worst(evaluation: Evaluation) -> list[Query]:
    """Of the first system, by the first measure."""
    found = values(evaluation, evaluation.systems[0].name, evaluation.measures[0])
    return sorted(evaluation.queries, key=lambda query: found[query.id])[:ALONE]


def changed(evaluation: Evaluation, contest: SystemComparison, change: RankChange) -> Example:
    line = f"{contest.measure}: {change.against:.2f} with {contest.against}, {change.value:.2f} with {contest.system}."
    systems = [one for name in (contest.against, contest.system) for one in evaluation.systems if one.name == name]
    return _example(evaluation, change.query, line, systems)


def single(evaluation: Evaluation, query: Query) -> Example:
    system, measure = evaluation.systems[0], evaluation.measures[0]
    line = f"{measure}: {system.values[measure][query.id]:.2f}."
    return _example(evaluation, query, line, [system])


def _example(evaluation: Evaluation, query: Query, line: str, systems: list[System]) -> Example:
    found = {document for system in systems for document in list(system.run.get(query.id, {}))[:PLACES]}
    right = [document for document, grade in query.relevant.items() if grade > 0]
    missed = sorted((one for one in right if one not in found), key=lambda one: -query.relevant[one])
    lines = [f"{line} {_right(len(right))}"]
    if missed:
        named = "; ".join(f"“{_title(evaluation, document)}”" for document in missed[:MISSED])
        more = f" and {len(missed) - MISSED:,} more" if len(missed) > MISSED else ""
        lines.append(f"Right, but not shown below: {named}{more}.")
    sides = tuple(_side(evaluation, query, system) for system in systems)
    return Example(query.text or query.id, tuple(lines), sides)


def _side(evaluation: Evaluation, query: Query, system: System) -> ExampleSide:
    documents = list(system.run.get(query.id, {}))[:PLACES]
    right = tuple(place for place, document in enumerate(documents) if query.relevant.get(document, 0) > 0)
    name = system.name if documents else f"{system.name}: nothing found"
    return ExampleSide(name, tuple(_title(evaluation, document) for document in documents), right)


def _right(count: int) -> str:
    return f"{count:,} documents are right." if count != 1 else "One document is right."


def _title(evaluation: Evaluation, document: str) -> str:
    return shorten(evaluation.titles.get(document, document), TITLE)
