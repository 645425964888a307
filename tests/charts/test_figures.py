import math
import re

import pytest
from helpers.browser import Parsed
from hypothesis import given
from hypothesis import strategies as st

from askew.charts.blocks import Bars, Curve, CurveLine, Histogram, IntervalBar
from askew.charts.figures import DRAWN, LISTED, AxisScale, axis_scale, bars_figure, curves_figure, histogram_figure

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


def test_a_plot_has_a_name_a_description_and_ticks() -> None:
    curve = Curve((CurveLine("<one>", ((0.0, 0.0), (1.0, 10.0))),), "<across>", "up & down", "Title")
    page = Parsed(curves_figure(curve))
    assert not page.wrong
    assert [a["role"] for a in page.named("svg") if "role" in a] == ["img"]
    told = "<one>: from 0.000 at 0.000 to 10.000 at 1.000."
    assert page.text.startswith(f"Title up & down Title {told} 0.0 2.5 5.0 7.5 10.0 0.0 0.2 0.4 0.6 0.8 1.0 <across>")
    assert "style=" not in curves_figure(curve)


def test_many_ticks_are_thinned() -> None:
    assert AxisScale(0, 30, 1).labelled() == [float(3 * i) for i in range(11)]
    page = Parsed(histogram_figure(Histogram((1,) * 30, tuple(range(31)), "x")))
    along = [a for a in page.named("text") if a.get("dy") == "18"]
    assert len(along) == 11
    assert [a["class"] for a in along[:3]] == ["tick", "tick wide", "tick"]


def test_a_vertical_axis_is_measured_from_the_top() -> None:
    assert [axis_scale([0, 1]).from_top(value) for value in (0, 0.75, 1)] == [100, 25, 0]


def test_the_numbers_are_a_table_that_can_be_opened() -> None:
    page = Parsed(curves_figure(TWO_CURVES))
    tags = [tag for tag, _ in page.found]
    assert tags[tags.index("details") :][:3] == ["details", "summary", "table"]
    assert page.text.endswith("<hybrid> 0.000 1.000 <hybrid> 1.000 1.000")


TWO = Bars(
    (IntervalBar("dense", 0.2, 0.1, 0.3, "by <meaning>"), IntervalBar("lexical", -0.1, -0.2, 0.05)),
    "difference",
    "Of both",
)


def bars(made: str) -> list[tuple[str | None, str | None]]:
    return [(a["x"], a["width"]) for a in Parsed(made).named("rect")]


def test_a_bar_begins_at_zero_and_ends_at_its_value() -> None:
    made = bars_figure(TWO)  # the axis goes from −0.2 to 0.3
    assert bars(made) == [("40.000%", "40.000%"), ("20.000%", "20.000%")]
    whiskers = [(a["x1"], a["x2"]) for a in Parsed(made).named("line") if a["class"] == "whisker"]
    assert whiskers[0] == ("60.000%", "100.000%")
    assert len(whiskers) == 6  # a line with two ends, for each


def test_it_is_a_table_that_says_the_same() -> None:
    page = Parsed(bars_figure(TWO))
    assert not page.wrong
    assert "dense by <meaning> 0.200 0.100 to 0.300" in page.text
    assert "lexical −0.100 −0.200 to 0.050" in page.text
    assert all(a.get("aria-hidden") == "true" for a in page.named("svg") if a["height"] == "26")
    assert [a["role"] for a in page.named("table")] == ["table"]


def test_exact_values_have_no_interval() -> None:
    page = Parsed(
        bars_figure(Bars((IntervalBar("one", 3, 3, 3), IntervalBar("two", 12_000, 12_000, 12_000)), "documents"))
    )
    assert "whisker" not in {a["class"] for a in page.named("line")}
    assert "two 12,000" in page.text
    assert "to" not in page.text.split()


