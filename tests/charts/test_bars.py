import math
import re

from helpers.browser import Parsed

from askew.charts.blocks import Bars, IntervalBar
from askew.charts.figures import bars_figure

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
