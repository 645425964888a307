import pytest
from helpers.browser import Parsed

from askew.charts.blocks import Histogram
from askew.charts.figures import histogram_figure


def test_columns_are_as_high_as_their_counts_and_as_wide_as_their_edges() -> None:
    made = Parsed(histogram_figure(Histogram((4, 0, 2), (0.0, 0.5, 0.75, 1.0), "values", "How they <spread>")))
    assert not made.wrong
    columns = made.named("rect")
    assert [a["height"] for a in columns] == ["100.000%", "0.000%", "50.000%"]
    assert [a["x"] for a in columns] == ["0.200%", "50.200%", "75.200%"]
    assert columns[0]["width"] == "49.600%"
    assert "0.50 to 0.75: 0" in made.text
    assert "6 values. 0.00 to 0.50: 4; 0.75 to 1.00: 2" in made.text  # for those who hear it
    assert "The numbers values to how many 0.00 0.50 4" in made.text


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
