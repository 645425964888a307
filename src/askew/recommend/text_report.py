"""Recommendation in plain words and as an HTML page."""

from collections.abc import Sequence

from askew.charts.blocks import Bars, IntervalBar, ReportSection, TableBlock
from askew.charts.report import report_page
from askew.evaluation.significance import interval
from askew.recommend.advice import Recommendation
from askew.recommend.configurations import Configuration
from askew.recommend.grid_search import GridSearch
from askew.recommend.task_detection import TaskDetection
from askew.recommend.two_sizes import Cost, TwoSizes
from askew.tasks import Kind
from askew.text.display import percent

KINDS = {
    Kind.SYMMETRIC: "Queries and documents are the same kind of text",
    Kind.ASYMMETRIC: "Queries and documents are two kinds of text",
}
ROWS_SHOWN = 12
STRONG = 3
"""Features named in a report."""


def kind_sentence(found: TaskDetection) -> str:
    return f"{KINDS[found.kind]} ({found.kind}), with {percent(found.confidence)} confidence."


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
        f"Measured on {len(trial.queries):,} queries taken from the documents themselves ({', '.join(ways)}), over "
        f"{among}. That is weaker evidence than judged queries, because the author of a document also wrote its title."
    )


def untried_sentence(tournament: GridSearch) -> str:
    """Return what there was no time for, with the models of which nothing was measured; "" for nothing."""
    if not tournament.untried:
        return ""
    measured = {_models(standing.configuration) for standing in tournament.standings}
    missing = dict.fromkeys(
        name for one in tournament.untried if (name := _models(one)) not in measured and one.mode != "lexical"
    )
    whole = f", among them all of {', '.join(missing)}" if missing else ""
    return f"There was no time for {len(tournament.untried):,} configurations{whole}."


def _models(configuration: Configuration) -> str:
    encoding = configuration.encoding
    return f"{encoding.model} with queries by {encoding.queries}" if encoding.queries else encoding.model


def difference(advice: Recommendation) -> str:
    """Return whether the runner-up is significantly worse."""
    if not advice.rivals:
        return "There was no other configuration to compare it with."
    runner = advice.rivals[0]
    points = 100 * runner.compared.difference
    lead = f"Runner-up: {runner.standing.configuration}, {points:.1f} points behind"
    low, high = 100 * runner.compared.interval.low, 100 * runner.compared.interval.high
    between = f"{low:+.1f} to {high:+.1f} with 95 % confidence, p {runner.p:.2g}"
    if runner.real:
        return f"{lead} ({between}): the difference is significant."
    others = len(advice.as_good)
    more = "" if others < 2 else f" The same holds for {others - 1} {'others' if others > 2 else 'other'}."
    return f"{lead} ({between}): the difference is not significant.{more}"


def cost_sentence(cost: Cost, documents: int) -> str:
    parts = [f"about {_time(cost.seconds)} to encode"] if cost.seconds else []
    parts += [f"{cost.bytes / 1e6:,.1f} MB on disk", f"{cost.memory / 1e6:,.1f} MB of vectors in memory"]
    asked = f" For each query: {cost.query_ms:.2f} ms to encode it." if cost.query_ms else ""
    return f"For all {documents:,} documents: {', '.join(parts)}.{asked}"


def two_sizes_sentences(found: TwoSizes, documents: int) -> list[str]:
    """Return what a pair costs on each side, and what it loses, beside its document encoder alone."""
    pair, alone, lost = found.pair_cost, found.alone_cost, found.compared
    once = f"about {_time(pair.seconds)} for all {documents:,}" if pair.seconds else "the same as without the pair"
    points = f"{abs(100 * lost.difference):.1f} points {'less' if lost.difference >= 0 else 'more'}"
    low, high = sorted((-100 * lost.interval.low, -100 * lost.interval.high))
    return [
        f"Two sizes in one space: documents by {found.documents}, queries by {found.queries}.",
        f"Documents, once: {once}. Each query: {pair.query_ms:.2f} ms instead of {alone.query_ms:.2f} ms.",
        f"nDCG@10 {found.pair.score:.3f} ({found.pair.configuration}) instead of {found.alone.score:.3f}: "
        f"{points} ({low:+.1f} to {high:+.1f} with 95 % confidence, p {lost.p:.2g}).",
    ]


def _time(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def advice_page(
    kind: Sequence[str],
    tournament: GridSearch,
    advice: Recommendation,
    commands: Sequence[str],
    costs: Sequence[str] = (),
) -> str:
    """Return a report page. kind: sentences on the kind of search. commands: to build and search the index. costs:
    sentences on what it costs.
    """
    best = advice.best
    lead = f"Recommended: {best.configuration}. It has the highest nDCG@10."
    return report_page(
        "Which search fits these texts?",
        lead,
        [
            ReportSection("Kind of search", tuple(kind)),
            ReportSection(
                "Results",
                tuple(filter(None, (evidence(tournament), untried_sentence(tournament)))),
                (_bars(tournament), _table(advice)),
            ),
            ReportSection("Is the difference significant?", (difference(advice),)),
            *([ReportSection("Cost", tuple(costs))] if costs else []),
            ReportSection("Commands", ("These commands build the index and search it.",), (_lines(commands),)),
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
        "1 means that the relevant documents always come first, 0 that they are never in the first ten. The thin line "
        "is the 95 % confidence interval.",
    )


def _table(advice: Recommendation) -> TableBlock:
    rows = tuple(
        (
            str(rival.standing.configuration),
            round(100 * rival.compared.difference, 1),
            rival.compared.lost,
            rival.compared.won,
            "yes" if rival.real else "no",
        )
        for rival in advice.rivals
    )
    return TableBlock(
        ("configuration", "points behind", "better for", "worse for", "significant"),
        rows,
        "Each configuration against the recommended one. The middle columns count queries.",
    )


def _lines(commands: Sequence[str]) -> TableBlock:
    return TableBlock(("command",), tuple((command,) for command in commands))
