import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.browser import Parsed, needs_browser, shown

from askew.evaluation.abstention import risk_coverage
from askew.evaluation.evaluate import Evaluation, evaluate_runs, titled
from askew.evaluation.report import evaluation_page

SECTIONS = [
    "How often a right document is found",
    "Which is better, and could it be chance?",
    "The measures, and how sure they are",
    "How the queries spread",
    "Where they differ most",
    "Every query",
    "What the measures mean",
    "How this was measured",
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
    lead = "Of 40 queries, new puts a right document first for 30 (75 %), and at least one among the first ten for 30"
    assert lead in page.text
    assert page.text.index(lead) < page.text.index(SECTIONS[0])
    assert headings(evaluation_page(made())) == SECTIONS


def test_counts_and_verdict_can_be_read_without_knowing_a_measure() -> None:
    text = Parsed(evaluation_page(made())).text
    assert "old 0 (0 %) 40 (100 %) 40 (100 %) 0 (0 %) new 30 (75 %) 30 (75 %) 30 (75 %) 10 (25 %)" in text
    assert "new is better than old by 25.0 points (75.0 against 50.0)" in text
    assert "hardly chance" in text
    assert "Right, but not shown below" not in text.split("Where new is most clearly worse")[0]
    assert "✓ right: Title" in text


def test_the_first_system_may_be_the_best() -> None:
    texts = {f"q{i}": "x" for i in range(30)}
    qrels = {id: {"right": 1.0} for id in texts}
    good = {id: {"right": 1.0} for id in texts}
    one = evaluate_runs(("RR",), texts, qrels, {"good": good, "empty": {}})
    assert "It is better than empty, and that is hardly chance." in Parsed(evaluation_page(one)).text
    same = evaluate_runs(("RR",), texts, qrels, {"good": good, "too": good})
    text = Parsed(evaluation_page(same)).text
    assert "On average no other system is better, but chance may have its part in that." in text
    assert "Nowhere: every query has the same value with all of them." in text


def test_a_system_alone_is_compared_with_nothing() -> None:
    texts = {"q": "x"}
    page = evaluation_page(evaluate_runs(("RR",), texts, {"q": {"d": 1.0}}, {"only": {"q": {"d": 1.0}}}))
    assert SECTIONS[1] not in headings(page)
    assert "Where it does worst" in headings(page)
    assert "Of one query, only puts a right document first for 1 (100 %)" in page


def test_measures_beyond_one_are_no_points() -> None:
    texts = {"q": "x"}
    one = evaluate_runs(("NumRel", "RR"), texts, {"q": {"d": 1.0, "e": 1.0}}, {"a": {"q": {"d": 1.0}}, "b": {}})
    assert "points" not in Parsed(evaluation_page(one)).text


def test_silence_has_its_section_where_it_was_measured() -> None:
    told = risk_coverage([0.9, 0.8, 0.1], [True, True, False])
    page = evaluation_page(made(), {"old": told})
    assert "When it should rather say nothing" in headings(page)
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
