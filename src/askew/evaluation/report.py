"""Evaluation report: one HTML page, results first, method last."""

from collections.abc import Mapping

import numpy as np

from askew.charts.blocks import (
    Bars,
    Block,
    Curve,
    CurveLine,
    Example,
    Examples,
    ExampleSide,
    Histogram,
    IntervalBar,
    ReportSection,
    TableBlock,
)
from askew.charts.report import report_page
from askew.evaluation.abstention import RISKS, RiskCoverage
from askew.evaluation.evaluate import (
    Evaluation,
    JudgedQuery,
    RankChange,
    System,
    SystemComparison,
    losers,
    summary,
    values,
    winners,
)
from askew.evaluation.plain_words import (
    best_system,
    difference,
    explained,
    first_ranks,
    how_often,
    in_points,
    interval_of,
    joined,
    short_verdict,
    significant,
    verdict,
    within,
)
from askew.evaluation.significance import DRAWS
from askew.text.display import percent, shorten

ALONE, EACH = 5, 3
"""Queries shown of each kind, for a single comparison and for each of several."""
CONTESTS = 3
"""Comparisons with examples."""
DOCUMENTS = 5
"""Documents shown of each system."""
TITLE = 120
"""Characters of a title."""
MISSED = 3
"""Relevant documents named that no system found."""


def contests(evaluation: Evaluation) -> list[SystemComparison]:
    """Return the comparisons by the first measure, the largest gain first."""
    found = [one for one in evaluation.contests if one.measure == evaluation.measures[0]]
    return sorted(found, key=lambda one: -one.compared.difference)


def each(evaluation: Evaluation) -> int:
    """Return how many queries that gain, and that lose, a comparison shows."""
    return ALONE if len(contests(evaluation)) <= 1 else EACH


def shown_queries(evaluation: Evaluation) -> list[JudgedQuery]:
    """Return the queries whose documents the page shows, so that callers can look up the titles."""
    if len(evaluation.systems) == 1:
        return worst(evaluation)
    limit = each(evaluation)
    changes = [
        change
        for contest in contests(evaluation)[:CONTESTS]
        for change in (*winners(evaluation, contest, limit), *losers(evaluation, contest, limit))
    ]
    return list({change.query.id: change.query for change in changes}.values())


def worst(evaluation: Evaluation) -> list[JudgedQuery]:
    """Return the worst queries of the first system by the first measure."""
    found = values(evaluation, evaluation.systems[0].name, evaluation.measures[0])
    return sorted(evaluation.queries, key=lambda query: found[query.id])[:ALONE]


def changed(evaluation: Evaluation, contest: SystemComparison, change: RankChange) -> Example:
    line = f"{contest.measure}: {change.against:.2f} with {contest.against}, {change.value:.2f} with {contest.system}."
    systems = [one for name in (contest.against, contest.system) for one in evaluation.systems if one.name == name]
    return _example(evaluation, change.query, line, systems)


def single(evaluation: Evaluation, query: JudgedQuery) -> Example:
    system, measure = evaluation.systems[0], evaluation.measures[0]
    line = f"{measure}: {system.values[measure][query.id]:.2f}."
    return _example(evaluation, query, line, [system])


def _example(evaluation: Evaluation, query: JudgedQuery, line: str, systems: list[System]) -> Example:
    found = {document for system in systems for document in list(system.run.get(query.id, {}))[:DOCUMENTS]}
    right = [document for document, grade in query.relevant.items() if grade > 0]
    missed = sorted((one for one in right if one not in found), key=lambda one: -query.relevant[one])
    lines = [f"{line} {_right(len(right))}"]
    if missed:
        named = "; ".join(f"“{_title(evaluation, document)}”" for document in missed[:MISSED])
        more = f" and {len(missed) - MISSED:,} more" if len(missed) > MISSED else ""
        lines.append(f"Relevant, but not shown below: {named}{more}.")
    sides = tuple(_side(evaluation, query, system) for system in systems)
    return Example(query.text or query.id, tuple(lines), sides)


