from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from askew.charts.map_image import Box, placed

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
