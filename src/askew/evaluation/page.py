"""An evaluation as one page of HTML, for readers who have never heard of nDCG: first what came out, last how."""

from collections.abc import Mapping

import numpy as np

from askew.charts.report import Bar, Bars, Block, Examples, Histogram, Section, Table, report_page
from askew.evaluation.abstention import RiskCoverage
from askew.evaluation.evaluate import Contest, Evaluation, losers, summary, winners
from askew.evaluation.explained import explained
from askew.evaluation.page_abstention import abstaining
from askew.evaluation.page_examples import CONTESTS, changed, contests, each, single, worst
from askew.evaluation.page_method import every, how
from askew.evaluation.told import (
    best_system,
    briefly,
    difference,
    how_often,
    in_points,
    joined,
    percent,
    places,
    reach,
    sure,
    verdict,
    within,
)

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
        *([abstaining(abstention)] if abstention else []),
        every(evaluation),
        Section("What the measures mean", (), (Examples(tuple(map(explained, evaluation.measures))),)),
        how(evaluation),
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


def _first(compared: list[Contest]) -> str:
    """Where the first system is the best."""
    if all(map(sure, compared)):
        return f"It is better than {joined([one.system for one in compared])}, and that is hardly chance."
    return "On average no other system is better, but chance may have its part in that."


def _found(evaluation: Evaluation) -> Section:
    asked = len(evaluation.queries)
    rows, best = [], best_system(evaluation)
    for system in evaluation.systems:
        found = places(evaluation, system)
        counts = [within(found, last) for last in PLACES]
        cells = [f"{count:,} ({percent(count, asked)})" for count in (*counts, asked - counts[-1])]
        rows.append((system.name, *cells))
    heads = ("system", "first", "among the first three", "among the first ten", "not among the first ten")
    strong = tuple(i for i, one in enumerate(evaluation.systems) if one is best) if len(rows) > 1 else ()
    caption = f"For how many of {asked:,} queries a right document is found, and where the first of them stands."
    prose = (
        "Each system was asked the same queries, and gave a list of documents, the best first. A document is right "
        "where somebody judged it relevant to the query.",
    )
    return Section("How often a right document is found", prose, (Table(heads, tuple(rows), caption, strong),))


def _better(evaluation: Evaluation) -> Section:
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
    return Section("Which is better, and could it be chance?", tuple(prose), (Table(heads, rows, caption, strong),))


def _contest(one: Contest, points: bool) -> tuple[object, ...]:
    p = f"{one.p:.4f}" if one.p >= 0.001 else "< 0.001"
    counts = (f"{count:,}" for count in (one.compared.won, one.compared.lost, one.compared.equal))
    return (one.system, one.measure, difference(one.compared.difference, points), reach(one, points), p, *counts)


def _means(evaluation: Evaluation) -> Section:
    figures = []
    for measure in evaluation.measures:
        found = [summary(evaluation, system.name, measure) for system in evaluation.systems]
        bars = tuple(Bar(one.system, one.mean, one.interval.low, one.interval.high) for one in found)
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
    return Section("The measures, and how sure they are", tuple(prose), tuple(figures))


def _spread(evaluation: Evaluation) -> Section:
    measure = evaluation.measures[0]
    figures: list[Block] = []
    for system in evaluation.systems[:SPREADS]:
        numbers = list(system.values[measure].values())
        counts, edges = np.histogram(numbers, BINS, (0, max(1.0, *numbers)))
        none = sum(value == 0 for value in numbers)
        caption = f"{system.name}: {none:,} of {len(numbers):,} queries ({percent(none, len(numbers))}) have 0."
        figures.append(Histogram(tuple(map(int, counts)), tuple(map(float, edges)), f"{measure} of a query", caption))
    prose = (
        "A mean hides how different queries are. To the left stand the queries for which nothing right is found, or "
        "hardly anything; to the right those for which little could be better.",
    )
    return Section("How the queries spread", prose, tuple(figures))


def _differ(evaluation: Evaluation) -> Section:
    blocks = []
    for contest in contests(evaluation)[:CONTESTS]:
        for changes, word in ((winners, "better"), (losers, "worse")):
            items = tuple(changed(evaluation, contest, one) for one in changes(evaluation, contest, each(evaluation)))
            if items:
                blocks.append(Examples(items, f"Where {contest.system} is most clearly {word} than {contest.against}."))
    prose = "The queries whose values differ most, with the first documents of both systems. ✓ marks what is right."
    if not blocks:
        prose = "Nowhere: every query has the same value with all of them."
    return Section("Where they differ most", (prose,), tuple(blocks))


def _worst(evaluation: Evaluation) -> Section:
    items = tuple(single(evaluation, query) for query in worst(evaluation))
    prose = "The queries with the lowest values, and the first documents that were found. ✓ marks what is right."
    return Section("Where it does worst", (prose,), (Examples(items),))
