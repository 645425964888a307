"""Evaluation report: one HTML page, results first, method last."""

from collections.abc import Mapping

import numpy as np

from askew.charts.blocks import (
    Bars,
    Block,
    Curve,
    CurveLine,
    Examples,
    Histogram,
    IntervalBar,
    ReportSection,
    TableBlock,
)
from askew.charts.report import report_page
from askew.evaluation.abstention import RISKS, RiskCoverage
from askew.evaluation.evaluate import Evaluation, SystemComparison, losers, summary, winners
from askew.evaluation.measure_guide import explained
from askew.evaluation.plain_words import (
    best_system,
    briefly,
    difference,
    how_often,
    in_points,
    joined,
    places,
    reach,
    sure,
    verdict,
    within,
)
from askew.evaluation.report_examples import CONTESTS, changed, contests, each, single, worst
from askew.evaluation.significance import DRAWS
from askew.text.display import percent


def abstention_section(told: Mapping[str, RiskCoverage]) -> ReportSection:
    """told: by system."""
    first, *_ = told.values()
    prose = (
        f"{first.questions:,} queries were asked, some of which no document answers. The first document of each counts "
        "as the answer, and a system can keep silent where its score is low. The fewer queries it answers, the fewer "
        "of its answers should be wrong.",
        *(_risk_sentence(name, one) for name, one in told.items()),
    )
    lines = tuple(
        CurveLine(name, tuple((point.coverage, point.risk) for point in one.points)) for name, one in told.items()
    )
    caption = "The lower a curve runs, the better the scores tell right answers from wrong ones."
    curve = Curve(lines, "share of the queries that are answered", "share of the answers that are wrong", caption)
    return ReportSection("When it should rather say nothing", prose, (curve, _risk_table(told)))


def _risk_sentence(name: str, told: RiskCoverage) -> str:
    wrong = told.answered - told.right
    words = (
        f"{name} gives {told.answered:,} answers if it may never keep silent, and {wrong:,} of them "
        f"({percent(wrong / max(told.answered, 1))}) are wrong."
    )
    risk = RISKS[1]
    coverage = told.coverage_at[risk]
    if not coverage:
        return f"{words} However few it gives, more than {percent(risk)} are wrong."
    return f"{words} If at most {percent(risk)} may be wrong, it can answer {percent(coverage)} of the queries."


