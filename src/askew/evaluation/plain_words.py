"""Evaluation in plain words: what a measure means, which system is better, and whether it could be chance."""

import re
from collections.abc import Callable, Sequence

from askew.charts.blocks import Example
from askew.evaluation.evaluate import Evaluation, Summary, System, SystemComparison, summary
from askew.text.display import percent

LEVEL = 0.05
"""Differences with a lower p are significant."""
FIRST_PAGE = 10
"""Documents that users look at."""


def first_ranks(evaluation: Evaluation, system: System) -> list[int]:
    """Return for each query the rank of the first relevant document, from 1; 0 if the system finds none."""
    found = []
    for query in evaluation.queries:
        relevant = (
            rank
            for rank, document in enumerate(system.run.get(query.id, {}), start=1)
            if query.relevant.get(document, 0) > 0
        )
        found.append(next(relevant, 0))
    return found


def within(ranks: Sequence[int], last: int) -> int:
    """Return how many queries have a relevant document at this rank or above."""
    return sum(0 < rank <= last for rank in ranks)


def how_often(evaluation: Evaluation, system: System) -> str:
    """Return the first sentence of a report."""
    queries, ranks = len(evaluation.queries), first_ranks(evaluation, system)
    first, page = within(ranks, 1), within(ranks, FIRST_PAGE)
    of = f"For {first:,} of {queries:,} {'query' if queries == 1 else 'queries'} ({percent(first / queries)})"
    return (
        f"{of}, {system.name} ranks a relevant document first; for {page:,} ({percent(page / queries)}), at least one "
        f"of the first ten is relevant."
    )


def best_system(evaluation: Evaluation) -> System:
    """Return the best system by the first measure; the first one if several are equal."""
    return max(evaluation.systems, key=lambda one: summary(evaluation, one.name, evaluation.measures[0]).mean)


def chance(p: float) -> str:
    """Return p in words: `in fewer than 1 of 100 such sets of queries`, `in about 43 of 100 …`."""
    sets = "such sets of queries"
    if p < 0.001:
        return f"in fewer than 1 of 1,000 {sets}"
    if p < 0.01:
        return f"in fewer than 1 of 100 {sets}"
    if p < 0.995:
        return f"in about {round(100 * p)} of 100 {sets}"
    return f"in nearly all {sets}"


def amount(value: float, points: bool) -> str:
    """Return `2.3 points`, hundredths of a measure between 0 and 1; or the plain number."""
    return f"{100 * value:.1f} points" if points else f"{value:.3f}"


def in_points(summaries: Sequence[Summary]) -> bool:
    """Return whether all measures lie between 0 and 1, so that differences can be given in points."""
    return all(one.interval.low >= 0 and one.interval.high <= 1 for one in summaries)


def difference(value: float, points: bool) -> str:
    """Return `+2.3` or `−0.1`; without a sign if it rounds to 0."""
    shown = f"{100 * value:+.1f}" if points else f"{value:+.3f}"
    return shown.replace("-", "−") if float(shown) else shown[1:]


def significant(contest: SystemComparison) -> bool:
    return contest.p < LEVEL


def short_verdict(contest: SystemComparison, points: bool) -> str:
    """Return a sentence for the top of a report."""
    gained = contest.compared.difference
    if not gained:
        return f"On average it is as good as {contest.against}."
    by, word = amount(abs(gained), points), "better" if gained > 0 else "worse"
    if points:
        by += " of 100"
    if significant(contest):
        return f"It is {word} than {contest.against} by {by}, which is unlikely to be chance."
    return f"On average it is {word} than {contest.against} by {by}, which may well be chance."


def verdict(evaluation: Evaluation, contest: SystemComparison) -> str:
    """Return which of two systems is better, by how much, and whether that may be chance."""
    one, other = (summary(evaluation, name, contest.measure) for name in (contest.system, contest.against))
    points, gained = in_points(evaluation.summaries), contest.compared.difference
    means = f"({_mean(one.mean, points)} against {_mean(other.mean, points)})"
    if not gained:
        return f"{contest.system} and {contest.against} are equally good on average {means}."
    by, word = amount(abs(gained), points), "better" if gained > 0 else "worse"
    test = f"If both were equally good, a difference this large would occur {chance(contest.p)}"
    if significant(contest):
        return (
            f"{contest.system} is {word} than {contest.against} by {by} {means}. {test}, so it is unlikely to be "
            "chance: the difference is significant."
        )
    return (
        f"{contest.system} is {word} than {contest.against} by {by} on average {means}, but these queries do not prove "
        f"that it really is. {test}, so it may well be chance: the difference is not significant."
    )


