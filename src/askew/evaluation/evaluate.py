"""Evaluation of runs on judged queries: means with intervals, and comparisons with significance tests."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from askew.errors import InputError, UnknownNameError
from askew.evaluation.abstention import RiskCoverage
from askew.evaluation.measures import Run, Values, judged, mean, per_query
from askew.evaluation.qrels import Qrels, best
from askew.evaluation.significance import Comparison, Interval, compare, holm, interval

LISTED = 10
"""Documents per query kept for reports."""


@dataclass(frozen=True)
class JudgedQuery:
    """relevant: its judged documents with their grades; 0 and below is not relevant."""

    id: str
    text: str
    relevant: Mapping[str, float]


@dataclass(frozen=True)
class System:
    """values: by measure and query. run: for each query the best LISTED documents with their scores."""

    name: str
    values: Values
    run: Run


@dataclass(frozen=True)
class Summary:
    """The mean of one system and measure over the queries, with its 95 % confidence interval."""

    system: str
    measure: str
    mean: float
    interval: Interval


@dataclass(frozen=True)
class SystemComparison:
    """`system` compared with `against`, the first system. p: corrected for multiple comparisons (Holm)."""

    system: str
    against: str
    measure: str
    compared: Comparison
    p: float


@dataclass(frozen=True)
class Evaluation:
    """queries: those evaluated. left_out: how many others were run, without a document judged relevant. unasked: how
    many have judgements but were not run. titles: title or beginning of the documents shown, by id, as far as known.
    missing: by index, how many relevant documents it lacks. abstention: by system, if unanswerable queries were
    evaluated too.
    """

    measures: tuple[str, ...]
    queries: tuple[JudgedQuery, ...]
    systems: tuple[System, ...]
    summaries: tuple[Summary, ...]
    contests: tuple[SystemComparison, ...]
    left_out: int
    unasked: int = 0
    titles: Mapping[str, str] = field(default_factory=dict)
    missing: Mapping[str, int] = field(default_factory=dict)
    abstention: Mapping[str, RiskCoverage] = field(default_factory=dict)

    def mean(self, measure: str, system: str = "") -> float:
        """Return the mean of a measure over the queries. system: the first by default."""
        return self._summary(measure, system).mean

    def interval(self, measure: str, system: str = "") -> Interval:
        """Return the 95 % confidence interval of the mean. system: the first by default."""
        return self._summary(measure, system).interval

    def _summary(self, measure: str, system: str) -> Summary:
        names = [one.name for one in self.systems]
        for kind, name, known in (("measure", measure, self.measures), ("system", system or names[0], names)):
            if name not in known:
                raise UnknownNameError(kind, name, known)
        return summary(self, system or names[0], measure)


@dataclass(frozen=True)
class RankChange:
    """A query with the values of the compared system and of the system it is compared with."""

    query: JudgedQuery
    value: float
    against: float


def evaluate_runs(
    measures: Sequence[str], texts: Mapping[str, str], qrels: Qrels, runs: Mapping[str, Run]
) -> Evaluation:
    """Evaluate all systems on the same queries: those with a text and a document judged relevant.

    measures: as `measures.parsed` returns them. texts: of all queries run, by id. runs: by system; the others are
    compared with the first. InputError without systems, or if no query can be evaluated.
    """
    if not runs:
        raise InputError("There is no system to evaluate. Pass at least one run.")
    known = measured(texts, qrels)
    asked = {id: qrels[id] for id in known}
    systems = tuple(_system(name, measures, asked, run) for name, run in runs.items())
    return Evaluation(
        measures=tuple(measures),
        queries=tuple(JudgedQuery(id, texts[id], qrels[id]) for id in known),
        systems=systems,
        summaries=tuple(_summary(system, measure) for system in systems for measure in measures),
        contests=_contests(systems, measures),
        left_out=len(texts) - len(known),
        unasked=sum(id not in texts for id in judged(qrels)),
    )


def measured(texts: Mapping[str, str], qrels: Qrels) -> list[str]:
    """Return the ids of the queries that can be evaluated, in the order of `texts`."""
    answerable = set(judged(qrels))
    known = [id for id in texts if id in answerable]
    if not known:
        raise InputError("No query has a document judged relevant. Check that queries and qrels use the same ids.")
    return known


def summary(evaluation: Evaluation, system: str, measure: str) -> Summary:
    return next(one for one in evaluation.summaries if (one.system, one.measure) == (system, measure))


def values(evaluation: Evaluation, system: str, measure: str) -> Mapping[str, float]:
    """Return the values of a system and measure, by query."""
    return next(one for one in evaluation.systems if one.name == system).values[measure]


def winners(evaluation: Evaluation, contest: SystemComparison, limit: int) -> list[RankChange]:
    """Return the queries that gain most from the compared system, the largest gain first."""
    return [change for change in _changes(evaluation, contest) if change.value > change.against][:limit]


def losers(evaluation: Evaluation, contest: SystemComparison, limit: int) -> list[RankChange]:
    """Return the queries that lose most from the compared system, the largest loss first."""
    return [change for change in reversed(_changes(evaluation, contest)) if change.value < change.against][:limit]


def shown(evaluation: Evaluation, queries: Sequence[JudgedQuery]) -> list[str]:
    """Return the documents that a report of these queries shows: found by a system, or judged relevant."""
    found = dict.fromkeys(
        document for query in queries for system in evaluation.systems for document in system.run.get(query.id, {})
    )
    right = (document for query in queries for document, grade in query.relevant.items() if grade > 0)
    return list(found | dict.fromkeys(right))


def titled(evaluation: Evaluation, titles: Mapping[str, str]) -> Evaluation:
    return replace(evaluation, titles=titles)


def as_fields(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything as JSON values, including those of each query."""
    return {
        "queries": len(evaluation.queries),
        "left_out": evaluation.left_out,
        "unasked": evaluation.unasked,
        "measures": list(evaluation.measures),
        "systems": [system.name for system in evaluation.systems],
        "summaries": [{**vars(one), "interval": vars(one.interval)} for one in evaluation.summaries],
        "contests": [_contest_fields(one) for one in evaluation.contests],
        "per_query": list(rows(evaluation)),
    }


