"""How does a table stand in a page? Numbers under each other, rows that can be found, and no wider than the screen."""

from askew.charts.blocks import Table
from askew.charts.markup import escaped, figure_like, isolated, number

ROWS = 500
"""Of a table that is longer, the first rows are shown and the rest is counted."""
LONG = 20
"""A table with more rows can be searched, where scripts run."""


def table_figure(drawn: Table) -> str:
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
