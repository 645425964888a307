"""How good a ranking is: the field's measures, by ir-measures, for each judged query a value."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from askew.environment import require
from askew.errors import InputError
from askew.evaluation.qrels import Qrels
from askew.evaluation.runs import best

STANDARD = ("nDCG@10", "R@100", "RR@10")
DEEPEST = 1000
"""Documents that a measure without a cutoff looks at, as at TREC."""
COMMA = re.compile(r",(?![^(]*\))")  # not one within parentheses

Run = Mapping[str, Mapping[str, float]]
"""By query and document: the score, higher is better. Equal scores are ordered as trec_eval orders them."""

Values = dict[str, dict[str, float]]
"""By measure and query."""


def parsed(names: str) -> tuple[str, ...]:
    """`nDCG@10,R@100` as the names that ir-measures has for them; InputError for what is none."""
    library = _library()
    found = []
    for name in filter(None, (part.strip() for part in COMMA.split(names))):
        try:
            measure = library.parse_measure(name)
            measure.validate_params()
        except (ValueError, NameError, AttributeError, TypeError, SyntaxError, AssertionError) as fault:
            raise InputError(
                f"There is no measure {name!r}. Known are nDCG@10, R@100, RR@10, P@5, AP, Success@1 and the others of "
                "https://ir-measur.es."
            ) from fault
        if not _pipeline(library).supports(measure):
            raise InputError(f"{measure} cannot be computed here; measures like nDCG@10, R@100, RR@10, P@5 and AP can.")
        found.append(str(measure))
    if not found:
        raise InputError("Name at least one measure, like nDCG@10.")
    return tuple(dict.fromkeys(found))


def depth(names: Sequence[str]) -> int:
    """How many documents of each query these measures look at."""
    library = _library()
    return max(int(library.parse_measure(name).params.get("cutoff", DEEPEST)) for name in names)


def judged(qrels: Qrels) -> list[str]:
    """The queries that can be measured: those of which at least one document is relevant."""
    return [query for query, documents in qrels.items() if any(value > 0 for value in documents.values())]


def per_query(names: Sequence[str], qrels: Qrels, run: Run) -> Values:
    """Of every judged query a value for each measure; of one that the run does not answer it is 0.

    The order of a run is settled before it is measured, as the implementations behind the measures differ in how they
    order equal scores.
    """
    library = _library()
    measures = [library.parse_measure(name) for name in names]
    known = {query: {id: _whole(query, id, value) for id, value in qrels[query].items()} for query in judged(qrels)}
    answered = {query: _places(run[query]) for query in known if run.get(query)}
    values: Values = {str(measure): dict.fromkeys(known, 0.0) for measure in measures}
    for metric in _pipeline(library).iter_calc(measures, known, answered):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def mean(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values) if values else 0.0


def _places(scores: Mapping[str, float]) -> dict[str, float]:
    """The same order with scores that are all different."""
    return {document: float(len(scores) - place) for place, document in enumerate(best(scores, len(scores)))}


def _whole(query: str, id: str, value: float) -> int:
    if value != int(value):
        raise InputError(f"The relevance of {id!r} for query {query!r} is {value:g}: measures count in whole grades.")
    return int(value)


def _library() -> Any:
    require("ir_measures", "ir-measures", "evaluation", "Measuring")
    import ir_measures

    return ir_measures


def _pipeline(library: Any) -> Any:
    """Those implementations that run in this process and take any id."""
    known = (library.pytrec_eval, library.cwl_eval, library.judged, library.msmarco)
    return library.providers.FallbackProvider([one for one in known if one.is_available()])
