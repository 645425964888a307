"""Map as an interactive page: search, zoom, clusters to hide."""

import html
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from askew.charts.html import page
from askew.charts.maps import Map, cluster_style
from askew.text.display import shorten

SHOWN = 320
"""Characters of a text that the page holds."""
GRID = 10_000
"""Points stand on a grid of so many steps along the longer side."""

BODY = """<header>
<div><h1>{title}</h1><p id="note">{note}</p></div>
<button id="theme" type="button">Dark</button>
</header>
<main>
<div id="stage">
<canvas id="map" tabindex="0" role="application" aria-roledescription="map" aria-describedby="keys"
 aria-label="Map of {count} texts"></canvas>
<div id="tip" hidden></div>
<div id="zoom" role="group" aria-label="Zoom">
<button id="in" type="button" aria-label="Zoom in">+</button>
<button id="out" type="button" aria-label="Zoom out">−</button>
<button id="fit" type="button" aria-label="Show everything">⤢</button>
</div>
</div>
<aside>
<label for="search">Search the texts</label>
<input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="a word, or several">
<p id="count" role="status" aria-live="polite"></p>
<section id="results-panel" hidden><ul id="results" aria-label="Texts found"></ul></section>
<section>
<h2 id="legend-title">Clusters</h2>
<p class="row"><button id="all" type="button">Show all</button><button id="none" type="button">Hide all</button></p>
<ul id="legend" aria-labelledby="legend-title"></ul>
</section>
<p id="keys">Drag to move, scroll to zoom. Keys on the map: arrows, + and −, 0 for everything, n and p for the next and
the previous text in view.</p>
</aside>
</main>
<div id="said" role="status" aria-live="polite" class="unseen"></div>
<noscript><p>The map needs JavaScript, which is in this file; nothing is fetched.</p></noscript>"""


def map_page(map: Map) -> str:
    """The whole file, as text. Of each text its beginning."""
    body = BODY.format(title=html.escape(map.title), note=html.escape(map.note), count=f"{len(map.texts):,}")
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
    """From 0 to GRID along the longer side, y downwards."""
    low, high = points.min(axis=0), points.max(axis=0)
    widest = float((high - low).max()) or 1.0
    across, up = ((points - low) / widest).T
    places: NDArray[np.int64] = np.rint(np.stack((across, up.max() - up), axis=1) * GRID).astype(np.int64)
    return places
