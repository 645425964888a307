"""Parity report as one HTML page."""

from collections.abc import Mapping

import numpy as np

from askew.charts.blocks import Bars, Example, Examples, ExampleSide, Histogram, IntervalBar, ReportSection, TableBlock
from askew.charts.report import report_page
from askew.migration.parity import HITS, Judgement, Parity, Replayed, most_changed
from askew.text.display import percent

OUTCOMES = 10
BINS = 10
CHANCE = 0.05
ROUNDING = 1e-9


def parity_page(name: str, parity: Parity, titles: Mapping[str, str]) -> str:
    """Return the report as self-contained HTML. titles: of documents, by id."""
    lead = (
        f"Of the {parity.k} best documents that the old index finds for a query, the new one also finds "
        f"{percent(parity.overlap)}, on average over {parity.asked:,} queries. For {percent(parity.same_first)} of the "
        "queries the best document stays the same."
    )
    for one in parity.judged:
        lead += f" {one.measure}, the quality of the results from 0 to 1, changes from {one.old:.3f} to {one.new:.3f}."
    sections = [_agreement(parity), *map(_quality, parity.judged), _changed(parity, titles), _sides(parity)]
    return report_page(f"From the old index to the new: {name}", lead, sections)


def _agreement(parity: Parity) -> ReportSection:
    # A share on an edge, such as 3 of 10, belongs to the bin above it.
    counts, edges = np.histogram([min(1, one.overlap + ROUNDING) for one in parity.replayed], BINS, (0, 1))
    drawn = "" if parity.asked == parity.total else f", sampled from {parity.total:,}"
    prose = (
        f"Both indexes were searched for the same {parity.asked:,} queries (from {parity.queries}{drawn}), and their "
        f"{parity.k} best documents compared. 100 % means that both find the same documents.",
        "A different result is not necessarily worse: only judgements, or a look at the examples below, can tell.",
    )
    bar = IntervalBar("found by both", parity.overlap, parity.interval.low, parity.interval.high)
    shares = Histogram(
        tuple(map(int, counts)), tuple(map(float, edges)), f"share of the {parity.k} best that both find"
    )
    caption = "The mean; the line is its 95 % confidence interval for other queries like these."
    return ReportSection("How much changes", prose, (Bars((bar,), "share of the best documents", caption), shares))


def _quality(judged: Judgement) -> ReportSection:
    compared = judged.compared
    sure = "larger than chance" if compared.p < CHANCE else "no larger than chance"
    prose = (
        f"For {judged.queries:,} queries the relevant documents are known. {judged.measure} measures how high they "
        "rank among the ten best: 1 is perfect, 0 means that none is found.",
        f"Old {judged.old:.3f}, new {judged.new:.3f}. The difference, {compared.difference:+.3f} (95 % confidence: "
        f"{compared.interval.low:+.3f} to {compared.interval.high:+.3f}), is {sure} (p = {compared.p:.4f}). Better for "
        f"{compared.won:,} queries, worse for {compared.lost:,}, the same for {compared.equal:,}.",
    )
    worse = [one for one in judged.outcomes if one.new < one.old][:OUTCOMES]
    better = [one for one in reversed(judged.outcomes) if one.new > one.old][:OUTCOMES]
    tables = [
        TableBlock(
            ("query", "old", "new"), tuple((one.text, f"{one.old:.3f}", f"{one.new:.3f}") for one in ones), caption
        )
        for ones, caption in ((worse, "Where the new index loses most"), (better, "Where it gains most"))
        if ones
    ]
    return ReportSection("How good the results are", prose, tuple(tables))


def _changed(parity: Parity, titles: Mapping[str, str]) -> ReportSection:
    shown = most_changed(parity.replayed)
    if not shown:
        return ReportSection("What changes most", ("Nothing: both find the same documents for every query.",))
    items = tuple(_example(one, titles) for one in shown)
    caption = f"The queries whose results differ most, with the {HITS} best documents in each index."
    return ReportSection("What changes most", (), (Examples(items, caption),))


def _example(one: Replayed, named: Mapping[str, str]) -> Example:
    sides = (("old", one.old), ("new", one.new))
    return Example(
        one.text,
        (f"{percent(one.overlap)} of the documents are found by both.",),
        tuple(
            ExampleSide(side, tuple(named.get(hit.document, hit.document) for hit in found[:HITS]))
            for side, found in sides
        ),
    )


def _sides(parity: Parity) -> ReportSection:
    rows: list[tuple[object, ...]] = [
        ("model", parity.old.model, parity.new.model),
        ("precision", parity.old.precision, parity.new.precision),
        ("documents", f"{parity.old.documents:,}", f"{parity.new.documents:,}"),
        ("passages", f"{parity.old.passages:,}", f"{parity.new.passages:,}"),
        ("documents longer than the model's maximum length", f"{parity.old.truncated:,}", f"{parity.new.truncated:,}"),
        ("on disk", f"{parity.old.bytes / 1e6:,.1f} MB", f"{parity.new.bytes / 1e6:,.1f} MB"),
    ]
    names = {
        "best": "score of the best document, median",
        "last": f"score of document {parity.k}, median",
        "floor": "99th percentile of the scores of unrelated passages",
        "unrelated": "score of an unrelated passage, median",
    }
    scales = parity.old.scale, parity.new.scale
    rows += [(names[key], *(f"{scale[key]:.3f}" for scale in scales)) for key in names if all(scales)]
    prose = ["A score threshold for the old index means nothing in the new one: compare the scores below."]
    prose += [f"Void after the switch: {name}." for name in parity.void]
    return ReportSection("The two indexes", tuple(prose), (TableBlock(("", "old", "new"), tuple(rows)),))
