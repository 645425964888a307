import math

from helpers.browser import Parsed

from askew.charts.blocks import Curve, CurveLine
from askew.charts.figures import LISTED, MOST, curves_figure

TWO = Curve(
    (CurveLine("dense", ((0.0, 0.0), (0.5, 1.0), (1.0, 0.5))), CurveLine("<hybrid>", ((0.0, 1.0), (1.0, 1.0)))),
    "x",
    "y",
)


def test_points_are_drawn_where_they_belong() -> None:
    lines = Parsed(curves_figure(TWO)).named("polyline")
    assert [a["points"] for a in lines] == [
        "0.0,1000.0 500.0,0.0 1000.0,500.0",
        "0.0,0.0 1000.0,0.0",
    ]


def test_lines_have_a_colour_and_a_dash_of_their_own_and_are_named() -> None:
    made = Parsed(curves_figure(TWO))
    assert not made.wrong
    assert [a["class"] for a in made.named("polyline")] == ["curve c0", "curve c1"]
    assert "dense <hybrid> y" in made.text
    assert "dense: from 0.000 at 0.000 to 0.500 at 1.000." in made.text
    assert "The numbers curve x y dense 0.000 0.000" in made.text


def test_long_curves_are_thinned_and_keep_their_ends() -> None:
    many = tuple((i / 100_000, (i % 7) / 7) for i in range(100_001))
    made = Parsed(curves_figure(Curve((CurveLine("one", many),), "x", "y")))
    points = (made.named("polyline")[0]["points"] or "").split()
    assert len(points) == MOST
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