def _side(evaluation: Evaluation, query: JudgedQuery, system: System) -> ExampleSide:
    documents = list(system.run.get(query.id, {}))[:DOCUMENTS]
    right = tuple(place for place, document in enumerate(documents) if query.relevant.get(document, 0) > 0)
    name = system.name if documents else f"{system.name}: nothing found"
    return ExampleSide(name, tuple(_title(evaluation, document) for document in documents), right)


def _right(count: int) -> str:
    return f"{count:,} documents are relevant." if count != 1 else "One document is relevant."


def _title(evaluation: Evaluation, document: str) -> str:
    return shorten(evaluation.titles.get(document, document), TITLE)


BINS = 10
HISTOGRAMS = 4
"""Systems with a histogram."""
RANKS = (1, 3, 10)


def abstention_section(measured: Mapping[str, RiskCoverage]) -> ReportSection:
    """Return the section about unanswerable queries. measured: by system."""
    first, *_ = measured.values()
    prose = (
        f"{first.questions:,} queries were run, some of which no document answers. The first document of each counts "
        "as the answer, and a system can abstain if its score is low. The fewer queries it answers, the fewer of its "
        "answers should be wrong.",
        *(_risk_sentence(name, one) for name, one in measured.items()),
    )
    lines = tuple(
        CurveLine(name, tuple((point.coverage, point.risk) for point in one.points)) for name, one in measured.items()
    )
    caption = "Lower is better: the scores separate right answers from wrong ones."
    curve = Curve(lines, "coverage: share of queries answered", "risk: share of answers that are wrong", caption)
    return ReportSection("When to abstain", prose, (curve, _risk_table(measured)))


def _risk_sentence(name: str, measured: RiskCoverage) -> str:
    wrong = measured.answered - measured.right
    words = (
        f"If {name} never abstains, it gives {measured.answered:,} answers, of which {wrong:,} "
        f"({percent(wrong / max(measured.answered, 1))}) are wrong."
    )
    risk = RISKS[1]
    coverage = measured.coverage_at[risk]
    if not coverage:
        return (
            f"{words} More than {percent(risk)} are wrong even if it answers only the queries with the highest scores."
        )
    return f"{words} If at most {percent(risk)} may be wrong, it can answer {percent(coverage)} of the queries."


def _risk_table(measured: Mapping[str, RiskCoverage]) -> TableBlock:
    heads = (
        "system",
        *(f"coverage at {percent(risk)} risk" for risk in RISKS),
        "AURC",
        "best possible",
        "by chance",
        "AUROC",
    )
    rows = tuple(
        (
            name,
            *(percent(one.coverage_at[risk]) for risk in RISKS),
            *(f"{value:.3f}" for value in (one.aurc, one.perfect, one.chance, one.auroc)),
        )
        for name, one in measured.items()
    )
    caption = (
        "The share of queries that can be answered if at most this share of the answers may be wrong, on these data; "
        "it is no guarantee for others. AURC is the area under the risk-coverage curve (El-Yaniv and Wiener 2010): "
        "lower is better; next to it is what perfect and random scores would reach. AUROC is how often an answerable "
        "query scores higher than an unanswerable one: 1 is always, 0.5 is chance."
    )
    return TableBlock(heads, rows, caption)


def query_values_section(evaluation: Evaluation) -> ReportSection:
    """Return a table of all queries by the first measure, the most informative first, as long tables are cut."""
    measure = evaluation.measures[0]
    found = [
        (query.text or query.id, [system.values[measure][query.id] for system in evaluation.systems])
        for query in evaluation.queries
    ]
    found.sort(key=lambda row: (min(row[1]) - max(row[1]), row[1][0]))
    rows = tuple((text, *(f"{value:.3f}" for value in values)) for text, values in found)
    several = len(evaluation.systems) > 1
    order = "Queries whose values differ most come first." if several else "The lowest values come first."
    names = (system.name for system in evaluation.systems)
    return ReportSection("All queries", (f"{measure} for each query. {order}",), (TableBlock(("query", *names), rows),))


