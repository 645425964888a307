import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.browser import Parsed, needs_browser, shown

from askew.charts.blocks import Curve, TableBlock
from askew.evaluation.abstention import risk_coverage
from askew.evaluation.evaluate import Evaluation, evaluate_runs, titled, winners
from askew.evaluation.report import (
    ALONE,
    EACH,
    abstention_section,
    changed,
    contests,
    each,
    evaluation_page,
    method_section,
    query_values_section,
    shown_queries,
    single,
    worst,
)

SECTIONS = [
    "How often a relevant document is found",
    "Which system is better, and is the difference significant?",
    "Measures with confidence intervals",
    "Distribution over queries",
    "Where the systems differ most",
    "All queries",
    "What the measures mean",
    "Method",
]


def made(queries: int = 40, text: str = "query {}", title: str = "Title") -> Evaluation:
    """`old` has the right document second; `new` has it first, but for every fourth query not at all."""
    texts = {f"q{i}": text.format(i) if "{}" in text else text for i in range(queries)}
    old = {id: {"a": 2.0, "right": 1.0} for id in texts}
    new = {id: {"right": 2.0, "a": 1.0} if i % 4 else {"a": 1.0} for i, id in enumerate(texts)}
    qrels = {id: {"right": 1.0} for id in texts}
    found = evaluate_runs(("RR@10", "nDCG@10", "R@100"), texts, qrels, {"old": old, "new": new})
    return titled(found, {"right": title, "a": "Another"})


def headings(page: str) -> list[str]:
    return re.findall(r"<h2[^>]*>(.*?)</h2>", page)


def test_it_begins_with_what_came_out_and_ends_with_how() -> None:
    page = Parsed(evaluation_page(made()))
    assert not page.wrong
    lead = "30 of 40 queries (75 %), new"
    assert lead in page.text
    assert page.text.index(lead) < page.text.index(SECTIONS[0])
    assert headings(evaluation_page(made())) == SECTIONS


def test_counts_and_verdict_can_be_read_without_knowing_a_measure() -> None:
    text = Parsed(evaluation_page(made())).text
    assert "old 0 (0 %) 40 (100 %) 40 (100 %) 0 (0 %) new 30 (75 %) 30 (75 %) 30 (75 %) 10 (25 %)" in text
    assert "new is better than old by 25.0 points (75.0 against 50.0)" in text
    assert "is significant" in text
    assert "not shown below" not in text.split("new is much worse")[0]
    assert "✓ right: Title" in text


def test_the_first_system_may_be_the_best() -> None:
    texts = {f"q{i}": "x" for i in range(30)}
    qrels = {id: {"right": 1.0} for id in texts}
    good = {id: {"right": 1.0} for id in texts}
    one = evaluate_runs(("RR",), texts, qrels, {"good": good, "empty": {}})
    assert "It is better than empty" in Parsed(evaluation_page(one)).text
    same = evaluate_runs(("RR",), texts, qrels, {"good": good, "too": good})
    text = Parsed(evaluation_page(same)).text
    assert "no other system is better" in text
    assert "Nowhere" in text


def test_a_system_alone_is_compared_with_nothing() -> None:
    texts = {"q": "x"}
    page = evaluation_page(evaluate_runs(("RR",), texts, {"q": {"d": 1.0}}, {"only": {"q": {"d": 1.0}}}))
    assert SECTIONS[1] not in headings(page)
    assert "Worst queries" in headings(page)
    assert "1 of 1 query (100 %)" in page


def test_measures_beyond_one_are_no_points() -> None:
    texts = {"q": "x"}
    one = evaluate_runs(("NumRel", "RR"), texts, {"q": {"d": 1.0, "e": 1.0}}, {"a": {"q": {"d": 1.0}}, "b": {}})
    assert "points" not in Parsed(evaluation_page(one)).text


def test_silence_has_its_section_where_it_was_measured() -> None:
    told = risk_coverage([0.9, 0.8, 0.1], [True, True, False])
    page = evaluation_page(made(), {"old": told})
    assert "When to abstain" in headings(page)
    assert not Parsed(page).wrong


@pytest.mark.parametrize(
    "text", ["</script><script>alert(1)</script>", "]]>", "\u202eمرحبا", "x" * 10_000, "a\x00\ud800"]
)
def test_hostile_texts_do_no_harm(text: str) -> None:
    page = evaluation_page(made(8, text, text))
    page.encode("utf-8")
    assert [tag for tag, _ in Parsed(page).found] == [tag for tag, _ in Parsed(evaluation_page(made(8))).found]
    assert len(page) < 400_000


def test_many_queries_are_listed_in_part() -> None:
    one = made(8)
    ids = [f"many{i}" for i in range(10_000)]
    queries = tuple(replace(one.queries[i % 8], id=id) for i, id in enumerate(ids))
    systems = tuple(
        replace(
            system,
            values={name: {id: by[f"q{i % 8}"] for i, id in enumerate(ids)} for name, by in system.values.items()},
            run={id: system.run[f"q{i % 8}"] for i, id in enumerate(ids)},
        )
        for system in one.systems
    )
    page = evaluation_page(replace(one, queries=queries, systems=systems))
    assert "The first 500 of 10,000 rows." in page
    assert len(page) < 400_000


@needs_browser
def test_a_browser_shows_it(tmp_path: Path) -> None:
    page = Parsed(shown(evaluation_page(made()), tmp_path))
    assert "Find a row" in page.text
    assert len(page.named("section")) == len(SECTIONS)


GOOD = risk_coverage([0.9, 0.8, 0.7, 0.2, 0.1], [True, True, True, False, False])
BAD = risk_coverage([0.1, 0.2, 0.3, 0.8, 0.9], [True, True, True, False, False])


