import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from helpers.browser import Parsed, needs_browser, shown

from askew.charts.blocks import (
    Bars,
    Block,
    Curve,
    CurveLine,
    Example,
    Examples,
    ExampleSide,
    Histogram,
    IntervalBar,
    ReportSection,
    TableBlock,
)
from askew.charts.html import web
from askew.charts.report import LONG, ROWS, report_page, table_figure

NASTY = [
    "</script><script>alert(1)</script>",
    "]]> <img src=x onerror=alert(1)>",
    "<!-- <style>",
    "مرحبا بالعالم",
    "\u202eabc",
    "x" * 10_000,
    "👩‍👩‍👧 🎉",
    "a\x00b\ud800c",
    "&amp; {title} {body}",
]
BLOCKS = ("a", "b", "c", "d")


def blocks(text: str) -> tuple[Block, ...]:
    return (
        TableBlock((text, "n"), ((text, 1),), text),
        Bars((IntervalBar(text, 1, 0, 2, text),), text, text),
        Curve((CurveLine(text, ((0, 0), (1, 1))), CurveLine(text, ())), text, text, text),
        Histogram((1, 2), (0, 1, 2), text, text),
        Examples((Example(text, (text,), (ExampleSide(text, (text, text), (0,)),)),), text),
    )


def test_the_answer_comes_first_and_then_the_sections() -> None:
    sections = [ReportSection(f"Section {name}", (f"Prose {name}.",)) for name in BLOCKS]
    page = Parsed(report_page("Title", "The lead.", sections))
    assert not page.wrong
    assert page.text.startswith("Title Title The lead. Section a Section b Section c Section d Section a Prose a.")
    targets = [(a["href"] or "")[1:] for a in page.named("a")]
    assert targets == [a["id"] for a in page.named("section")] == ["s0", "s1", "s2", "s3"]
    assert {tag for tag, _ in page.found} >= {"header", "main", "nav", "h1", "h2", "footer"}


def test_few_sections_need_no_contents() -> None:
    assert "<nav" not in report_page("t", "l", [ReportSection("one")])


@pytest.mark.parametrize("text", NASTY)
def test_no_text_is_markup_wherever_it_stands(text: str) -> None:
    made = report_page(text, text, [ReportSection(text, (text,), blocks(text))] * 4)
    made.encode("utf-8")
    page = Parsed(made)
    assert not page.wrong
    harmless = Parsed(report_page("t", "t", [ReportSection("t", ("t",), blocks("t"))] * 4))
    assert [tag for tag, _ in page.found] == [tag for tag, _ in harmless.found]
    assert len(made) < 200_000 + 40 * len(text)


def test_nothing_is_fetched_and_nothing_is_styled_in_place() -> None:
    made = report_page("t", "l", [ReportSection("s", ("p",), blocks("x"))] * 4)
    page = Parsed(made)
    for tag, attributes in page.found:
        assert not {"src", "style", "onclick", "xlink:href"} & set(attributes), tag
        assert (attributes.get("href") or "#").startswith("#")
    assert not re.search(r"https?:|url\(|@import|fetch\(|XMLHttpRequest|innerHTML|eval\(", made)


def test_every_picture_has_a_name_or_a_table_around_it() -> None:
    page = Parsed(report_page("t", "l", [ReportSection("s", (), blocks("x"))]))
    named = [a for a in page.named("svg") if a.get("role") == "img"]
    assert len(named) == len(page.named("desc")) == 2
    assert all(a.get("role") == "img" or "aria-hidden" in a or a.get("class") == "data" for a in page.named("svg"))


def test_what_is_right_is_said_and_not_only_coloured() -> None:
    sides = (ExampleSide("dense", ("wrong one", "good one"), (1,)), ExampleSide("lexical", ()))
    page = Parsed(report_page("t", "l", [ReportSection("s", (), (Examples((Example("q", ("line",), sides),)),))]))
    assert "q line dense wrong one ✓ right: good one lexical" in page.text


def test_style_and_script_can_stand_in_a_page() -> None:
    for name in ("report.css", "report.js"):
        assert "</s" not in web(name)
    for colour in set(re.findall(r"var\((--[a-z-]+)\)", web("report.css"))):
        assert f"{colour}:" in web("page.css") + web("report.css"), colour


@pytest.mark.skipif(not shutil.which("node"), reason="there is no Node here")
def test_the_script_is_whole(tmp_path: Path) -> None:
    (tmp_path / "report.js").write_text(web("report.js"), "utf-8")
    subprocess.run(["node", "--check", tmp_path / "report.js"], check=True, timeout=60)


@needs_browser
def test_a_browser_shows_it_and_its_script_runs(tmp_path: Path) -> None:
    rows = tuple((f"query {i}", i / 100) for i in range(30))
    sections = [ReportSection(text[:50], (text,), blocks(text)) for text in NASTY]
    sections.append(ReportSection("Long", (), (TableBlock(("query", "value"), rows),)))
    document = shown(report_page("Title", "Lead", sections), tmp_path)
    page = Parsed(document)
    assert len(page.named("section")) == len(NASTY) + 1
    assert [a["type"] for a in page.named("input")] == ["search"]  # the script made it
    assert "Find a row" in page.text
    assert not page.named("img")
    assert json.dumps("alert(1)")[1:-1] in page.text  # as text


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
    assert [a.get("class") for a in Parsed(made).named("tr")] == [None, None, "strong"]
    assert '<th scope="row"><strong><bdi>y</bdi></strong></th>' in made


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