def test_values_that_are_not_known_leave_a_dash() -> None:
    made = bars_figure(
        Bars((IntervalBar("a", math.nan, math.nan, math.nan), IntervalBar("b", 0.5, 0.4, math.inf)), "x")
    )
    assert not re.search(r"nan|inf", made)
    assert len(bars(made)) == 1
    assert Parsed(bars_figure(Bars((), "x"))).wrong == []


TWO_CURVES = Curve(
    (CurveLine("dense", ((0.0, 0.0), (0.5, 1.0), (1.0, 0.5))), CurveLine("<hybrid>", ((0.0, 1.0), (1.0, 1.0)))),
    "x",
    "y",
)


def test_points_are_drawn_where_they_belong() -> None:
    lines = Parsed(curves_figure(TWO_CURVES)).named("polyline")
    assert [a["points"] for a in lines] == [
        "0.0,1000.0 500.0,0.0 1000.0,500.0",
        "0.0,0.0 1000.0,0.0",
    ]


def test_lines_have_a_colour_and_a_dash_of_their_own_and_are_named() -> None:
    made = Parsed(curves_figure(TWO_CURVES))
    assert not made.wrong
    assert [a["class"] for a in made.named("polyline")] == ["curve c0", "curve c1"]
    assert "dense <hybrid> y" in made.text
    assert "dense: from 0.000 at 0.000 to 0.500 at 1.000." in made.text
    assert "The numbers curve x y dense 0.000 0.000" in made.text


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    many = tuple((i / 100_000, (i % 7) / 7) for i in range(100_001))
    made = Parsed(curves_figure(Curve((CurveLine("one", many),), "x", "y")))
    points = (made.named("polyline")[0]["points"] or "").split()
    assert len(points) == DRAWN
    assert (points[0].split(",")[0], points[-1].split(",")[0]) == ("0.0", "1000.0")
    assert f"The numbers ({LISTED} of 100,001 points)" in made.text


def test_single_points_are_dots_and_what_is_no_number_is_left_out() -> None:
    lines = (
        CurveLine("none", ()),
        CurveLine("dot", ((0.0, math.nan), (1.0, 1.0))),
        CurveLine("far", ((math.inf, 0.0),)),
    )
    made = curves_figure(Curve(lines, "x", "y"))
    (dot,) = Parsed(made).named("polyline")
    assert len((dot["points"] or "").split()) == 2
    assert "nan" not in made
    assert "none: no points." in made
    assert not Parsed(curves_figure(Curve((), "x", "y"))).wrong


def test_columns_are_as_high_as_their_counts_and_as_wide_as_their_edges() -> None:
    made = Parsed(histogram_figure(Histogram((4, 0, 2), (0.0, 0.5, 0.75, 1.0), "values", "How they <spread>")))
    assert not made.wrong
    columns = made.named("rect")
    assert [a["height"] for a in columns] == ["100.000%", "0.000%", "50.000%"]
    assert [a["x"] for a in columns] == ["0.200%", "50.200%", "75.200%"]
    assert columns[0]["width"] == "49.600%"
    assert "0.50 to 0.75: 0" in made.text
    assert "6 values. 0.00 to 0.50: 4; 0.75 to 1.00: 2" in made.text  # for those who hear it
    assert "The numbers values to count 0.00 0.50 4" in made.text


def test_even_edges_are_the_ticks() -> None:
    edges = tuple(i / 10 for i in range(11))
    made = Parsed(histogram_figure(Histogram((1,) * 10, edges, "x")))
    assert "0.0 0.1 0.2 0.3 0.4 0.5 0.6 0.7 0.8 0.9 1.0 x" in made.text


def test_nothing_at_all_and_a_single_place() -> None:
    assert not Parsed(histogram_figure(Histogram((0, 0), (0, 0, 0), "x"))).wrong
    assert not Parsed(histogram_figure(Histogram((7,), (2, 3), "x"))).wrong


def test_edges_and_counts_must_fit() -> None:
    with pytest.raises(ValueError, match="one edge more"):
        histogram_figure(Histogram((1, 2), (0, 1), "x"))
