"""Evaluation results in plain words: how often, which is better, and whether it could be chance."""

from collections.abc import Sequence

from askew.evaluation.evaluate import Evaluation, Summary, System, SystemComparison, summary
from askew.text.display import percent

LEVEL = 0.05
"""A difference that chance brings more rarely is called one."""
FIRST = 10
"""People look at so many documents."""


def places(evaluation: Evaluation, system: System) -> list[int]:
    """For each query the place of the first right document that the system finds, from 1; 0 where it finds none."""
    found = []
    for query in evaluation.queries:
        right = (
            place
            for place, document in enumerate(system.run.get(query.id, {}), start=1)
            if query.relevant.get(document, 0) > 0
        )
        found.append(next(right, 0))
    return found


def within(places: Sequence[int], last: int) -> int:
    """How many queries have a right document at that place or before."""
    return sum(0 < place <= last for place in places)


def how_often(evaluation: Evaluation, system: System) -> str:
    """The first sentence of a report."""
    asked, found = len(evaluation.queries), places(evaluation, system)
    first, ten = within(found, 1), within(found, FIRST)
    queries = f"Of {asked:,} queries" if asked != 1 else "Of one query"
    return (
        f"{queries}, {system.name} puts a right document first for {first:,} ({percent(first / asked)}), and at least "
        f"one among the first ten for {ten:,} ({percent(ten / asked)})."
    )


def best_system(evaluation: Evaluation) -> System:
    """By the first measure; the first of those that are equal."""
    return max(evaluation.systems, key=lambda one: summary(evaluation, one.name, evaluation.measures[0]).mean)


def chance(p: float) -> str:
    """How often chance alone brings it: `in fewer than 1 of 100 such sets of queries`, `in about 43 of 100 …`."""
    sets = "such sets of queries"
    if p < 0.001:
        return f"in fewer than 1 of 1,000 {sets}"
    if p < 0.01:
        return f"in fewer than 1 of 100 {sets}"
    if p < 0.995:
        return f"in about {round(100 * p)} of 100 {sets}"
    return f"in nearly all {sets}"


def amount(value: float, points: bool) -> str:
    """`2.3 points`, hundredths of a measure between 0 and 1; or the plain number."""
    return f"{100 * value:.1f} points" if points else f"{value:.3f}"


def in_points(summaries: Sequence[Summary]) -> bool:
    return all(one.interval.low >= 0 and one.interval.high <= 1 for one in summaries)


def difference(value: float, points: bool) -> str:
    """`+2.3`, `−0.1`; what would be read as nothing has no sign."""
    shown = f"{100 * value:+.1f}" if points else f"{value:+.3f}"
    return shown.replace("-", "−") if float(shown) else shown[1:]


def sure(contest: SystemComparison) -> bool:
    return contest.p < LEVEL


def briefly(contest: SystemComparison, points: bool) -> str:
    """A sentence for the head of a report."""
    gained = contest.compared.difference
    if not gained:
        return f"On average it is as good as {contest.against}."
    by, word = amount(abs(gained), points), "better" if gained > 0 else "worse"
    if points:
        by += " of 100"
    if sure(contest):
        return f"It is {word} than {contest.against} by {by}, and that is hardly chance."
    return f"On average it is {word} than {contest.against} by {by}, which may well be chance."


def verdict(evaluation: Evaluation, contest: SystemComparison) -> str:
    """Which of two systems is better, by how much, and whether that could be chance."""
    one, other = (summary(evaluation, name, contest.measure) for name in (contest.system, contest.against))
    points, gained = in_points(evaluation.summaries), contest.compared.difference
    means = f"({_mean(one.mean, points)} against {_mean(other.mean, points)})"
    if not gained:
        return f"{contest.system} and {contest.against} are equally good on average {means}."
    by, word = amount(abs(gained), points), "better" if gained > 0 else "worse"
    test = f"If both were equally good, a difference this large would come up {chance(contest.p)}"
    if sure(contest):
        return f"{contest.system} is {word} than {contest.against} by {by} {means}. {test}: this is hardly chance."
    return (
        f"{contest.system} is {word} than {contest.against} by {by} on average {means}, but these queries do not show "
        f"that it really is. {test}: this may well be chance."
    )


def reach(contest: SystemComparison, points: bool) -> str:
    """Where the difference lies for all queries of this kind: `+1.6 to +4.6`."""
    ends = contest.compared.interval
    return f"{difference(ends.low, points)} to {difference(ends.high, points)}"


def joined(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last


def _mean(value: float, points: bool) -> str:
    return f"{100 * value:.1f}" if points else f"{value:.3f}"
