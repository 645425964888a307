from dataclasses import replace

import pytest

from askew.evaluation.evaluate import Evaluation, evaluate_runs
from askew.evaluation.plain_words import (
    KNOWN,
    best_system,
    chance,
    difference,
    explained,
    first_ranks,
    how_often,
    interval_of,
    joined,
    short_verdict,
    significant,
    verdict,
    within,
)


def made(better: int = 20, asked: int = 20) -> Evaluation:
    """One right document for each query: `old` has it second; `new` has it first for so many, third for the others."""
    texts = {f"q{i}": f"query {i}" for i in range(asked)}
    qrels = {id: {"right": 1.0} for id in texts}
    old = {id: {"a": 3.0, "right": 2.0, "b": 1.0} for id in texts}
    new = {id: {"a": 2.0, "right": 3.0 if i < better else 0.5, "b": 1.0} for i, id in enumerate(texts)}
    return evaluate_runs(("RR@10", "R@100"), texts, qrels, {"old": old, "new": new})


def test_how_often_is_counted_by_the_first_right_document() -> None:
    one = made(better=5)
    found = first_ranks(one, one.systems[1])
    assert found == [1] * 5 + [3] * 15
    assert [within(found, last) for last in (1, 2, 3)] == [5, 5, 20]
    words = how_often(one, one.systems[1])
    assert all(part in words for part in ("5 of 20 queries (25 %)", "new", "20 (100 %)"))
    assert first_ranks(one, replace(one.systems[1], run={})) == [0] * 20


def test_the_best_is_best_by_the_first_measure_and_the_first_of_equals() -> None:
    assert best_system(made(better=20)).name == "new"
    assert best_system(made(better=0)).name == "old"
    assert best_system(replace(made(), measures=("R@100",))).name == "old"


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.0001, "fewer than 1 of 1,000"), (0.004, "fewer than 1 of 100"), (0.0101, "about 1 of 100"), (1.0, "nearly all"),
     (0.43, "about 43 of 100"), (0.9949, "about 99 of 100"), (0.29, "about 29 of 100")],
)  # fmt: skip
def test_chance_in_words(p: float, words: str) -> None:
    assert words in chance(p)


def test_a_true_difference_is_significant_and_a_small_one_is_not() -> None:
    sure = made(better=20)
    assert significant(sure.contests[0])
    words = verdict(sure, sure.contests[0])
    assert words.startswith("new is better than old by 50.0 points (100.0 against 50.0).")
    assert "fewer than 1 of 1,000" in words
    assert "50.0 points of 100" in short_verdict(sure.contests[0], True)
    unsure = made(better=6)
    assert not significant(unsure.contests[0])
    words = verdict(unsure, unsure.contests[0])
    assert "by 3.3 points on average (53.3 against 50.0)" in words
    assert "not significant" in words
    worse = made(better=0)
    assert "new is worse than old by 16.7 points" in verdict(worse, worse.contests[0])


def test_no_difference_is_none() -> None:
    one = made()
    assert verdict(one, one.contests[1]) == "new and old are equally good on average (100.0 against 100.0)."
    assert short_verdict(one.contests[1], True) == "On average it is as good as old."
    assert interval_of(one.contests[1], True) == "0.0 to 0.0"


def test_what_is_read_as_nothing_has_no_sign() -> None:
    assert [difference(value, True) for value in (0.023, -0.001, -0.0001, 0.0)] == ["+2.3", "−0.1", "0.0", "0.0"]
    assert difference(-0.0004, False) == "0.000"
    assert difference(-1.25, False) == "−1.250"


def test_names_are_joined() -> None:
    assert [joined(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]


FOUND = {"d1": 4.0, "x": 3.0, "y": 2.0, "d2": 1.0}


@pytest.mark.parametrize(
    ("measure", "right", "said"),
    [("nDCG@10", ["d1", "d2"], "0.88"), ("R@100", ["d1", "d2", "y", "z"], "0.75"), ("RR@10", ["y"], "0.33"),
     ("AP", ["d1", "d2"], "0.75"), ("AP@10", ["d1", "d2"], "0.75"), ("P@10", ["d1", "d2", "x"], "0.30")],
)  # fmt: skip
def test_the_examples_are_reckoned_right(measure: str, right: list[str], said: str) -> None:
    value = evaluate_runs((measure,), {"q": "query"}, {"q": dict.fromkeys(right, 1.0)}, {"s": {"q": FOUND}})
    assert f"{value.summaries[0].mean:.2f}" == said
    assert any(said in line for line in explained(measure).lines)


def test_the_title_names_the_measure_as_it_is_written() -> None:
    assert explained("nDCG@10").title == "nDCG@10: how good the order is"
    assert "the first 1,000" in explained("R@1000").lines[0]
    assert "all ranks" in explained("AP").lines[0]
    assert "2 or higher" in explained("P(rel=2)@5").lines[-1]


@pytest.mark.parametrize("measure", ["infAP", "ERR@20", "<b>", "nDCG(dcg='exp-log2')@10"])
def test_what_is_not_known_is_sent_to_where_it_is(measure: str) -> None:
    told = explained(measure)
    assert told.title.startswith(measure.split("(")[0])
    assert told.lines


def test_two_sentences_each() -> None:
    for tell in KNOWN.values():
        title, meaning, reckoned = tell("the first 10")
        assert not title.endswith(".")
        assert meaning.count(". ") == 1
        assert reckoned.endswith(".")