def interval_of(contest: SystemComparison, points: bool) -> str:
    """Return the confidence interval of the difference: `+1.6 to +4.6`."""
    ends = contest.compared.interval
    return f"{difference(ends.low, points)} to {difference(ends.high, points)}"


def joined(names: Sequence[str]) -> str:
    """Return `a`, `a and b`, `a, b and c`."""
    *some, last = names
    return f"{', '.join(some)} and {last}" if some else last


def _mean(value: float, points: bool) -> str:
    return f"{100 * value:.1f}" if points else f"{value:.3f}"


MEASURE = re.compile(r"(?P<name>[A-Za-z_]+)(\((?P<settings>.*)\))?(@(?P<cut>\d+))?")
"""A measure as ir-measures writes it: nDCG@10, P(rel=2)@5."""


def explained(measure: str) -> Example:
    """Explain a measure, named as ir-measures writes it, such as nDCG@10."""
    parts = MEASURE.fullmatch(measure)
    explain = KNOWN.get(parts["name"]) if parts else None
    if parts is None or explain is None:
        return Example(measure, ("One of the measures of ir-measures, which are described at ir-measur.es.",))
    title, meaning, example = explain(f"the first {int(parts['cut']):,} ranks" if parts["cut"] else "all ranks")
    minimum = re.search(r"rel=(\d+)", parts["settings"] or "")
    least = (f"Here only documents with grade {minimum[1]} or higher count as relevant.",) if minimum else ()
    return Example(f"{measure}: {title}", (meaning, f"Example: {example}", *least))


def _ndcg(ranks: str) -> tuple[str, str, str]:
    return (
        "how good the order is",
        f"How close the order of {ranks} comes to the best possible order: 1 is perfect, 0 means nothing relevant was "
        "found. A relevant document counts less the lower it is ranked, and more the higher its grade.",
        "two documents are relevant, and they are at ranks 1 and 4. Rank 1 counts 1, rank 4 counts 1 / log2(4 + 1) = "
        "0.43, together 1.43; at ranks 1 and 2 they would count 1 + 0.63 = 1.63. So the value is 1.43 / 1.63 = 0.88.",
    )


def _recall(ranks: str) -> tuple[str, str, str]:
    return (
        "how many of the relevant documents are found",
        f"Recall: the share of all relevant documents that are within {ranks}; 1 is all of them, 0 is none. Their "
        "order does not matter.",
        "four documents are relevant, and three of them are found. So the value is 3 / 4 = 0.75.",
    )


def _reciprocal_rank(ranks: str) -> tuple[str, str, str]:
    return (
        "how far users have to read",
        f"Reciprocal rank: 1 divided by the rank of the first relevant document within {ranks}, 0 if there is none. "
        "Whatever follows it does not matter.",
        "the first relevant document is at rank 3. So the value is 1 / 3 = 0.33; at rank 1 it would be 1.",
    )


def _precision(ranks: str) -> tuple[str, str, str]:
    return (
        "how many of the results are relevant",
        f"Precision: the share of {ranks} that hold a relevant document; 1 is all of them. If there are fewer relevant "
        "documents than ranks, even a perfect system stays below 1.",
        "three of ten ranks hold a relevant document. So the value is 3 / 10 = 0.30.",
    )


def _average_precision(ranks: str) -> tuple[str, str, str]:
    return (
        "how precise the results are, read from the top",
        f"Average precision: at each relevant document within {ranks}, the share of documents up to it that are "
        "relevant. It is the mean over all relevant documents, where one that is not found counts 0.",
        "two documents are relevant, and they are at ranks 1 and 4. The shares are 1 / 1 and 2 / 4, so the value is "
        "(1 + 0.5) / 2 = 0.75.",
    )


def _success(ranks: str) -> tuple[str, str, str]:
    return (
        "whether anything relevant is found",
        f"1 if a relevant document is within {ranks}, otherwise 0. The mean is the share of queries for which "
        "something relevant is found.",
        "for eight of ten queries something relevant is found. So the mean is 8 / 10 = 0.80.",
    )


KNOWN: dict[str, Callable[[str], tuple[str, str, str]]] = {
    "nDCG": _ndcg,
    "R": _recall,
    "RR": _reciprocal_rank,
    "P": _precision,
    "AP": _average_precision,
    "Success": _success,
}
