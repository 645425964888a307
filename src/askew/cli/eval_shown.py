"""How measured systems look at the terminal: each with its interval, one against the other, and where they differ."""

from collections.abc import Mapping

from askew.cli.output import say, shortened, table
from askew.evaluation.abstention import RISKS, RiskCoverage
from askew.evaluation.evaluate import Evaluation, RankChange, SystemComparison, losers, winners
from askew.evaluation.significance import Interval

WIDTH = 80
SMALLEST = 0.001


def show(evaluation: Evaluation, told: Mapping[str, RiskCoverage], limit: int) -> None:
    count = len(evaluation.queries)
    say(f"{count:,} judged {'query' if count == 1 else 'queries'}")
    table(
        ("system", "measure", "mean", "95 % interval"),
        [(one.system, one.measure, f"{one.mean:.4f}", _interval(one.interval)) for one in evaluation.summaries],
    )
    if evaluation.contests:
        _show_contests(evaluation)
        for contest in evaluation.contests:
            if contest.measure == evaluation.measures[0]:
                _show_changes(evaluation, contest, limit)
    if told:
        _show_abstention(told)


def _show_contests(evaluation: Evaluation) -> None:
    say(f"\nAgainst {evaluation.systems[0].name}, query by query:")
    headings = ("system", "measure", "difference", "95 % interval", "p", "won", "lost", "equal")
    rows = []
    for one in evaluation.contests:
        found = one.compared
        difference = f"{found.difference:+.4f}"
        counts = (found.won, found.lost, found.equal)
        rows.append((one.system, one.measure, difference, _interval(found.interval, "+"), _p(one.p), *counts))
    table(headings, rows)


def _show_changes(evaluation: Evaluation, contest: SystemComparison, limit: int) -> None:
    changes = [("won", change) for change in winners(evaluation, contest, limit)]
    changes += [("lost", change) for change in losers(evaluation, contest, limit)]
    if changes:
        say(f"\nThe queries that {contest.system} won and lost most by, {contest.measure}:")
        table(("", contest.system, contest.against, "query"), [_row(word, change) for word, change in changes])


def _row(word: str, change: RankChange) -> tuple[object, ...]:
    return word, change.value, change.against, shortened(change.query.text or change.query.id, WIDTH)


def _show_abstention(told: Mapping[str, RiskCoverage]) -> None:
    say("\nDoes the score of the first document tell what cannot be answered?")
    at = tuple(f"at {risk:.0%}".replace("%", " %") for risk in RISKS)
    headings = ("system", "questions", "right", "AUROC", "AURC", "at best", "by chance", *at)
    rows = [
        (name, one.questions, one.right, one.auroc, one.aurc, one.perfect, one.chance, *one.coverage_at.values())
        for name, one in told.items()
    ]
    table(headings, rows)
    say("The last columns: the share of questions that can be answered with no more wrong answers than that.")


def _interval(found: Interval, sign: str = "") -> str:
    return f"{found.low:{sign}.4f} to {found.high:{sign}.4f}"


def _p(p: float) -> str:
    return f"{p:.4f}" if p >= SMALLEST else f"< {SMALLEST}"
