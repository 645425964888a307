"""Maps of texts: points and clusters, as a PNG and as an interactive page."""

import io
import textwrap
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.charts.html import one_line, page, render
from askew.errors import InputError
from askew.text.display import shorten

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8822ee")
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "plus")
OUTLIER = "#9a9a9a"


@dataclass(frozen=True)
class Map:
    """points: (n, 2). labels: the cluster of each point, -1 for outliers. names: of the clusters 0, 1, ….

    note: a sentence below the title that says how the map was made.
    """

    title: str
    note: str
    points: NDArray[np.float64]
    labels: NDArray[np.int64]
    names: Sequence[str]
    ids: Sequence[str]
    texts: Sequence[str]

    def sizes(self) -> list[int]:
        """Return the number of points in each cluster."""
        return [int((self.labels == number).sum()) for number in range(len(self.names))]


@dataclass(frozen=True)
class ClusterStyle:
    colour: str
    shape: str


def cluster_style(cluster: int) -> ClusterStyle:
    if cluster < 0:
        return ClusterStyle(OUTLIER, "circle")
    return ClusterStyle(COLOURS[cluster % len(COLOURS)], SHAPES[cluster // len(COLOURS) % len(SHAPES)])


SHOWN = 320
"""Characters of each text in the page."""
GRID = 10_000
"""Grid steps along the longer side, to which points are rounded."""


def map_page(map: Map) -> str:
    """Return a whole page, which holds the beginning of each text."""
    body = render("map.html", {"title": map.title, "note": map.note, "count": len(map.texts)})
    return page(map.title, body, styles=["map.css"], scripts=["map.js"], data={"data": map_fields(map)})


def map_fields(map: Map) -> Mapping[str, object]:
    """Return a map as JSON: clusters with colours and shapes, and columns x, y, cluster, id and text of the points.

    x, y: on a grid of `GRID` steps along the longer side, y downwards. text: its beginning.
    """
    places = _places(map.points)
    sizes = map.sizes()
    numbers = [*range(len(map.names)), *([-1] if (map.labels < 0).any() else [])]
    return {
        "clusters": [
            {
                "number": number,
                "name": one_line(map.names[number]) if number >= 0 else "outliers",
                "size": sizes[number] if number >= 0 else int((map.labels < 0).sum()),
                **vars(cluster_style(number)),
            }
            for number in numbers
        ],
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "cluster": map.labels.tolist(),
        "id": [one_line(id) for id in map.ids],
        "text": [one_line(text, SHOWN) for text in map.texts],
    }


def _places(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return grid positions, 0 to GRID along the longer side, with y pointing down."""
    low, high = points.min(axis=0), points.max(axis=0)
    widest = float((high - low).max()) or 1.0
    across, up = ((points - low) / widest).T
    places: NDArray[np.int64] = np.rint(np.stack((across, up.max() - up), axis=1) * GRID).astype(np.int64)
    return places


INCHES = (12.0, 8.0)
DOTS_PER_INCH = 150
MARKERS = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D", "cross": "X", "plus": "P"}
LISTED = 30
"""Clusters in the legend and labelled on the map; further ones are counted."""
FEW = 12
"""Up to this many labels are set in larger type."""
LABEL_WIDTH = 38
"""Characters of a label."""
WRAPPED = 22
"""Longer labels are broken into two lines."""
NOTE_WIDTH = 165
"""Characters of a line of the note, of which two are shown."""
LEADER = 0.9
"""A label further from its cluster than this, in label heights, gets a leader line."""
Offset = tuple[float, float]
OFFSETS: tuple[Offset, ...] = (
    (0, 0), (0, 1), (0, -1), (0.5, 0.5), (-0.5, 0.5), (0.5, -0.5), (-0.5, -0.5),
    (0.5, 1), (-0.5, 1), (0.5, -1), (-0.5, -1), (0, 1.6), (0, -1.6), (0.8, 0), (-0.8, 0),
    (0, 2.2), (0, -2.2), (0.7, 1.8), (-0.7, 1.8), (0.7, -1.8), (-0.7, -1.8),
)  # fmt: skip
"""Positions to try for a label, in multiples of its width and height, nearest first."""


@dataclass(frozen=True)
class Box:
    """Label box; x, y: its centre."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: "Box") -> bool:
        wide, high = (self.width + other.width) / 2, (self.height + other.height) / 2
        return abs(self.x - other.x) < wide and abs(self.y - other.y) < high


def placed(wanted: Sequence[Box], width: float, height: float) -> dict[int, Box]:
    """Return the boxes that fit into the area without overlap, by position in `wanted`; earlier ones come first."""
    found: dict[int, Box] = {}
    for number, box in enumerate(wanted):
        for right, up in OFFSETS:
            tried = _inside(box, box.x + right * box.width, box.y + up * box.height, width, height)
            if not any(tried.meets(other) for other in found.values()):
                found[number] = tried
                break
    return found


def _inside(box: Box, x: float, y: float, width: float, height: float) -> Box:
    x = min(max(x, box.width / 2), max(width - box.width / 2, box.width / 2))
    y = min(max(y, box.height / 2), max(height - box.height / 2, box.height / 2))
    return Box(x, y, box.width, box.height)


SCRIPTS = (
    "Noto Sans ",
    "Arial Unicode MS",
    "Microsoft YaHei",
    "SimHei",
    "PingFang",
    "WenQuanYi",
    "Hiragino Sans",
    "Malgun",
)
"""Beginnings of the names of fonts for scripts that the usual font lacks."""


def map_image(map: Map) -> bytes:
    """Return a PNG; the same map gives the same bytes. InputError if matplotlib is missing.

    Warns of names in a script for which this machine has no font.
    """
    if find_spec("matplotlib") is None:
        raise InputError("A PNG needs matplotlib: pip install 'askew[clusters]'. Or write the map as .html.")
    from matplotlib import rc_context

    with rc_context({"font.family": _fonts()}), warnings.catch_warnings(record=True) as told:
        warnings.filterwarnings("always", "Glyph", UserWarning)
        image = _image(map)
    if told:
        warnings.warn(
            "No font on this machine has all characters of the names, which are boxes in the picture: install one, or "
            "write the map as .html.",
            stacklevel=2,
        )
    return image


def _fonts() -> list[str]:
    """Return the fonts of this machine that are tried in turn for each character."""
    from matplotlib.font_manager import fontManager

    return ["DejaVu Sans", *sorted({font.name for font in fontManager.ttflist if font.name.startswith(SCRIPTS)})]


def _image(map: Map) -> bytes:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.015, 0.02, 0.705, 0.88))
    _points(axes, map)
    figure.text(0.015, 0.955, _safe(map.title), fontsize=15, weight="bold", va="center")
    note = "\n".join(textwrap.wrap(_safe(map.note), NOTE_WIDTH)[:2])
    figure.text(0.015, 0.938, note, fontsize=8.5, color="#555555", va="top", linespacing=1.3)
    _legend(figure, map)
    _names(figure, axes, map)
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": "askew"})
    return file.getvalue()


def _points(axes: Any, map: Map) -> None:
    size = float(np.clip(16000 / max(len(map.labels), 1), 3, 46))
    for number in range(-1, len(map.names)):
        rows = map.points[map.labels == number]
        seen = cluster_style(number)
        axes.scatter(
            *rows.T, s=size, c=seen.colour, marker=MARKERS[seen.shape], linewidths=0, alpha=0.4 if number < 0 else 0.75
        )
    axes.set(xticks=[], yticks=[])
    axes.margins(0.06)
    for edge in axes.spines.values():
        edge.set_color("#d0d0d0")


def _legend(figure: Any, map: Map) -> None:
    from matplotlib.lines import Line2D

    sizes = map.sizes()
    shown = [(number, f"{_short(name)}  ({sizes[number]:,})") for number, name in enumerate(map.names[:LISTED])]
    outliers = int((map.labels < 0).sum())
    if outliers:
        shown.append((-1, f"outliers  ({outliers:,})"))
    handles = [
        Line2D(
            [],
            [],
            linestyle="",
            marker=MARKERS[cluster_style(n).shape],
            color=cluster_style(n).colour,
            markeredgewidth=0,
            markersize=7,
        )
        for n, _ in shown
    ]
    more = len(map.names) - LISTED
    figure.legend(
        handles, [label for _, label in shown], loc="upper left", bbox_to_anchor=(0.725, 0.905), frameon=False,
        fontsize=8, borderaxespad=0, handletextpad=0.3, labelspacing=0.55,
    )  # fmt: skip
    if more > 0:
        figure.text(0.735, 0.02, f"… and {more:,} more", fontsize=8, color="#555555", va="bottom")


def _names(figure: Any, axes: Any, map: Map) -> None:
    """Label each cluster at its median, where there is room."""
    from matplotlib.patheffects import withStroke

    figure.canvas.draw()
    area = axes.get_window_extent()
    made, boxes = [], []
    size = 9 if len(map.names) <= FEW else 7.5
    for number, name in enumerate(map.names[:LISTED]):
        rows = map.points[map.labels == number]
        x, y = axes.transData.transform(np.median(rows, axis=0))
        text = figure.text(0, 0, _wrapped(_short(name)), fontsize=size, weight="bold", ha="center", va="center")
        text.set_path_effects([withStroke(linewidth=3, foreground="white", alpha=0.85)])
        extent = text.get_window_extent()
        boxes.append(Box(x - area.x0, y - area.y0, extent.width + 6, extent.height + 4))
        made.append(text)
    room = placed(boxes, area.width, area.height)
    width, height = figure.get_size_inches() * figure.dpi
    for number, text in enumerate(made):
        if number not in room:
            text.remove()
            continue
        here, wanted = room[number], boxes[number]
        x, y = area.x0 + here.x, area.y0 + here.y
        text.set_position((x / width, y / height))
        if abs(here.y - wanted.y) > LEADER * here.height or abs(here.x - wanted.x) > here.width / 2:
            ends = axes.transData.inverted().transform([(x, y), (area.x0 + wanted.x, area.y0 + wanted.y)])
            axes.plot(*ends.T, color="#777777", linewidth=0.8, zorder=0.5, scalex=False, scaley=False)


def _short(name: str) -> str:
    return _safe(shorten(name, LABEL_WIDTH))


def _wrapped(name: str) -> str:
    """Break a long label at a comma into two lines of similar length."""
    if len(name) <= WRAPPED or ", " not in name:
        return name
    parts = name.split(", ")
    broken = [(", ".join(parts[:i]) + ",", ", ".join(parts[i:])) for i in range(1, len(parts))]
    return "\n".join(min(broken, key=lambda lines: max(map(len, lines))))


def _safe(text: str) -> str:
    """Escape dollar signs, which start a formula in matplotlib."""
    return text.replace("$", r"\$")
