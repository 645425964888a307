import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.charts.figures import axis_scale

NUMBERS = st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda value: round(value, 6))


@given(st.lists(NUMBERS, min_size=1, max_size=20))
def test_every_value_stands_on_the_axis_and_the_ends_are_ticks(values: list[float]) -> None:
    axis = axis_scale(values)
    slack = 1e-6 * max(abs(axis.low), abs(axis.high))
    assert axis.low - slack <= min(values) <= max(values) <= axis.high + slack
    ticks = axis.ticks()
    assert 2 <= len(ticks) <= 9
    assert ticks[0] == axis.low
    assert ticks[-1] == pytest.approx(axis.high)
    assert len({axis.label(tick) for tick in ticks}) == len(ticks)


def test_ticks_are_round() -> None:
    axis = axis_scale([0, 0.372])
    assert [axis.label(tick) for tick in axis.ticks()] == ["0.0", "0.1", "0.2", "0.3", "0.4"]
    axis = axis_scale([-0.03, 0.03])
    assert [axis.label(tick) for tick in axis.ticks()] == ["−0.04", "−0.02", "0.00", "0.02", "0.04"]
    assert axis_scale([0, 12_000]).label(12_500) == "12,500"


def test_places_are_percentages_and_what_lies_outside_stands_at_the_end() -> None:
    axis = axis_scale([0, 1])
    assert [axis.percent(value) for value in (-1, 0, 0.25, 1, 7)] == [0, 0, 25, 100, 100]


@pytest.mark.parametrize("values", [[], [math.nan], [math.inf], [0.0], [3.0, 3.0], [-2.0]])
def test_an_axis_has_a_length_whatever_there_is(values: list[float]) -> None:
    axis = axis_scale(values)
    assert axis.low < axis.high
