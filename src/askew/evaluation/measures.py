"""How good a ranking is: the field's measures, by ir-measures, for each judged query a value."""

from collections.abc import Mapping, Sequence
from typing import Any

from askew.errors import InputError
from askew.evaluation.qrels import Qrels
from askew.extras import need

STANDARD = ("nDCG@10", "R@100", "RR@10")

Run = Mapping[str, Mapping[str, float]]
"""By query and document: the score, higher is better. Equal scores are ordered as trec_eval orders them."""

Values = dict[str, dict[str, float]]
"""By measure and query."""


def parsed(names: str) -> tuple[str, ...]:
    """`nDCG@10,R@100` as the names that ir-measures has for them; InputError for what is none."""
    library = _library()
    found = []
    for name in filter(None, (part.strip() for part in names.split(","))):
        try:
            found.append(str(library.parse_measure(name)))
        except (ValueError, NameError, AttributeError) as fault:
            raise InputError(
                f"There is no measure {name!r}. Known are nDCG@10, R@100, RR@10, P@5, AP, Success@1 and the others of "
                "https://ir-measur.es."
            ) from fault
    if not found:
        raise InputError("Name at least one measure, like nDCG@10.")
    return tuple(dict.fromkeys(found))


def judged(qrels: Qrels) -> list[str]:
    """The queries that can be measured: those of which at least one document is relevant."""
    return [query for query, documents in qrels.items() if any(value > 0 for value in documents.values())]


def per_query(names: Sequence[str], qrels: Qrels, run: Run) -> Values:
    """Of every judged query a value for each measure; of one that the run does not answer it is 0."""
    library = _library()
    measures = [library.parse_measure(name) for name in names]
    known = {query: {id: _whole(query, id, value) for id, value in qrels[query].items()} for query in judged(qrels)}
    answered = {query: dict(run[query]) for query in known if run.get(query)}
    values: Values = {str(measure): dict.fromkeys(known, 0.0) for measure in measures}
    for metric in library.iter_calc(measures, known, answered):
        values[str(metric.measure)][metric.query_id] = float(metric.value)
    return values


def mean(values: Mapping[str, float]) -> float:
    return sum(values.values()) / len(values) if values else 0.0


def _whole(query: str, id: str, value: float) -> int:
    if value != int(value):
        raise InputError(f"The relevance of {id!r} for query {query!r} is {value:g}: measures count in whole grades.")
    return int(value)


def _library() -> Any:
    need("ir_measures", "ir-measures", "evaluation", "Measuring")
    import ir_measures

    return ir_measures
