"""Advice as a page of HTML for people."""

from collections.abc import Sequence

from askew.advising import told
from askew.advising.recommend import Advice
from askew.advising.tournament import Tournament
from askew.charts.report import Bar, Bars, Section, Table, report_page
from askew.evaluation.significance import interval

SHOWN = 12


def advice_page(kind: Sequence[str], tournament: Tournament, advice: Advice, commands: Sequence[str]) -> str:
    """kind: sentences on what kind of search this is. commands: those that build and search what is recommended."""
    best = advice.best
    lead = f"Recommended: {best.configuration}. It finds most of what was asked for."
    return report_page(
        "Which search fits these texts?",
        lead,
        [
            Section("What kind of search this is", tuple(kind)),
            Section("What was tried", (told.evidence(tournament),), (_bars(tournament), _table(advice))),
            Section("Is it really better?", (told.difference(advice),)),
            Section("How to build it", ("These two commands make the index and search it.",), (_lines(commands),)),
        ],
    )


def _bars(tournament: Tournament) -> Bars:
    bars = []
    for standing in tournament.standings[:SHOWN]:
        spread = interval(list(standing.values.values()))
        bars.append(Bar(str(standing.configuration), standing.score, spread.low, spread.high))
    return Bars(
        tuple(bars),
        "nDCG@10",
        "1 means that what answers always stands first, 0 that it never is among the first ten. The thin line shows "
        "how sure the figure is.",
    )


def _table(advice: Advice) -> Table:
    rows = tuple(
        (
            str(rival.standing.configuration),
            round(100 * rival.compared.difference, 1),
            rival.compared.lost,
            rival.compared.won,
            "yes" if rival.real else "may be chance",
        )
        for rival in advice.rivals
    )
    return Table(
        ("configuration", "points behind", "better for", "worse for", "really worse"),
        rows,
        "Each of the others against the recommended one; the columns in the middle count queries.",
    )


def _lines(commands: Sequence[str]) -> Table:
    return Table(("command",), tuple((command,) for command in commands))
