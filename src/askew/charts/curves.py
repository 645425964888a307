"""How are curves drawn? Each with a colour and a dash of its own, and with its numbers in a table below."""

import math

from askew.charts.blocks import Curve, Line
from askew.charts.markup import escaped, isolated, number, tag
from askew.charts.plot import HEIGHT, numbers, plot, upwards
from askew.charts.scale import Scale, scale

UNIT = 1000  # the drawing's own units along both axes
LISTED = 21
"""Points of a curve in the table."""
MOST = 400
"""Points of a curve that are drawn; a screen shows no more."""


def curves_figure(drawn: Curve) -> str:
    """HTML of a figure. Points that are no numbers are left out."""
    lines = [Line(line.name, tuple(p for p in line.points if all(map(math.isfinite, p)))) for line in drawn.lines]
    points = [point for line in lines for point in line.points]
    x, y = scale(a for a, _ in points), scale((b for _, b in points), 4)
    paths = "".join(_path(line, place, x, y) for place, line in enumerate(lines) if line.points)
    box = f"0 0 {UNIT} {UNIT}"
    inside = tag(
        "svg",
        {"width": "100%", "height": HEIGHT, "viewBox": box, "preserveAspectRatio": "none", "class": "data"},
        paths,
    )
    told = " ".join(map(_told, lines))
    picture = plot(x, y, inside, (drawn.x, drawn.y), (drawn.caption or f"{drawn.y} by {drawn.x}", told))
    caption = f"<figcaption>{escaped(drawn.caption, 2_000)}</figcaption>" if drawn.caption else ""
    return f"<figure>{caption}{_legend(lines)}{picture}{_table(drawn, lines)}</figure>"


def _path(line: Line, place: int, x: Scale, y: Scale) -> str:
    shown = _thinned(line.points, MOST)
    places = [f"{x.percent(a) * UNIT / 100:.1f},{upwards(y, b) * UNIT / 100:.1f}" for a, b in shown]
    places *= 2 if len(places) == 1 else 1  # a line of no length is drawn as a dot
    return tag("polyline", {"class": f"curve c{place % 6}", "points": " ".join(places)})


def _told(line: Line) -> str:
    if not line.points:
        return f"{line.name}: no points."
    (x0, y0), (x1, y1) = line.points[0], line.points[-1]
    return f"{line.name}: from {number(y0)} at {number(x0)} to {number(y1)} at {number(x1)}."


def _legend(lines: list[Line]) -> str:
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


def _table(drawn: Curve, lines: list[Line]) -> str:
    rows = [(line.name, number(float(a)), number(float(b))) for line in lines for a, b in _thinned(line.points, LISTED)]
    total = sum(len(line.points) for line in lines)
    summary = "The numbers" if len(rows) == total else f"The numbers ({len(rows):,} of {total:,} points)"
    return numbers(summary, ("curve", drawn.x, drawn.y), rows)


def _thinned(points: tuple[tuple[float, float], ...], most: int) -> list[tuple[float, float]]:
    """At most so many, evenly taken, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]
