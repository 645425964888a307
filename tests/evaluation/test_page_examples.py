from dataclasses import replace

from askew.evaluation.evaluate import Evaluation, evaluate_runs, titled, winners
from askew.evaluation.report_examples import ALONE, EACH, changed, contests, each, shown_queries, single, worst

TEXTS = {f"q{i}": f"query {i}" for i in range(20)}
QRELS = {id: {"right": 2.0, "also": 1.0, "wrong": 0.0} for id in TEXTS}
OLD = {id: {"wrong": 2.0, "right": 1.0} for id in TEXTS}
GOOD = {id: {"right": 2.0 if i < 10 else 0.5, "wrong": 1.0} for i, id in enumerate(TEXTS) if i != 19}
BAD: dict[str, dict[str, float]] = {}


def made(*names: str) -> Evaluation:
    runs = {"old": OLD, "good": GOOD, "bad": BAD}
    found = evaluate_runs(("nDCG@10", "R@10"), TEXTS, QRELS, {name: runs[name] for name in names})
    return titled(found, {"right": "The right\none", "also": "Another " * 40})


def test_comparisons_are_those_of_the_first_measure_the_greatest_gain_first() -> None:
    found = contests(made("old", "bad", "good"))
    assert [(one.system, one.measure) for one in found] == [("good", "nDCG@10"), ("bad", "nDCG@10")]


def test_one_comparison_shows_more_queries_than_several() -> None:
    assert each(made("old", "good")) == ALONE
    assert each(made("old", "good", "bad")) == EACH


def test_every_query_that_is_shown_is_told_once() -> None:
    found = shown_queries(made("old", "good", "bad"))
    assert len({one.id for one in found}) == len(found) <= 4 * EACH
    assert "q19" in {one.id for one in found}  # which only the old system answers
    assert len(shown_queries(made("old"))) == ALONE
    assert worst(made("good"))[0].id == "q19"


def test_an_example_has_what_each_found_and_what_is_right() -> None:
    one = made("old", "good")
    example = changed(one, one.contests[0], winners(one, one.contests[0], 1)[0])
    assert example.title == "query 0"
    assert example.lines[0].endswith("2 documents are right.")
    assert example.lines[1].startswith("Right, but not shown below: “Another Another")
    assert len(example.lines[1]) < 200
    old, good = example.sides
    assert (old.name, old.lines, old.right) == ("old", ("wrong", "The right one"), (1,))
    assert (good.name, good.lines, good.right) == ("good", ("The right one", "wrong"), (0,))


def test_a_query_without_answer_or_text_is_told_too() -> None:
    one = made("bad")
    query = replace(one.queries[0], text="")
    example = single(one, query)
    assert example.title == "q0"
    assert example.sides[0].name == "bad: nothing found"
    assert "“The right one”; “Another" in example.lines[1]  # the better judged first