def _risk_table(told: Mapping[str, RiskCoverage]) -> TableBlock:
    heads = ("system", *(f"answered, {percent(risk)} wrong" for risk in RISKS), "AURC", "at best", "by chance", "AUROC")
    rows = tuple(
        (
            name,
            *(percent(one.coverage_at[risk]) for risk in RISKS),
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
    return TableBlock(heads, rows, caption)


def query_values_section(evaluation: Evaluation) -> ReportSection:
    """By the first measure. A page shows the first rows of a long table, so what tells most comes first."""
    measure = evaluation.measures[0]
    found = [
        (query.text or query.id, [system.values[measure][query.id] for system in evaluation.systems])
        for query in evaluation.queries
    ]
    found.sort(key=lambda row: (min(row[1]) - max(row[1]), row[1][0]))
    rows = tuple((text, *(f"{value:.3f}" for value in values)) for text, values in found)
    several = len(evaluation.systems) > 1
    order = "Those whose values differ most come first." if several else "The lowest values come first."
    names = (system.name for system in evaluation.systems)
    return ReportSection("Every query", (f"{measure} of each query. {order}",), (TableBlock(("query", *names), rows),))


def method_section(evaluation: Evaluation) -> ReportSection:
    return ReportSection("How this was measured", tuple(_method(evaluation)), (_counts(evaluation),))


def _counts(evaluation: Evaluation) -> TableBlock:
    grades = [grade for query in evaluation.queries for grade in query.relevant.values()]
    rows = (
        ("queries that were measured", len(evaluation.queries)),
        ("queries left out, as no document is judged relevant to them", evaluation.left_out),
        ("queries that are judged but were not asked", evaluation.unasked),
        ("judgements of the queries that were measured", len(grades)),
        ("judgements that say relevant", sum(grade > 0 for grade in grades)),
    )
    return TableBlock(("what", "how many"), rows)


def _method(evaluation: Evaluation) -> list[str]:
    words = [
        "Measures are computed by ir-measures. A query for which a system finds nothing counts as 0. A document that "
        "nobody judged counts as not right; so a system that finds good documents which nobody has looked at is judged "
        "too low.",
        f"Intervals are those of the percentile bootstrap (Efron 1979): {DRAWS:,} times as many queries are drawn from "
        "these, with replacement, and 95 % of the means so found lie between the ends.",
    ]
    if evaluation.contests:
        words.append(
            f"Systems are compared by Fisher's randomisation test (Smucker, Allan and Carterette 2007): {DRAWS:,} "
            "times it is left to chance, query by query, which of the two results is whose. Then p is the share of "
            "times in which the means come to differ as much as they do."
        )
    if len(evaluation.contests) > 1:
        words.append(
            f"Of {len(evaluation.contests):,} comparisons one may look good by chance; every p is corrected for that "
            "(Holm 1979)."
        )
    if len(evaluation.systems) > 2:
        words.append(f"All were compared with {evaluation.systems[0].name}, and not with each other.")
    return words


BINS = 10
SPREADS = 4
"""Systems whose spread is drawn."""
PLACES = (1, 3, 10)


def evaluation_page(evaluation: Evaluation, abstention: Mapping[str, RiskCoverage] | None = None) -> str:
    """Self-contained HTML. It shows documents by `evaluation.titles`, which should have those of the queries that
    `page_examples.shown_queries` gives. abstention: by system, where some queries have no answer.
    """
    several = len(evaluation.systems) > 1
    sections = [
        _found(evaluation),
        *([_better(evaluation)] if several else []),
        _means(evaluation),
        _spread(evaluation),
        _differ(evaluation) if several else _worst(evaluation),
        *([abstention_section(abstention)] if abstention else []),
        query_values_section(evaluation),
        ReportSection("What the measures mean", (), (Examples(tuple(map(explained, evaluation.measures))),)),
        method_section(evaluation),
    ]
    title = f"How good is the search? {joined([system.name for system in evaluation.systems])}"
    return report_page(title, _lead(evaluation), sections)


def _lead(evaluation: Evaluation) -> str:
    best = best_system(evaluation)
    words = how_often(evaluation, best)
    compared = contests(evaluation)
    if not compared:
        return words
    against = next((one for one in compared if one.system == best.name), None)
    return f"{words} {briefly(against, in_points(evaluation.summaries)) if against else _first(compared)}"


def _first(compared: list[SystemComparison]) -> str:
    """Where the first system is the best."""
    if all(map(sure, compared)):
        return f"It is better than {joined([one.system for one in compared])}, and that is hardly chance."
    return "On average no other system is better, but chance may have its part in that."


def _found(evaluation: Evaluation) -> ReportSection:
    asked = len(evaluation.queries)
    rows, best = [], best_system(evaluation)
    for system in evaluation.systems:
        found = places(evaluation, system)
        counts = [within(found, last) for last in PLACES]
        cells = [f"{count:,} ({percent(count / asked)})" for count in (*counts, asked - counts[-1])]
        rows.append((system.name, *cells))
    heads = ("system", "first", "among the first three", "among the first ten", "not among the first ten")
    strong = tuple(i for i, one in enumerate(evaluation.systems) if one is best) if len(rows) > 1 else ()
    caption = f"For how many of {asked:,} queries a right document is found, and where the first of them stands."
    prose = (
        "Each system was asked the same queries, and gave a list of documents, the best first. A document is right "
        "where somebody judged it relevant to the query.",
    )
    return ReportSection(
        "How often a right document is found", prose, (TableBlock(heads, tuple(rows), caption, strong),)
    )


def _better(evaluation: Evaluation) -> ReportSection:
    points = in_points(evaluation.summaries)
    prose = [verdict(evaluation, one) for one in contests(evaluation)]
    if points:
        measure = evaluation.measures[0]
        prose.append(f"Points are hundredths of {measure}: 0 is the worst and 100 the best. It is explained below.")
    by = "difference in points" if points else "difference"
    heads = ("system", "measure", by, "with 95 % confidence", "p", "better for", "worse for", "same for")
    rows = tuple(_contest(one, points) for one in evaluation.contests)
    caption = (
        f"Each system against {evaluation.systems[0].name}, by every measure. p says how often chance alone brings a "
        "difference as large; below 0.05 that is seldom enough to believe in it, and the row is set in bold. The last "
        "columns count queries."
    )
    strong = tuple(i for i, one in enumerate(evaluation.contests) if sure(one))
    return ReportSection(
        "Which is better, and could it be chance?", tuple(prose), (TableBlock(heads, rows, caption, strong),)
    )


def _contest(one: SystemComparison, points: bool) -> tuple[object, ...]:
    p = f"{one.p:.4f}" if one.p >= 0.001 else "< 0.001"
    counts = (f"{count:,}" for count in (one.compared.won, one.compared.lost, one.compared.equal))
    return (one.system, one.measure, difference(one.compared.difference, points), reach(one, points), p, *counts)


def _means(evaluation: Evaluation) -> ReportSection:
    figures = []
    for measure in evaluation.measures:
        found = [summary(evaluation, system.name, measure) for system in evaluation.systems]
        bars = tuple(IntervalBar(one.system, one.mean, one.interval.low, one.interval.high) for one in found)
        figures.append(Bars(bars, measure, explained(measure).title))
    prose = [
        f"The mean over {len(evaluation.queries):,} queries. The thin line across the end of a bar shows how sure it "
        "is: with 95 % confidence the mean over all queries of this kind lies there. More queries make it shorter."
    ]
    if len(evaluation.systems) > 1:
        prose.append(
            "Lines that overlap do not mean that systems are equally good. They were asked the same queries, so the "
            "comparison above, query by query, sees more than two separate means do."
        )
    return ReportSection("The measures, and how sure they are", tuple(prose), tuple(figures))


def _spread(evaluation: Evaluation) -> ReportSection:
    measure = evaluation.measures[0]
    figures: list[Block] = []
    for system in evaluation.systems[:SPREADS]:
        numbers = list(system.values[measure].values())
        counts, edges = np.histogram(numbers, BINS, (0, max(1.0, *numbers)))
        none = sum(value == 0 for value in numbers)
        caption = f"{system.name}: {none:,} of {len(numbers):,} queries ({percent(none / len(numbers))}) have 0."
        figures.append(Histogram(tuple(map(int, counts)), tuple(map(float, edges)), f"{measure} of a query", caption))
    prose = (
        "A mean hides how different queries are. To the left stand the queries for which nothing right is found, or "
        "hardly anything; to the right those for which little could be better.",
    )
    return ReportSection("How the queries spread", prose, tuple(figures))


def _differ(evaluation: Evaluation) -> ReportSection:
    blocks = []
    for contest in contests(evaluation)[:CONTESTS]:
        for changes, word in ((winners, "better"), (losers, "worse")):
            items = tuple(changed(evaluation, contest, one) for one in changes(evaluation, contest, each(evaluation)))
            if items:
                blocks.append(Examples(items, f"Where {contest.system} is most clearly {word} than {contest.against}."))
    prose = "The queries whose values differ most, with the first documents of both systems. ✓ marks what is right."
    if not blocks:
        prose = "Nowhere: every query has the same value with all of them."
    return ReportSection("Where they differ most", (prose,), tuple(blocks))


def _worst(evaluation: Evaluation) -> ReportSection:
    items = tuple(single(evaluation, query) for query in worst(evaluation))
    prose = "The queries with the lowest values, and the first documents that were found. ✓ marks what is right."
    return ReportSection("Where it does worst", (prose,), (Examples(items),))
