"""A report as one page of HTML that anyone can open: prose first, then figures, tables and examples.

Everything is drawn here, as SVG; the page reaches for nothing outside (`page.py`), and is whole without its script,
which only sorts and searches tables. Texts are escaped where they enter, so callers give them as they are.
"""

from collections.abc import Sequence

from askew.charts.bars import bars_figure
from askew.charts.blocks import (
    Bar,
    Bars,
    Block,
    Curve,
    Example,
    Examples,
    Histogram,
    Line,
    Section,
    Side,
    Table,
)
from askew.charts.curves import curves_figure
from askew.charts.histogram import histogram_figure
from askew.charts.markup import FORBIDDEN, escaped, isolated
from askew.charts.page import page
from askew.charts.tables import table_figure

__all__ = [
    "Bar", "Bars", "Block", "Curve", "Example", "Examples", "Histogram", "Line", "Section", "Side", "Table",
    "report_page",
]  # fmt: skip

PROSE = 5_000
"""Characters of a paragraph that are shown."""
CONTENTS = 3
"""A page of more sections begins with their names, to go to."""


def report_page(title: str, lead: str, sections: Sequence[Section]) -> str:
    """The whole file, as text. lead: the answer, in a sentence or two; a reader who stops there knows what came out."""
    head = f"<header><h1>{isolated(title)}</h1><p class='lead'>{escaped(lead, PROSE)}</p>{_contents(sections)}</header>"
    body = "".join(_section(section, place) for place, section in enumerate(sections))
    foot = "<footer>Made by askew. This file holds everything it shows and fetches nothing.</footer>"
    name = FORBIDDEN.sub("�", " ".join(title.split()))
    return page(name, f"{head}<main>{body}</main>{foot}", styles=["report.css"], scripts=["report.js"])


def _contents(sections: Sequence[Section]) -> str:
    if len(sections) <= CONTENTS:
        return ""
    items = "".join(f'<li><a href="#s{place}">{escaped(one.title)}</a></li>' for place, one in enumerate(sections))
    return f'<nav aria-label="Contents"><ol>{items}</ol></nav>'


def _section(section: Section, place: int) -> str:
    prose = "".join(f"<p>{escaped(words, PROSE)}</p>" for words in section.prose)
    blocks = "".join(map(_block, section.blocks))
    return (
        f'<section id="s{place}" aria-labelledby="h{place}"><h2 id="h{place}">{escaped(section.title)}</h2>'
        f"{prose}{blocks}</section>"
    )


def _block(block: Block) -> str:
    match block:
        case Table():
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


def _side(side: Side) -> str:
    right = set(side.right)
    rows = "".join(_ranked(line, place in right) for place, line in enumerate(side.lines))
    return f'<div class="side"><h4>{isolated(side.name)}</h4><ol>{rows}</ol></div>'


def _ranked(line: str, right: bool) -> str:
    if not right:
        return f"<li>{isolated(line)}</li>"
    mark = '<span class="mark" aria-hidden="true">✓</span><span class="unseen">right: </span>'
    return f'<li class="right">{mark}{isolated(line)}</li>'
