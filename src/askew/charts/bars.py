"""How are values with their intervals drawn? As a table with a bar in each row, so that it can be read aloud too."""

import math
from collections.abc import Sequence

from askew.charts.blocks import Bar, Bars
from askew.charts.markup import escaped, isolated, number, tag
from askew.charts.scale import Scale, scale

HEIGHT = 26.0
"""Of a row's drawing, in pixels. Across, everything is in percent, so that letters stay as large on a narrow screen."""
THICK = 12.0
NAME = 100
"""Characters of a label, and of its note, that are shown."""
CAP = 5.0  # half the height of an interval's ends


def bars_figure(drawn: Bars) -> str:
    """HTML of a figure. A bar begins at 0, which is always in view."""
    along = scale([0.0, *(value for bar in drawn.bars for value in (bar.value, bar.low, bar.high))])
    exact = all(_exact(bar) for bar in drawn.bars)
    digits = _digits(drawn.bars)
    rows = "".join(_row(bar, along, digits) for bar in drawn.bars)
    heads = ("", drawn.axis, "value", *(() if exact else ("from … to",)))
    classes = ("label", "drawn", "number", "range")
    head = "".join(
        tag("th", {"scope": "col", "role": "columnheader", "class": kind}, escaped(name))
        for name, kind in zip(heads, classes, strict=False)
    )
    axis = f'<tr class="axis" aria-hidden="true"><td class="label"></td><td class="drawn">{_axis(along)}</td></tr>'
    body = f"<thead><tr role='row'>{head}</tr></thead><tbody>{rows}{axis}</tbody>"
    caption = f"<figcaption>{escaped(drawn.caption, 2_000)}</figcaption>" if drawn.caption else ""
    return f'<figure>{caption}<table role="table" class="bars">{body}</table></figure>'


def _row(bar: Bar, along: Scale, digits: int) -> str:
    note = f"<small>{isolated(bar.note, NAME)}</small>" if bar.note else ""
    cells = [
        f'<th scope="row" role="rowheader" class="label">{isolated(bar.label, NAME)}{note}</th>',
        f'<td role="cell" class="drawn">{_drawing(bar, along)}</td>',
        f'<td role="cell" class="number">{number(float(bar.value), digits)}</td>',
    ]
    if not _exact(bar):
        cells.append(
            f'<td role="cell" class="range">{number(float(bar.low), digits)} to {number(float(bar.high), digits)}</td>'
        )
    return f'<tr role="row">{"".join(cells)}</tr>'


def _drawing(bar: Bar, along: Scale) -> str:
    middle = HEIGHT / 2
    parts = [_line(along.percent(tick), "grid") for tick in along.ticks()]
    if math.isfinite(bar.value):
        zero, end = sorted((along.percent(0.0), along.percent(bar.value)))
        place = {"x": f"{zero:.3f}%", "width": f"{end - zero:.3f}%", "y": middle - THICK / 2, "height": THICK}
        parts.append(tag("rect", {"class": "bar", **place}))
    parts.append(_line(along.percent(0.0), "zero"))
    if not _exact(bar) and math.isfinite(bar.low) and math.isfinite(bar.high):
        low, high = along.percent(bar.low), along.percent(bar.high)
        parts.append(
            tag("line", {"class": "whisker", "x1": f"{low:.3f}%", "x2": f"{high:.3f}%", "y1": middle, "y2": middle})
        )
        parts += [_line(end, "whisker", middle - CAP, middle + CAP) for end in (low, high)]
    return tag("svg", {"height": HEIGHT, "width": "100%", "aria-hidden": "true"}, "".join(parts))


def _line(percent: float, kind: str, top: float = 0.0, bottom: float = HEIGHT) -> str:
    return tag("line", {"class": kind, "x1": f"{percent:.3f}%", "x2": f"{percent:.3f}%", "y1": top, "y2": bottom})


def _axis(along: Scale) -> str:
    ticks = along.ticks()
    words = [
        tag("text", {"x": f"{along.percent(tick):.3f}%", "y": 14.0, "class": _kind(i)}, along.label(tick))
        for i, tick in enumerate(ticks)
    ]
    return tag("svg", {"height": 18.0, "width": "100%", "aria-hidden": "true"}, "".join(words))


def _kind(place: int) -> str:
    """Where it is narrow, every second tick is written."""
    return "tick wide" if place % 2 else "tick"


def _exact(bar: Bar) -> bool:
    return bar.low == bar.value == bar.high


def _digits(bars: Sequence[Bar]) -> int:
    """Decimals by which values are told apart: three figures of the largest."""
    largest = max((abs(bar.value) for bar in bars if math.isfinite(bar.value)), default=1.0)
    if all(float(value).is_integer() for bar in bars for value in (bar.value, bar.low, bar.high) if value == value):
        return 0
    return 3 if largest < 10 else 1
