"""When should a system rather give no answer? The part of the page about queries that no document answers."""

from collections.abc import Mapping

from askew.charts.report import Curve, Line, Section, Table
from askew.evaluation.abstention import RISKS, RiskCoverage
from askew.evaluation.told import percent, share


def abstaining(told: Mapping[str, RiskCoverage]) -> Section:
    """told: by system."""
    first, *_ = told.values()
    prose = (
        f"{first.questions:,} queries were asked, some of which no document answers. The first document of each counts "
        "as the answer, and a system can keep silent where its score is low. The fewer queries it answers, the fewer "
        "of its answers should be wrong.",
        *(_sentence(name, one) for name, one in told.items()),
    )
    lines = tuple(Line(name, tuple((point.coverage, point.risk) for point in one.points)) for name, one in told.items())
    caption = "The lower a curve runs, the better the scores tell right answers from wrong ones."
    curve = Curve(lines, "share of the queries that are answered", "share of the answers that are wrong", caption)
    return Section("When it should rather say nothing", prose, (curve, _table(told)))


def _sentence(name: str, told: RiskCoverage) -> str:
    wrong = told.answered - told.right
    words = (
        f"{name} gives {told.answered:,} answers if it may never keep silent, and {wrong:,} of them "
        f"({percent(wrong, told.answered)}) are wrong."
    )
    risk = RISKS[1]
    coverage = told.coverage_at[risk]
    if not coverage:
        return f"{words} However few it gives, more than {share(risk)} are wrong."
    return f"{words} If at most {share(risk)} may be wrong, it can answer {share(coverage)} of the queries."


def _table(told: Mapping[str, RiskCoverage]) -> Table:
    heads = ("system", *(f"answered, {share(risk)} wrong" for risk in RISKS), "AURC", "at best", "by chance", "AUROC")
    rows = tuple(
        (
            name,
            *(share(one.coverage_at[risk]) for risk in RISKS),
            *(f"{value:.3f}" for value in (one.aurc, one.perfect, one.chance, one.auroc)),
        )
        for name, one in told.items()
    )
    caption = (
        "How many queries can be answered if no more than that share of the answers may be wrong, in these data: it is "
        "no promise for others. AURC is the area under the curve (El-Yaniv and Wiener 2010), lower is better, beside "
        "what perfect scores and scores by chance would reach. AUROC says how often a query that can be answered has a "
        "higher score than one that cannot: 1 is always, 0.5 is chance."
    )
    return Table(heads, rows, caption)
