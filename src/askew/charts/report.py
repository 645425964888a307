"""Report pages: sections of prose, figures, tables and examples."""

from collections.abc import Sequence

from askew.charts.blocks import Bars, Block, Curve, Histogram, ReportSection, TableBlock
from askew.charts.figures import bars_figure, curves_figure, histogram_figure
from askew.charts.html import figure_like, page, render

ROWS = 500
"""Rows of a table that are shown; further ones are counted."""
LONG = 20
"""Tables with more rows than this get a search box."""
PROSE = 5_000
"""Characters of a paragraph that are shown."""
CONTENTS = 3
"""Pages with more sections than this start with a table of contents."""


def report_page(title: str, lead: str, sections: Sequence[ReportSection]) -> str:
    """Return a whole page. lead: the result in a sentence or two, for readers who stop there."""
    values = {
        "title": title,
        "lead": lead,
        "sections": sections,
        "contents": len(sections) > CONTENTS,
        "prose": PROSE,
        "figure": _figure,
    }
    body = render("report.html", values)
    return page(" ".join(title.split()), body, styles=["report.css"], scripts=["report.js"])


def table_figure(table: TableBlock) -> str:
    """Return a table as an HTML figure. The first column names the row, unless it holds numbers."""
    for row in table.rows:
        if len(row) != len(table.headings):
            raise ValueError(f"a row of {len(row)} cells under {len(table.headings)} headings")
    columns = range(len(table.headings))
    return render(
        "table.html",
        {
            "table": table,
            "rows": table.rows[:ROWS],
            "long": len(table.rows) > LONG,
            "numeric": [bool(table.rows) and all(figure_like(row[i]) for row in table.rows) for i in columns],
        },
    )


def _figure(block: Block) -> str:
    match block:
        case TableBlock():
            return table_figure(block)
        case Bars():
            return bars_figure(block)
        case Curve():
            return curves_figure(block)
        case Histogram():
            return histogram_figure(block)
        case _:
            raise TypeError(f"{type(block).__name__} is not a figure")
