"""Interactive map page: search, zoom, and clusters to hide."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from askew.charts.html import page, render
from askew.charts.maps import Map, cluster_style
from askew.text.display import shorten

SHOWN = 320
"""Characters of each text in the page."""
GRID = 10_000
"""Grid steps along the longer side, to which points are rounded."""


def map_page(map: Map) -> str:
    """Return a whole page, which holds the beginning of each text."""
    body = render("map.html", {"title": map.title, "note": map.note, "count": len(map.texts)})
    return page(map.title, body, styles=["map.css"], scripts=["map.js"], data={"data": _data(map)})


def _data(map: Map) -> Mapping[str, object]:
    places = _places(map.points)
    sizes = map.sizes()
    numbers = [*range(len(map.names)), *([-1] if (map.labels < 0).any() else [])]
    return {
        "clusters": [
            {
                "number": number,
                "name": map.names[number] if number >= 0 else "outliers",
                "size": sizes[number] if number >= 0 else int((map.labels < 0).sum()),
                **vars(cluster_style(number)),
            }
            for number in numbers
        ],
        "x": places[:, 0].tolist(),
        "y": places[:, 1].tolist(),
        "cluster": map.labels.tolist(),
        "id": list(map.ids),
        "text": [shorten(text, SHOWN) for text in map.texts],
    }


def _places(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return grid positions, 0 to GRID along the longer side, with y pointing down."""
    low, high = points.min(axis=0), points.max(axis=0)
    widest = float((high - low).max()) or 1.0
    across, up = ((points - low) / widest).T
    places: NDArray[np.int64] = np.rint(np.stack((across, up.max() - up), axis=1) * GRID).astype(np.int64)
    return places
