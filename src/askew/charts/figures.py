"""Figures: bars with intervals, curves and histograms, each with the same numbers as a table."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from askew.charts.blocks import Bars, Curve, CurveLine, Histogram, IntervalBar
from askew.charts.html import number, render

ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Tick spacings that are easy to read, times a power of ten."""
STEPS = 5
SLACK = 1e-9
MOST_LABELS = 11
"""Labels below a wide plot."""
UNIT = 1000
"""Width and height of the curves' own coordinates."""
LISTED = 21
"""Points of a curve in the table."""
DRAWN = 400
"""Points of a curve that are drawn; a screen shows no more."""
GAP = 0.2
"""Space on either side of a column, in percent of the width."""
COUNTED = 10
"""Columns whose counts fit above them."""


@dataclass(frozen=True)
class AxisScale:
    """Axis from low to high, both of which are ticks; step: the distance between two ticks."""

    low: float
    high: float
    step: float

    def percent(self, value: float) -> float:
        """Return the position along the axis, 0 to 100; values outside are moved to the nearer end."""
        return 100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def from_top(self, value: float) -> float:
        """Return the position on a vertical axis, in percent from its top."""
        return 100 - self.percent(value)

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]

    def labelled(self) -> list[float]:
        """Return the ticks, or evenly spaced ones of them if there is no room for all labels."""
        ticks = self.ticks()
        return ticks[:: max(1, -(-len(ticks) // MOST_LABELS))]

    def label(self, value: float) -> str:
        """Format with the decimals that distinguish neighbouring ticks."""
        digits = next((d for d in range(9) if abs(round(self.step, d) - self.step) < self.step * 1e-6), 9)
        return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def axis_scale(values: Iterable[float], steps: int = STEPS) -> AxisScale:
    """Return an axis that covers all finite values, with round ends and about `steps` steps."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if high - low <= SLACK * max(abs(low), abs(high)):
        low, high = (low - abs(low or 1) / 2, high + abs(high or 1) / 2) if low else (0.0, 1.0)
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in ROUND if power * times >= rough * (1 - SLACK))
    return AxisScale(math.floor(low / step + SLACK) * step, math.ceil(high / step - SLACK) * step, step)


def bars_figure(bars: Bars) -> str:
    """Return bars that start at 0, as an HTML figure."""
    values = (value for bar in bars.bars for value in (bar.value, bar.low, bar.high))
    return render(
        "bars.html",
        {
            "bars": bars,
            "axis": axis_scale([0.0, *values]),
            "intervals": not all(bar.exact for bar in bars.bars),
            "digits": _digits(bars.bars),
        },
    )


def curves_figure(curve: Curve) -> str:
    """Return curves as an HTML figure, without points that are not finite."""
    lines = [CurveLine(line.name, tuple(p for p in line.points if all(map(math.isfinite, p)))) for line in curve.lines]
    points = [point for line in lines for point in line.points]
    x, y = axis_scale(a for a, _ in points), axis_scale((b for _, b in points), 4)
    return render(
        "curves.html",
        {
            "curve": curve,
            "lines": lines,
            "paths": [_path(line, x, y) for line in lines],
            "unit": UNIT,
            "title": curve.caption or f"{curve.y} by {curve.x}",
            "description": " ".join(map(_described, lines)),
            "x": x,
            "y": y,
            "numbers": _curve_table(curve, lines),
        },
    )


def histogram_figure(histogram: Histogram) -> str:
    """Return a histogram as an HTML figure."""
    if len(histogram.edges) != len(histogram.counts) + 1:
        raise ValueError(f"{len(histogram.counts)} columns need one edge more, not {len(histogram.edges)}")
    rows = _histogram_rows(histogram)
    filled = "; ".join(f"{low} to {high}: {count}" for low, high, count in rows if count != "0")
    return render(
        "histogram.html",
        {
            "histogram": histogram,
            "title": histogram.caption or histogram.x,
            "description": f"{sum(histogram.counts):,} values. {filled}",
            "x": _edge_scale(histogram.edges),
            "y": axis_scale([0, max((4, *histogram.counts))], 4),  # at least 4: counts have no fractions
            "gap": GAP,
            "counted": len(histogram.counts) <= COUNTED,
            "numbers": {"summary": "The numbers", "headings": (histogram.x, "to", "count"), "rows": rows},
        },
    )


def _digits(bars: Sequence[IntervalBar]) -> int:
    """Return the decimals that give the largest value about three significant digits."""
    largest = max((abs(bar.value) for bar in bars if math.isfinite(bar.value)), default=1.0)
    if all(float(value).is_integer() for bar in bars for value in (bar.value, bar.low, bar.high) if value == value):
        return 0
    return 3 if largest < 10 else 1


def _path(line: CurveLine, x: AxisScale, y: AxisScale) -> str:
    places = [
        f"{x.percent(a) * UNIT / 100:.1f},{y.from_top(b) * UNIT / 100:.1f}" for a, b in _thinned(line.points, DRAWN)
    ]
    return " ".join(places * 2 if len(places) == 1 else places)  # a line of length 0 is drawn as a dot


def _described(line: CurveLine) -> str:
    if not line.points:
        return f"{line.name}: no points."
    (x0, y0), (x1, y1) = line.points[0], line.points[-1]
    return f"{line.name}: from {number(y0)} at {number(x0)} to {number(y1)} at {number(x1)}."


def _curve_table(curve: Curve, lines: Sequence[CurveLine]) -> dict[str, object]:
    rows = [(line.name, number(float(a)), number(float(b))) for line in lines for a, b in _thinned(line.points, LISTED)]
    total = sum(len(line.points) for line in lines)
    summary = "The numbers" if len(rows) == total else f"The numbers ({len(rows):,} of {total:,} points)"
    return {"summary": summary, "headings": ("curve", curve.x, curve.y), "rows": rows}


def _thinned(points: tuple[tuple[float, float], ...], most: int) -> list[tuple[float, float]]:
    """Return at most `most` evenly spaced points, including the first and the last."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def _edge_scale(edges: tuple[float, ...]) -> AxisScale:
    """Return an axis whose ticks are the edges if they are evenly spaced, else round values."""
    low, high = edges[0], edges[-1]
    step = (high - low) / (len(edges) - 1)
    even = all(abs(low + i * step - edge) < step * 1e-6 for i, edge in enumerate(edges))
    if even and step > 0:
        return AxisScale(low, high, step)
    return axis_scale(edges) if high > low else AxisScale(low, low + 1, 1)


def _histogram_rows(histogram: Histogram) -> list[tuple[str, str, str]]:
    digits = next((d for d in range(1, 4) if all(abs(round(e, d) - e) < 1e-9 for e in histogram.edges)), 3)
    shown = [number(float(edge), digits) for edge in histogram.edges]
    return [
        (low, high, number(int(count)))
        for low, high, count in zip(shown[:-1], shown[1:], histogram.counts, strict=True)
    ]
