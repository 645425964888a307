"""Recommendation in plain words and as an HTML page."""

from collections.abc import Sequence

from askew.charts.blocks import Bars, IntervalBar, ReportSection, TableBlock
from askew.charts.report import report_page
from askew.evaluation.significance import interval
from askew.recommend.grid_search import GridSearch
from askew.recommend.recommend import Cost, Recommendation
from askew.recommend.task_detection import TaskDetection
from askew.tasks import Kind
from askew.text.display import percent

SAYS = {
    Kind.SYMMETRIC: "Queries and documents are the same kind of text",
    Kind.ASYMMETRIC: "Queries and documents are two kinds of text",
}
STRONG = 3
"""Signs that are told."""


def kind_sentence(found: TaskDetection) -> str:
    return f"{SAYS[found.kind]} ({found.kind}), {percent(found.confidence)} sure."


def feature_sentences(found: TaskDetection) -> list[str]:
    return [sign.sentence for sign in found.signs[:STRONG]]


def evidence(tournament: GridSearch) -> str:
    trial = tournament.trial
    among = f"{len(trial.documents):,} documents"
    if len(trial.documents) < trial.among:
        among += f", drawn from {trial.among:,}"
    if trial.labelled:
        return f"Measured on {len(trial.queries):,} judged queries over {among}."
    ways = sorted(set(trial.ways.values()))
    return (
        f"Measured on {len(trial.queries):,} queries taken out of the documents themselves ({', '.join(ways)}), over "
        f"{among}. That is weaker evidence than judged queries: whoever wrote a document also wrote its title."
    )


def difference(advice: Recommendation) -> str:
    """Whether the runner-up is worse, or only happened to be."""
    if not advice.rivals:
        return "There was nothing to compare it with."
    runner = advice.rivals[0]
    points = 100 * runner.compared.difference
    lead = f"Runner-up: {runner.standing.configuration}, {points:.1f} points behind"
    low, high = 100 * runner.compared.interval.low, 100 * runner.compared.interval.high
    between = f"{low:+.1f} to {high:+.1f} with 95 % confidence, p {runner.p:.2g}"
    if runner.real:
        return f"{lead} ({between}): more than chance."
    others = len(advice.as_good)
    more = "" if others < 2 else f" The same holds for {others - 1} {'others' if others > 2 else 'other'}."
    return f"{lead} ({between}): these queries do not show that it is worse.{more}"


def cost_sentence(cost: Cost, documents: int) -> str:
    parts = [f"about {_time(cost.seconds)} to encode"] if cost.seconds else []
    parts += [f"{cost.bytes / 1e6:,.1f} MB on disk", f"{cost.memory / 1e6:,.1f} MB of vectors in memory"]
    return f"For all {documents:,} documents: {', '.join(parts)}."


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


ROWS_SHOWN = 12


def advice_page(kind: Sequence[str], tournament: GridSearch, advice: Recommendation, commands: Sequence[str]) -> str:
    """kind: sentences on what kind of search this is. commands: those that build and search what is recommended."""
    best = advice.best
    lead = f"Recommended: {best.configuration}. It finds most of what was asked for."
    return report_page(
        "Which search fits these texts?",
        lead,
        [
            ReportSection("What kind of search this is", tuple(kind)),
            ReportSection("What was tried", (evidence(tournament),), (_bars(tournament), _table(advice))),
            ReportSection("Is it really better?", (difference(advice),)),
            ReportSection(
                "How to build it", ("These two commands make the index and search it.",), (_lines(commands),)
            ),
        ],
    )


def _bars(tournament: GridSearch) -> Bars:
    bars = []
    for standing in tournament.standings[:ROWS_SHOWN]:
        spread = interval(list(standing.values.values()))
        bars.append(IntervalBar(str(standing.configuration), standing.score, spread.low, spread.high))
    return Bars(
        tuple(bars),
        "nDCG@10",
        "1 means that what answers always stands first, 0 that it never is among the first ten. The thin line shows "
        "how sure the figure is.",
    )


def _table(advice: Recommendation) -> TableBlock:
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
    return TableBlock(
        ("configuration", "points behind", "better for", "worse for", "really worse"),
        rows,
        "Each of the others against the recommended one; the columns in the middle count queries.",
    )


def _lines(commands: Sequence[str]) -> TableBlock:
    return TableBlock(("command",), tuple((command,) for command in commands))
