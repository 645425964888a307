"""The ground that curves and histograms are drawn on: two axes, with words that keep their size on narrow screens.

Along both axes places are percentages of the drawing, letters are pixels; so nothing is scaled but the data.
"""

from collections.abc import Sequence
from itertools import count

from askew.charts.markup import escaped, tag
from askew.charts.scale import Scale

HEIGHT = 220.0
"""In pixels."""
ALL = 11
"""So many ticks along the bottom find room on a wide screen."""


def plot(x: Scale, y: Scale, inside: str, names: tuple[str, str], said: tuple[str, str]) -> str:
    """An SVG. inside: what is drawn, in percent. names: of both axes. said: title and description, read aloud."""
    title, told = said
    words = f"<title>{escaped(title)}</title><desc>{escaped(told, 2_000)}</desc>"
    drawn = words + _across(y) + inside + _along(x)
    picture = tag("svg", {"class": "plot", "role": "img", "width": "100%", "height": HEIGHT}, drawn)
    above, below = (escaped(name) for name in reversed(names))
    return (
        f'<div class="axes"><p class="y" aria-hidden="true">{above}</p>{picture}'
        f'<p class="x" aria-hidden="true">{below}</p></div>'
    )


def percent(value: float) -> str:
    return f"{value:.3f}%"


def upwards(y: Scale, value: float) -> float:
    """Percent from the top."""
    return 100 - y.percent(value)


def numbers(summary: str, headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """The table that says the same as the picture, closed until it is wanted."""
    head = "".join(f'<th scope="col"{_kind(place)}>{escaped(name)}</th>' for place, name in zip(count(), headings))
    body = "".join(
        "<tr>" + "".join(f"<td{_kind(place)}>{escaped(cell)}</td>" for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return f'<details class="numbers"><summary>{escaped(summary)}</summary>{table}</details>'


def _kind(place: int) -> str:
    return ' class="number"' if place else ""


def _across(y: Scale) -> str:
    parts = []
    for tick in y.ticks():
        place = percent(upwards(y, tick))
        parts.append(tag("line", {"class": "grid", "x1": "0%", "x2": "100%", "y1": place, "y2": place}))
        parts.append(tag("text", {"class": "tick side", "x": "0%", "y": place, "dx": -8, "dy": 4}, y.label(tick)))
    return "".join(parts)


def _along(x: Scale) -> str:
    ticks = x.ticks()
    every = max(1, -(-len(ticks) // ALL))
    parts = []
    for place, tick in enumerate(ticks):
        if place % every == 0:
            kind = "tick wide" if place // every % 2 else "tick"
            at = {"x": percent(x.percent(tick)), "y": "100%", "dy": 18}
            parts.append(tag("text", {"class": kind, **at}, x.label(tick)))
    foot = tag("line", {"class": "zero", "x1": "0%", "x2": "100%", "y1": "100%", "y2": "100%"})
    return foot + "".join(parts)