def method_section(evaluation: Evaluation) -> ReportSection:
    return ReportSection("Method", tuple(_method(evaluation)), (_counts(evaluation),))


def _counts(evaluation: Evaluation) -> TableBlock:
    grades = [grade for query in evaluation.queries for grade in query.relevant.values()]
    rows = (
        ("queries evaluated", len(evaluation.queries)),
        ("queries left out, because no document is judged relevant", evaluation.left_out),
        ("queries with judgements that were not run", evaluation.unasked),
        ("judgements of the queries evaluated", len(grades)),
        ("of which relevant", sum(grade > 0 for grade in grades)),
    )
    return TableBlock(("", "count"), rows)


def _method(evaluation: Evaluation) -> list[str]:
    words = [
        "Measures are computed by ir-measures. A query for which a system finds nothing counts as 0. Documents without "
        "judgements count as not relevant, so systems that find good documents nobody has judged are underestimated.",
        f"Confidence intervals are percentile bootstrap intervals (Efron 1979): the queries are resampled {DRAWS:,} "
        "times with replacement, and the interval contains 95 % of the means of these samples.",
    ]
    if evaluation.contests:
        words.append(
            f"Systems are compared by Fisher's randomisation test (Smucker, Allan and Carterette 2007): {DRAWS:,} "
            "times, the two results of each query are randomly swapped or kept. p is the share of times in which the "
            "means differ at least as much as they really do."
        )
    if len(evaluation.contests) > 1:
        words.append(
            f"Among {len(evaluation.contests):,} comparisons, one may look significant by chance; every p is corrected "
            "for that (Holm 1979)."
        )
    if len(evaluation.systems) > 2:
        words.append(f"All systems were compared with {evaluation.systems[0].name}, not with each other.")
    return words


