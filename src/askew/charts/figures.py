"""Figures as SVG and tables: bars with intervals, curves, histograms."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

from askew.charts.blocks import Bars, Curve, CurveLine, Histogram, IntervalBar
from askew.charts.html import escaped, isolated, number, tag

ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Steps that people count in, times a power of ten."""
STEPS = 5
SLACK = 1e-9


@dataclass(frozen=True)
class AxisScale:
    """From low to high; both are among the ticks, which stand a step apart."""

    low: float
    high: float
    step: float

    def percent(self, value: float) -> float:
        """How far along the axis, 0 to 100; what lies outside stands at the end."""
        return 100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]

    def label(self, value: float) -> str:
        """With as many decimals as tell two ticks apart."""
        digits = next((d for d in range(9) if abs(round(self.step, d) - self.step) < self.step * 1e-6), 9)
        return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def axis_scale(values: Iterable[float], steps: int = STEPS) -> AxisScale:
    """From the least to the greatest of the finite values, moved out to round ones; about so many steps between."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if high - low <= SLACK * max(abs(low), abs(high)):
        low, high = (low - abs(low or 1) / 2, high + abs(high or 1) / 2) if low else (0.0, 1.0)
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in ROUND if power * times >= rough * (1 - SLACK))
    return AxisScale(math.floor(low / step + SLACK) * step, math.ceil(high / step - SLACK) * step, step)


BAR_HEIGHT = 26.0
"""Of a row's drawing, in pixels. Across, everything is in percent, so that letters stay as large on a narrow screen."""
THICK = 12.0
NAME = 100
"""Characters of a label, and of its note, that are shown."""
CAP = 5.0  # half the height of an interval's ends


def bars_figure(drawn: Bars) -> str:
    """HTML of a figure. A bar begins at 0, which is always in view."""
    along = axis_scale([0.0, *(value for bar in drawn.bars for value in (bar.value, bar.low, bar.high))])
    exact = all(_exact(bar) for bar in drawn.bars)
    digits = _digits(drawn.bars)
    rows = "".join(_bar_row(bar, along, digits) for bar in drawn.bars)
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


def _bar_row(bar: IntervalBar, along: AxisScale, digits: int) -> str:
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


def _drawing(bar: IntervalBar, along: AxisScale) -> str:
    middle = BAR_HEIGHT / 2
    parts = [_interval_line(along.percent(tick), "grid") for tick in along.ticks()]
    if math.isfinite(bar.value):
        zero, end = sorted((along.percent(0.0), along.percent(bar.value)))
        place = {"x": f"{zero:.3f}%", "width": f"{end - zero:.3f}%", "y": middle - THICK / 2, "height": THICK}
        parts.append(tag("rect", {"class": "bar", **place}))
    parts.append(_interval_line(along.percent(0.0), "zero"))
    if not _exact(bar) and math.isfinite(bar.low) and math.isfinite(bar.high):
        low, high = along.percent(bar.low), along.percent(bar.high)
        parts.append(
            tag("line", {"class": "whisker", "x1": f"{low:.3f}%", "x2": f"{high:.3f}%", "y1": middle, "y2": middle})
        )
        parts += [_interval_line(end, "whisker", middle - CAP, middle + CAP) for end in (low, high)]
    return tag("svg", {"height": BAR_HEIGHT, "width": "100%", "aria-hidden": "true"}, "".join(parts))


def _interval_line(percent: float, kind: str, top: float = 0.0, bottom: float = BAR_HEIGHT) -> str:
    return tag("line", {"class": kind, "x1": f"{percent:.3f}%", "x2": f"{percent:.3f}%", "y1": top, "y2": bottom})


def _axis(along: AxisScale) -> str:
    ticks = along.ticks()
    words = [
        tag("text", {"x": f"{along.percent(tick):.3f}%", "y": 14.0, "class": _bar_class(i)}, along.label(tick))
        for i, tick in enumerate(ticks)
    ]
    return tag("svg", {"height": 18.0, "width": "100%", "aria-hidden": "true"}, "".join(words))


def _bar_class(place: int) -> str:
    """Where it is narrow, every second tick is written."""
    return "tick wide" if place % 2 else "tick"


def _exact(bar: IntervalBar) -> bool:
    return bar.low == bar.value == bar.high


def _digits(bars: Sequence[IntervalBar]) -> int:
    """Decimals by which values are told apart: three figures of the largest."""
    largest = max((abs(bar.value) for bar in bars if math.isfinite(bar.value)), default=1.0)
    if all(float(value).is_integer() for bar in bars for value in (bar.value, bar.low, bar.high) if value == value):
        return 0
    return 3 if largest < 10 else 1


