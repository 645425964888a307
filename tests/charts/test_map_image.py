import io
from dataclasses import replace
from itertools import combinations

import matplotlib.image
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from askew.charts import maps
from askew.charts.maps import COLOURS, Box, Map, map_image, placed


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


def test_names_without_a_font_are_told(map: Map, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maps, "SCRIPTS", ())
    with pytest.warns(UserWarning, match=r"font.*\.html"):
        assert pixels(map_image(replace(map, names=["密码", "b", "c"]))).shape == (1200, 1800, 3)


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


BOXES = st.builds(
    Box, st.floats(0, 400), st.floats(0, 300), st.floats(20, 120), st.floats(8, 40)
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(BOXES, max_size=25))
def test_no_name_stands_on_another_or_outside(wanted: list[Box]) -> None:
    found = placed(wanted, 400, 300)
    assert not any(a.meets(b) for a, b in combinations(found.values(), 2))
    for box in found.values():
        assert box.width / 2 - 1e-6 <= box.x <= 400 - box.width / 2 + 1e-6
        assert box.height / 2 - 1e-6 <= box.y <= 300 - box.height / 2 + 1e-6
    assert not wanted or 0 in found


def test_a_name_alone_stays_where_it_is_and_the_second_steps_aside() -> None:
    box = Box(200, 150, 80, 20)
    found = placed([box, box], 400, 300)
    assert found[0] == box
    assert found[1].x == 200
    assert abs(found[1].y - 150) == 20


def test_where_there_is_no_room_the_last_is_left_out() -> None:
    box = Box(50, 10, 100, 20)
    assert list(placed([box, box], 100, 20)) == [0]
