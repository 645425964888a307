"""Ranking measures for each judged query, computed by ir-measures."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from askew.environment import require
from askew.errors import InputError
from askew.evaluation.qrels import Qrels, best
from askew.validation import strings

STANDARD = ("nDCG@10", "R@100", "RR@10")
DEEPEST = 1000
"""Depth of measures without a cutoff, as at TREC."""
COMMA = re.compile(r",(?![^(]*\))")  # not within parentheses

Run = Mapping[str, Mapping[str, float]]
"""Scores by query and document, higher is better. Ties are ordered as by trec_eval."""

Values = dict[str, dict[str, float]]
"""By measure and query."""


def parsed(names: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names that ir-measures uses for `nDCG@10,R@100` or a list; InputError for unknown ones."""
    listed = names if isinstance(names, str) else ",".join(strings(names, "measures", "['nDCG@10', 'R@100']"))
    library = _library()
    found = []
    for name in filter(None, (part.strip() for part in COMMA.split(listed))):
        try:
            measure = library.parse_measure(name)
            measure.validate_params()
        except (ValueError, NameError, AttributeError, TypeError, SyntaxError, AssertionError) as fault:
            raise InputError(
                f"Unknown measure {name!r}. Use nDCG@10, R@100, RR@10, P@5, AP, Success@1 or another one of "
                "https://ir-measur.es."
            ) from fault
        if not _pipeline(library).supports(measure):
            raise InputError(f"{measure} cannot be computed here. Use nDCG@10, R@100, RR@10, P@5 or AP.")
        found.append(str(measure))
    if not found:
        raise InputError("Name at least one measure, such as nDCG@10.")
    return tuple(dict.fromkeys(found))


def depth(names: Sequence[str]) -> int:
    """Return how many documents per query these measures consider."""
    library = _library()
    return max(int(library.parse_measure(name).params.get("cutoff", DEEPEST)) for name in names)


def judged(qrels: Qrels) -> list[str]:
    """Return the queries with at least one relevant document."""
    return [query for query, documents in qrels.items() if any(value > 0 for value in documents.values())]


def per_query(names: Sequence[str], qrels: Qrels, run: Run) -> Values:
    """Return a value for each measure and judged query, 0 for queries missing from the run.

    Ties are broken beforehand, because the implementations behind ir-measures break them differently.
    """
    library = _library()
    measures = [library.parse_measure(name) for name in names]
    known = {query: check_grades(query, qrels[query]) for query in judged(qrels)}
    answered = {query: _without_ties(run[query]) for query in known if run.get(query)}
    values: Values = {str(measure): dict.fromkeys(known, 0.0) for measure in measures}
    for metric in _pipeline(library).iter_calc(measures, known, answered):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def mean(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values) if values else 0.0


def _without_ties(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the same order with distinct scores."""
    return {document: float(len(scores) - place) for place, document in enumerate(best(scores, len(scores)))}


def check_grades(query: str, grades: Mapping[str, float]) -> dict[str, int]:
    """Return a query's grades as whole numbers. InputError for others, which no measure is defined for."""
    for id, value in grades.items():
        if value != int(value):
            raise InputError(f"The relevance of {id!r} for query {query!r} is {value:g}. Grades must be whole numbers.")
    return {id: int(value) for id, value in grades.items()}


def _library() -> Any:
    require("ir_measures", "ir-measures", "evaluation", "Measuring")
    import ir_measures

    return ir_measures


def _pipeline(library: Any) -> Any:
    """Return the implementations that run in this process and accept any id."""
    known = (library.pytrec_eval, library.cwl_eval, library.judged, library.msmarco)
    return library.providers.FallbackProvider([one for one in known if one.is_available()])