PLOT_HEIGHT = 220.0
"""In pixels."""
ALL = 11
"""So many ticks along the bottom find room on a wide screen."""


def plot(x: AxisScale, y: AxisScale, inside: str, names: tuple[str, str], said: tuple[str, str]) -> str:
    """An SVG. inside: what is drawn, in percent. names: of both axes. said: title and description, read aloud."""
    title, told = said
    words = f"<title>{escaped(title)}</title><desc>{escaped(told, 2_000)}</desc>"
    drawn = words + _across(y) + inside + _along(x)
    picture = tag("svg", {"class": "plot", "role": "img", "width": "100%", "height": PLOT_HEIGHT}, drawn)
    above, below = (escaped(name) for name in reversed(names))
    return (
        f'<div class="axes"><p class="y" aria-hidden="true">{above}</p>{picture}'
        f'<p class="x" aria-hidden="true">{below}</p></div>'
    )


def css_percent(value: float) -> str:
    return f"{value:.3f}%"


def upwards(y: AxisScale, value: float) -> float:
    """Percent from the top."""
    return 100 - y.percent(value)


def numbers(summary: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """The table that says the same as the picture, closed until it is wanted."""
    head = "".join(
        f'<th scope="col"{_label_class(place)}>{escaped(name)}</th>' for place, name in zip(count(), headings)
    )
    body = "".join(
        "<tr>" + "".join(f"<td{_label_class(place)}>{escaped(cell)}</td>" for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<details class="numbers"><summary>{escaped(summary)}</summary>{table}</details>'


def _label_class(place: int) -> str:
    return ' class="number"' if place else ""


def _across(y: AxisScale) -> str:
    parts = []
    for tick in y.ticks():
        place = css_percent(upwards(y, tick))
        parts.append(tag("line", {"class": "grid", "x1": "0%", "x2": "100%", "y1": place, "y2": place}))
        parts.append(tag("text", {"class": "tick side", "x": "0%", "y": place, "dx": -8, "dy": 4}, y.label(tick)))
    return "".join(parts)


def _along(x: AxisScale) -> str:
    ticks = x.ticks()
    every = max(1, -(-len(ticks) // ALL))
    parts = []
    for place, tick in enumerate(ticks):
        if place % every == 0:
            kind = "tick wide" if place // every % 2 else "tick"
            at = {"x": css_percent(x.percent(tick)), "y": "100%", "dy": 18}
            parts.append(tag("text", {"class": kind, **at}, x.label(tick)))
    foot = tag("line", {"class": "zero", "x1": "0%", "x2": "100%", "y1": "100%", "y2": "100%"})
    return foot + "".join(parts)


UNIT = 1000  # the drawing's own units along both axes
LISTED = 21
"""Points of a curve in the table."""
MOST = 400
"""Points of a curve that are drawn; a screen shows no more."""


def curves_figure(drawn: Curve) -> str:
    """HTML of a figure. Points that are no numbers are left out."""
    lines = [CurveLine(line.name, tuple(p for p in line.points if all(map(math.isfinite, p)))) for line in drawn.lines]
    points = [point for line in lines for point in line.points]
    x, y = axis_scale(a for a, _ in points), axis_scale((b for _, b in points), 4)
    paths = "".join(_curve_path(line, place, x, y) for place, line in enumerate(lines) if line.points)
    box = f"0 0 {UNIT} {UNIT}"
    inside = tag(
        "svg",
        {"width": "100%", "height": PLOT_HEIGHT, "viewBox": box, "preserveAspectRatio": "none", "class": "data"},
        paths,
    )
    told = " ".join(map(_told, lines))
    picture = plot(x, y, inside, (drawn.x, drawn.y), (drawn.caption or f"{drawn.y} by {drawn.x}", told))
    caption = f"<figcaption>{escaped(drawn.caption, 2_000)}</figcaption>" if drawn.caption else ""
    return f"<figure>{caption}{_legend(lines)}{picture}{_curve_table(drawn, lines)}</figure>"


def _curve_path(line: CurveLine, place: int, x: AxisScale, y: AxisScale) -> str:
    shown = _thinned(line.points, MOST)
    places = [f"{x.percent(a) * UNIT / 100:.1f},{upwards(y, b) * UNIT / 100:.1f}" for a, b in shown]
    places *= 2 if len(places) == 1 else 1  # a line of no length is drawn as a dot
    return tag("polyline", {"class": f"curve c{place % 6}", "points": " ".join(places)})


def _told(line: CurveLine) -> str:
    if not line.points:
        return f"{line.name}: no points."
    (x0, y0), (x1, y1) = line.points[0], line.points[-1]
    return f"{line.name}: from {number(y0)} at {number(x0)} to {number(y1)} at {number(x1)}."


def _legend(lines: list[CurveLine]) -> str:
    if len(lines) < 2:
        return ""
    stroke = {"x1": 0, "x2": 30, "y1": 6, "y2": 6}
    names = "".join(
        "<li>"
        + tag("svg", {"width": 30, "height": 12, "aria-hidden": "true"}, _sample(place, stroke))
        + f" {isolated(line.name)}</li>"
        for place, line in enumerate(lines)
    )
    return f'<ul class="legend">{names}</ul>'


def _sample(place: int, stroke: dict[str, int]) -> str:
    return tag("line", {"class": f"curve c{place % 6}", **stroke})


def _curve_table(drawn: Curve, lines: list[CurveLine]) -> str:
    rows = [(line.name, number(float(a)), number(float(b))) for line in lines for a, b in _thinned(line.points, LISTED)]
    total = sum(len(line.points) for line in lines)
    summary = "The numbers" if len(rows) == total else f"The numbers ({len(rows):,} of {total:,} points)"
    return numbers(summary, ("curve", drawn.x, drawn.y), rows)


def _thinned(points: tuple[tuple[float, float], ...], most: int) -> list[tuple[float, float]]:
    """At most so many, evenly taken, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


GAP = 0.2  # percent of the width, between columns
FEW = 10
"""So many columns have room for their counts above them."""


def histogram_figure(drawn: Histogram) -> str:
    """HTML of a figure."""
    if len(drawn.edges) != len(drawn.counts) + 1:
        raise ValueError(f"{len(drawn.counts)} columns need one edge more, not {len(drawn.edges)}")
    x = _edges(drawn.edges)
    y = axis_scale([0, max((4, *drawn.counts))], 4)  # nothing is counted in halves
    columns = "".join(_column(drawn, place, x, y) for place in range(len(drawn.counts)))
    told = f"{sum(drawn.counts):,} values. " + "; ".join(
        f"{low} to {high}: {count}" for low, high, count in _histogram_rows(drawn) if count != "0"
    )
    picture = plot(x, y, columns, (drawn.x, "how many"), (drawn.caption or drawn.x, told))
    table = numbers("The numbers", (drawn.x, "to", "how many"), _histogram_rows(drawn))
    caption = f"<figcaption>{escaped(drawn.caption, 2_000)}</figcaption>" if drawn.caption else ""
    return f"<figure>{caption}{picture}{table}</figure>"


def _edges(edges: tuple[float, ...]) -> AxisScale:
    """The edges themselves where they are evenly spaced and few, round values otherwise."""
    low, high = edges[0], edges[-1]
    step = (high - low) / (len(edges) - 1)
    even = all(abs(low + i * step - edge) < step * 1e-6 for i, edge in enumerate(edges))
    if even and step > 0:
        return AxisScale(low, high, step)
    return axis_scale(edges) if high > low else AxisScale(low, low + 1, 1)


def _column(drawn: Histogram, place: int, x: AxisScale, y: AxisScale) -> str:
    count = drawn.counts[place]
    left, right = x.percent(drawn.edges[place]), x.percent(drawn.edges[place + 1])
    top = upwards(y, count)
    low, high, told = _histogram_rows(drawn)[place]
    at = {"x": css_percent(left + GAP), "width": css_percent(max(right - left - 2 * GAP, GAP)), "y": css_percent(top)}
    words = f"<title>{low} to {high}: {told}</title>"
    parts = [tag("rect", {"class": "bar", **at, "height": css_percent(100 - top)}, words)]
    if len(drawn.counts) <= FEW and count:
        middle = {"x": css_percent((left + right) / 2), "y": css_percent(top), "dy": -5}
        parts.append(tag("text", {"class": "tick", **middle}, told))
    return "".join(parts)


def _histogram_rows(drawn: Histogram) -> list[tuple[str, str, str]]:
    digits = next((d for d in range(1, 4) if all(abs(round(e, d) - e) < 1e-9 for e in drawn.edges)), 3)
    shown = [number(float(edge), digits) for edge in drawn.edges]
    return [
        (low, high, number(int(count))) for low, high, count in zip(shown[:-1], shown[1:], drawn.counts, strict=True)
    ]