def evaluation_page(evaluation: Evaluation, abstention: Mapping[str, RiskCoverage] | None = None) -> str:
    """Return a self-contained page. `evaluation.titles` should cover the documents of
    `report_examples.shown_queries`. abstention: by system, if some queries are unanswerable.
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
    return f"{words} {short_verdict(against, in_points(evaluation.summaries)) if against else _first(compared)}"


def _first(compared: list[SystemComparison]) -> str:
    """Return the sentence for a report in which the first system is the best."""
    if all(map(significant, compared)):
        return f"It is better than {joined([one.system for one in compared])}, which is unlikely to be chance."
    return "On average no other system is better, but that may be chance."


def _found(evaluation: Evaluation) -> ReportSection:
    asked = len(evaluation.queries)
    rows, best = [], best_system(evaluation)
    for system in evaluation.systems:
        found = first_ranks(evaluation, system)
        counts = [within(found, last) for last in RANKS]
        cells = [f"{count:,} ({percent(count / asked)})" for count in (*counts, asked - counts[-1])]
        rows.append((system.name, *cells))
    heads = ("system", "first", "in the first three", "in the first ten", "not in the first ten")
    strong = tuple(i for i, one in enumerate(evaluation.systems) if one is best) if len(rows) > 1 else ()
    caption = f"For how many of {asked:,} queries a relevant document is found, by the rank of the first one."
    prose = (
        "All systems ran the same queries and returned a ranked list of documents. A document is relevant if it was "
        "judged relevant to the query.",
    )
    return ReportSection(
        "How often a relevant document is found", prose, (TableBlock(heads, tuple(rows), caption, strong),)
    )


def _better(evaluation: Evaluation) -> ReportSection:
    points = in_points(evaluation.summaries)
    prose = [verdict(evaluation, one) for one in contests(evaluation)]
    if points:
        measure = evaluation.measures[0]
        prose.append(
            f"Points are hundredths of {measure}, from 0 (worst) to 100 (best). The measure is explained below."
        )
    by = "difference in points" if points else "difference"
    heads = ("system", "measure", by, "95 % interval", "p", "better for", "worse for", "same for")
    rows = tuple(_contest(one, points) for one in evaluation.contests)
    caption = (
        f"Each system against {evaluation.systems[0].name}, by each measure. p is how often chance alone would produce "
        "a difference this large; below 0.05 the difference is called significant, and the row is bold. The last "
        "columns count queries."
    )
    strong = tuple(i for i, one in enumerate(evaluation.contests) if significant(one))
    return ReportSection(
        "Which system is better, and is the difference significant?",
        tuple(prose),
        (TableBlock(heads, rows, caption, strong),),
    )


def _contest(one: SystemComparison, points: bool) -> tuple[object, ...]:
    p = f"{one.p:.4f}" if one.p >= 0.001 else "< 0.001"
    counts = (f"{count:,}" for count in (one.compared.won, one.compared.lost, one.compared.equal))
    return (one.system, one.measure, difference(one.compared.difference, points), interval_of(one, points), p, *counts)


def _means(evaluation: Evaluation) -> ReportSection:
    figures = []
    for measure in evaluation.measures:
        found = [summary(evaluation, system.name, measure) for system in evaluation.systems]
        bars = tuple(IntervalBar(one.system, one.mean, one.interval.low, one.interval.high) for one in found)
        figures.append(Bars(bars, measure, explained(measure).title))
    prose = [
        f"Means over {len(evaluation.queries):,} queries. The thin line at the end of a bar is the 95 % confidence "
        "interval: the likely range of the mean over all queries of this kind. More queries make it shorter."
    ]
    if len(evaluation.systems) > 1:
        prose.append(
            "Overlapping intervals do not mean that systems are equally good. All systems ran the same queries, so the "
            "comparison above, query by query, is more sensitive than two separate means."
        )
    return ReportSection("Measures with confidence intervals", tuple(prose), tuple(figures))


def _spread(evaluation: Evaluation) -> ReportSection:
    measure = evaluation.measures[0]
    figures: list[Block] = []
    for system in evaluation.systems[:HISTOGRAMS]:
        numbers = list(system.values[measure].values())
        counts, edges = np.histogram(numbers, BINS, (0, max(1.0, *numbers)))
        none = sum(value == 0 for value in numbers)
        caption = f"{system.name}: {none:,} of {len(numbers):,} queries ({percent(none / len(numbers))}) score 0."
        figures.append(Histogram(tuple(map(int, counts)), tuple(map(float, edges)), f"{measure} of a query", caption))
    prose = (
        "A mean hides how much queries differ. On the left are queries for which little or nothing relevant is found, "
        "on the right those for which the results are nearly perfect.",
    )
    return ReportSection("Distribution over queries", prose, tuple(figures))


def _differ(evaluation: Evaluation) -> ReportSection:
    blocks = []
    for contest in contests(evaluation)[:CONTESTS]:
        for changes, word in ((winners, "better"), (losers, "worse")):
            items = tuple(changed(evaluation, contest, one) for one in changes(evaluation, contest, each(evaluation)))
            if items:
                blocks.append(
                    Examples(items, f"Queries for which {contest.system} is much {word} than {contest.against}.")
                )
    prose = "The queries whose values differ most, with the top documents of both systems. ✓ marks relevant ones."
    if not blocks:
        prose = "Nowhere: all systems have the same value for every query."
    return ReportSection("Where the systems differ most", (prose,), tuple(blocks))


def _worst(evaluation: Evaluation) -> ReportSection:
    items = tuple(single(evaluation, query) for query in worst(evaluation))
    prose = "The queries with the lowest values, and the top documents found. ✓ marks relevant ones."
    return ReportSection("Worst queries", (prose,), (Examples(items),))
