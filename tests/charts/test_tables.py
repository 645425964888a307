import pytest
from helpers.browser import Parsed

from askew.charts.blocks import TableBlock
from askew.charts.report import LONG, ROWS, table_figure


def test_numbers_stand_to_the_right_and_the_first_column_names_the_row() -> None:
    made = Parsed(
        table_figure(TableBlock(("system", "n", "share"), (("dense", 1200, "44 %"), ("lexical", 0.5, "–")), "Both"))
    )
    assert not made.wrong
    assert made.text == "Both system n share dense 1,200 44 % lexical 0.500 –"
    assert [a.get("class") for a in made.named("th") if a["scope"] == "col"] == [None, "number", "number"]
    assert sum(a["scope"] == "row" for a in made.named("th")) == 2
    assert made.named("div")[0]["aria-label"] == "Both"


def test_strong_rows_are_strong_without_colour_too() -> None:
    made = table_figure(TableBlock(("a", "b"), (("x", 1), ("y", 2)), strong=(1,)))
    assert made.count("<strong>") == 2
    assert '<tr class="strong"><th scope="row"><strong><bdi>y</bdi></strong>' in made


def test_a_long_table_is_cut_and_says_so() -> None:
    made = Parsed(table_figure(TableBlock(("query", "n"), tuple((f"q{i}", i) for i in range(10_000)))))
    assert len(made.named("tr")) == ROWS + 1
    assert "The first 500 of 10,000 rows." in made.text
    assert made.named("table")[0]["class"] == "data long"
    short = Parsed(table_figure(TableBlock(("n",), ((1,),) * LONG)))
    assert short.named("table")[0]["class"] == "data"


def test_missing_values_are_dashes_and_no_rows_are_no_fault() -> None:
    assert "<td" not in table_figure(TableBlock(("a",), ()))
    assert Parsed(table_figure(TableBlock(("a", "b"), ((None, True),)))).text == "a b – True"


def test_a_row_must_fit_its_headings() -> None:
    with pytest.raises(ValueError, match="1 cells under 2 headings"):
        table_figure(TableBlock(("a", "b"), ((1,),)))