def rows(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Return a row for each query and system: query, text, system, and a field for each measure."""
    return [
        {
            "query": query.id,
            "text": query.text,
            "system": system.name,
            **{measure: system.values[measure][query.id] for measure in evaluation.measures},
        }
        for query in evaluation.queries
        for system in evaluation.systems
    ]


def _system(name: str, measures: Sequence[str], asked: Qrels, run: Run) -> System:
    return System(name, per_query(measures, asked, run), {id: best(run[id], LISTED) for id in asked if run.get(id)})


def _summary(system: System, measure: str) -> Summary:
    numbers = system.values[measure]
    return Summary(system.name, measure, mean(numbers), interval(list(numbers.values())))


def _contests(systems: Sequence[System], measures: Sequence[str]) -> tuple[SystemComparison, ...]:
    first, *others = systems
    both = [(other, measure) for other in others for measure in measures]
    compared = [compare(other.values[measure], first.values[measure]) for other, measure in both]
    corrected = holm([one.p for one in compared])
    return tuple(
        SystemComparison(other.name, first.name, measure, one, p)
        for (other, measure), one, p in zip(both, compared, corrected, strict=True)
    )


def _changes(evaluation: Evaluation, contest: SystemComparison) -> list[RankChange]:
    mine, theirs = (values(evaluation, name, contest.measure) for name in (contest.system, contest.against))
    changes = [RankChange(query, mine[query.id], theirs[query.id]) for query in evaluation.queries]
    return sorted(changes, key=lambda change: change.against - change.value)


def _contest_fields(contest: SystemComparison) -> dict[str, Any]:
    compared = vars(contest.compared) | {"interval": vars(contest.compared.interval), "p": contest.p}
    return {"system": contest.system, "against": contest.against, "measure": contest.measure, **compared}
