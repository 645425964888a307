"""Report pages: sections of prose, figures, tables and examples."""

from collections.abc import Sequence

from askew.charts.blocks import (
    Bars,
    Block,
    Curve,
    Example,
    Examples,
    ExampleSide,
    Histogram,
    ReportSection,
    TableBlock,
)
from askew.charts.figures import bars_figure, curves_figure, histogram_figure
from askew.charts.html import FORBIDDEN, escaped, figure_like, isolated, number, page

ROWS = 500
"""Of a table that is longer, the first rows are shown and the rest is counted."""
LONG = 20
"""A table with more rows can be searched, where scripts run."""


def table_figure(drawn: TableBlock) -> str:
    """HTML of a figure. The first column names the row, unless it holds numbers."""
    for row in drawn.rows:
        if len(row) != len(drawn.headings):
            raise ValueError(f"a row of {len(row)} cells under {len(drawn.headings)} headings")
    right = [bool(drawn.rows) and all(figure_like(row[i]) for row in drawn.rows) for i in range(len(drawn.headings))]
    head = "".join(
        f'<th scope="col"{_kind(aside)}>{escaped(name)}</th>' for name, aside in zip(drawn.headings, right, strict=True)
    )
    strong = set(drawn.strong)
    body = "".join(_row(row, right, place in strong) for place, row in enumerate(drawn.rows[:ROWS]))
    more = len(drawn.rows) - ROWS
    rest = f'<p class="rest">The first {ROWS:,} of {len(drawn.rows):,} rows.</p>' if more > 0 else ""
    name = escaped(drawn.caption, 200) or "Table"
    caption = f"<figcaption>{escaped(drawn.caption, 2_000)}</figcaption>" if drawn.caption else ""
    kind = "data long" if len(drawn.rows) > LONG else "data"
    table = f'<table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    held = f'<div class="scroll" role="region" tabindex="0" aria-label="{name}">{table}</div>'
    return f"<figure>{caption}{held}{rest}</figure>"


def _row(row: tuple[object, ...], right: list[bool], strong: bool) -> str:
    cells = []
    for place, (value, aside) in enumerate(zip(row, right, strict=True)):
        shown = _shown(value)
        shown = f"<strong>{shown}</strong>" if strong else shown
        is_name = place == 0 and not aside
        cells.append(f'<th scope="row">{shown}</th>' if is_name else f"<td{_kind(aside)}>{shown}</td>")
    return f'<tr class="strong">{"".join(cells)}</tr>' if strong else f"<tr>{''.join(cells)}</tr>"


def _shown(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return isolated("–" if value is None else str(value))
    return number(value)


def _kind(aside: bool) -> str:
    return ' class="number"' if aside else ""


PROSE = 5_000
"""Characters of a paragraph that are shown."""
CONTENTS = 3
"""A page of more sections begins with their names, to go to."""


def report_page(title: str, lead: str, sections: Sequence[ReportSection]) -> str:
    """The whole file, as text. lead: the answer, in a sentence or two; a reader who stops there knows what came out."""
    head = f"<header><h1>{isolated(title)}</h1><p class='lead'>{escaped(lead, PROSE)}</p>{_contents(sections)}</header>"
    body = "".join(_section(section, place) for place, section in enumerate(sections))
    foot = "<footer>Made by askew. This file holds everything it shows and fetches nothing.</footer>"
    name = FORBIDDEN.sub("�", " ".join(title.split()))
    return page(name, f"{head}<main>{body}</main>{foot}", styles=["report.css"], scripts=["report.js"])


def _contents(sections: Sequence[ReportSection]) -> str:
    if len(sections) <= CONTENTS:
        return ""
    items = "".join(f'<li><a href="#s{place}">{escaped(one.title)}</a></li>' for place, one in enumerate(sections))
    return f'<nav aria-label="Contents"><ol>{items}</ol></nav>'


def _section(section: ReportSection, place: int) -> str:
    prose = "".join(f"<p>{escaped(words, PROSE)}</p>" for words in section.prose)
    blocks = "".join(map(_block, section.blocks))
    return (
        f'<section id="s{place}" aria-labelledby="h{place}"><h2 id="h{place}">{escaped(section.title)}</h2>'
        f"{prose}{blocks}</section>"
    )


def _block(block: Block) -> str:
    match block:
        case TableBlock():
            return table_figure(block)
        case Bars():
            return bars_figure(block)
        case Curve():
            return curves_figure(block)
        case Histogram():
            return histogram_figure(block)
        case Examples():
            return _examples(block)


def _examples(drawn: Examples) -> str:
    caption = f'<p class="caption">{escaped(drawn.caption, 2_000)}</p>' if drawn.caption else ""
    return caption + "".join(map(_example, drawn.items))


def _example(one: Example) -> str:
    lines = "".join(f'<p dir="auto">{escaped(line)}</p>' for line in one.lines)
    sides = f'<div class="sides">{"".join(map(_side, one.sides))}</div>' if one.sides else ""
    return f'<article class="example"><h3 dir="auto">{escaped(one.title)}</h3>{lines}{sides}</article>'


def _side(side: ExampleSide) -> str:
    right = set(side.right)
    rows = "".join(_ranked(line, place in right) for place, line in enumerate(side.lines))
    return f'<div class="side"><h4>{isolated(side.name)}</h4><ol>{rows}</ol></div>'


def _ranked(line: str, right: bool) -> str:
    if not right:
        return f"<li>{isolated(line)}</li>"
    mark = '<span class="mark" aria-hidden="true">✓</span><span class="unseen">right: </span>'
    return f'<li class="right">{mark}{isolated(line)}</li>'
