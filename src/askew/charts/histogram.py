"""How is the spread of many values drawn? As columns, each as high as values fall between its edges."""

from askew.charts.blocks import Histogram
from askew.charts.markup import escaped, number, tag
from askew.charts.plot import numbers, percent, plot, upwards
from askew.charts.scale import Scale, scale

GAP = 0.2  # percent of the width, between columns
FEW = 10
"""So many columns have room for their counts above them."""


def histogram_figure(drawn: Histogram) -> str:
    """HTML of a figure."""
    if len(drawn.edges) != len(drawn.counts) + 1:
        raise ValueError(f"{len(drawn.counts)} columns need one edge more, not {len(drawn.edges)}")
    x = _edges(drawn.edges)
    y = scale([0, max((4, *drawn.counts))], 4)  # nothing is counted in halves
    columns = "".join(_column(drawn, place, x, y) for place in range(len(drawn.counts)))
    told = f"{sum(drawn.counts):,} values. " + "; ".join(
        f"{low} to {high}: {count}" for low, high, count in _rows(drawn) if count != "0"
    )
    picture = plot(x, y, columns, (drawn.x, "how many"), (drawn.caption or drawn.x, told))
    table = numbers("The numbers", (drawn.x, "to", "how many"), _rows(drawn))
    caption = f"<figcaption>{escaped(drawn.caption, 2_000)}</figcaption>" if drawn.caption else ""
    return f"<figure>{caption}{picture}{table}</figure>"


def _edges(edges: tuple[float, ...]) -> Scale:
    """The edges themselves where they are evenly spaced and few, round values otherwise."""
    low, high = edges[0], edges[-1]
    step = (high - low) / (len(edges) - 1)
    even = all(abs(low + i * step - edge) < step * 1e-6 for i, edge in enumerate(edges))
    if even and step > 0:
        return Scale(low, high, step)
    return scale(edges) if high > low else Scale(low, low + 1, 1)


def _column(drawn: Histogram, place: int, x: Scale, y: Scale) -> str:
    count = drawn.counts[place]
    left, right = x.percent(drawn.edges[place]), x.percent(drawn.edges[place + 1])
    top = upwards(y, count)
    low, high, told = _rows(drawn)[place]
    at = {"x": percent(left + GAP), "width": percent(max(right - left - 2 * GAP, GAP)), "y": percent(top)}
    words = f"<title>{low} to {high}: {told}</title>"
    parts = [tag("rect", {"class": "bar", **at, "height": percent(100 - top)}, words)]
    if len(drawn.counts) <= FEW and count:
        middle = {"x": percent((left + right) / 2), "y": percent(top), "dy": -5}
        parts.append(tag("text", {"class": "tick", **middle}, told))
    return "".join(parts)


def _rows(drawn: Histogram) -> list[tuple[str, str, str]]:
    digits = next((d for d in range(1, 4) if all(abs(round(e, d) - e) < 1e-9 for e in drawn.edges)), 3)
    shown = [number(float(edge), digits) for edge in drawn.edges]
    return [
        (low, high, number(int(count))) for low, high, count in zip(shown[:-1], shown[1:], drawn.counts, strict=True)
    ]
