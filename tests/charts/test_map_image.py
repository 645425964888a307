import io
from dataclasses import replace

import matplotlib.image
import numpy as np

from askew.charts.map_image import map_image
from askew.charts.maps import COLOURS, Map


def pixels(data: bytes) -> np.ndarray:
    return matplotlib.image.imread(io.BytesIO(data), format="png")[..., :3]


def holds(image: np.ndarray, colour: str) -> bool:
    """Also where it is drawn thinly on white."""
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    thin = 1 - 0.75 * (1 - wanted)
    return bool((np.abs(image - thin).max(axis=-1) < 0.02).any())


def test_it_is_a_picture_with_the_colours_of_its_clusters(map: Map) -> None:
    image = pixels(map_image(map))
    assert image.shape == (1200, 1800, 3)
    assert [holds(image, colour) for colour in COLOURS[:4]] == [True, True, True, False]


def test_the_same_map_is_the_same_file_and_another_is_not(map: Map) -> None:
    assert map_image(map) == map_image(map)
    assert map_image(map) != map_image(replace(map, names=["a", "b", "c"]))


def test_it_shows_no_text_but_names(map: Map) -> None:
    assert map_image(map) == map_image(replace(map, texts=["secret"] * 7, ids=["x"] * 7))


def test_more_clusters_than_colours_or_lines_and_none_at_all(map: Map) -> None:
    count = 90
    points = np.random.default_rng(1).normal(size=(count * 2, 2))
    labels = np.arange(count * 2) % count
    many = replace(map, points=points, labels=labels, names=[f"name {i}, of some length, here" for i in range(count)])
    assert pixels(map_image(many)).std() > 0.05
    none = replace(map, labels=np.full(7, -1), names=[])
    assert pixels(map_image(none)).std() > 0