def test_the_price_of_silence_is_told_for_each_system() -> None:
    found = abstention_section({"good": GOOD, "bad": BAD})
    words = " ".join(found.prose)
    assert "5 queries" in words
    assert "good" in words
    assert "5 answers, of which 2 (40 %)" in words
    assert "If at most 10 % may be wrong, it can answer 60 % of the queries." in words
    assert "More than 10 % are wrong" in words


def test_the_curve_has_a_line_for_each_and_the_table_a_row() -> None:
    curve, table = abstention_section({"good": GOOD, "bad": BAD}).blocks
    assert isinstance(curve, Curve)
    assert [line.name for line in curve.lines] == ["good", "bad"]
    assert curve.lines[0].points[2] == (0.6, 0.0)
    assert isinstance(table, TableBlock)
    assert table.rows[0][:4] == ("good", "60 %", "60 %", "60 %")
    assert table.rows[0][-1] == "1.000"


TEXTS = {f"q{i}": f"query {i}" for i in range(20)}
QRELS = {id: {"right": 2.0, "also": 1.0, "wrong": 0.0} for id in TEXTS}
OLD = {id: {"wrong": 2.0, "right": 1.0} for id in TEXTS}
RIGHT = {id: {"right": 2.0 if i < 10 else 0.5, "wrong": 1.0} for i, id in enumerate(TEXTS) if i != 19}
WRONG: dict[str, dict[str, float]] = {}


def exampled(*names: str) -> Evaluation:
    runs = {"old": OLD, "good": RIGHT, "bad": WRONG}
    found = evaluate_runs(("nDCG@10", "R@10"), TEXTS, QRELS, {name: runs[name] for name in names})
    return titled(found, {"right": "The right\none", "also": "Another " * 40})


def test_comparisons_are_those_of_the_first_measure_the_greatest_gain_first() -> None:
    found = contests(exampled("old", "bad", "good"))
    assert [(one.system, one.measure) for one in found] == [("good", "nDCG@10"), ("bad", "nDCG@10")]


def test_one_comparison_shows_more_queries_than_several() -> None:
    assert each(exampled("old", "good")) == ALONE
    assert each(exampled("old", "good", "bad")) == EACH


def test_every_query_that_is_shown_is_told_once() -> None:
    found = shown_queries(exampled("old", "good", "bad"))
    assert len({one.id for one in found}) == len(found) <= 4 * EACH
    assert "q19" in {one.id for one in found}  # which only the old system answers
    assert len(shown_queries(exampled("old"))) == ALONE
    assert worst(exampled("good"))[0].id == "q19"


def test_an_example_has_what_each_found_and_what_is_right() -> None:
    one = exampled("old", "good")
    example = changed(one, one.contests[0], winners(one, one.contests[0], 1)[0])
    assert example.title == "query 0"
    assert example.lines[0].endswith("2 documents are relevant.")
    assert example.lines[1].startswith("Relevant, but not shown below: “Another Another")
    assert len(example.lines[1]) < 200
    old, good = example.sides
    assert (old.name, old.lines, old.right) == ("old", ("wrong", "The right one"), (1,))
    assert (good.name, good.lines, good.right) == ("good", ("The right one", "wrong"), (0,))


def test_a_query_without_answer_or_text_is_told_too() -> None:
    one = exampled("bad")
    query = replace(one.queries[0], text="")
    example = single(one, query)
    assert example.title == "q0"
    assert example.sides[0].name == "bad: nothing found"
    assert "“The right one”; “Another" in example.lines[1]  # the better judged first


THREE = {"a": "alike", "b": "better", "w": "worse", "none": "without"}
JUDGED = {"a": {"d": 1.0}, "b": {"d": 1.0, "x": 0.0}, "w": {"d": 2.0}, "gone": {"d": 1.0}}
FIRST = {"a": {"d": 1.0}, "w": {"d": 1.0}}
NEW = {"a": {"d": 1.0}, "b": {"x": 2.0, "d": 1.0}}


def table(blocks: tuple[object, ...]) -> TableBlock:
    (one,) = blocks
    assert isinstance(one, TableBlock)
    return one


def test_every_query_is_listed_and_those_that_differ_most_come_first() -> None:
    found = table(query_values_section(evaluate_runs(("RR",), THREE, JUDGED, {"old": FIRST, "new": NEW})).blocks)
    assert found.headings == ("query", "old", "new")
    assert found.rows == (("worse", "1.000", "0.000"), ("better", "0.000", "0.500"), ("alike", "1.000", "1.000"))
    alone = query_values_section(evaluate_runs(("RR",), THREE, JUDGED, {"old": FIRST}))
    assert table(alone.blocks).rows[0] == ("better", "0.000")
    assert "lowest values come first" in alone.prose[0]


def test_what_was_left_out_is_counted() -> None:
    found = table(method_section(evaluate_runs(("RR",), THREE, JUDGED, {"old": FIRST})).blocks)
    assert [row[1] for row in found.rows] == [3, 1, 1, 4, 3]


def test_only_what_was_done_is_told() -> None:
    def told(*names: str) -> str:
        runs = {"old": FIRST, "new": NEW, "other": {}}
        return " ".join(
            method_section(evaluate_runs(("RR",), THREE, JUDGED, {name: runs[name] for name in names})).prose
        )

    assert "bootstrap" in told("old")
    assert "Fisher" not in told("old")
    assert "Fisher" in told("old", "new")
    assert "Holm" not in told("old", "new")
    assert "2 comparisons" in told("old", "new", "other")
    assert "compared with old" in told("old", "new", "other")
