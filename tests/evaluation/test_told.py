from dataclasses import replace

import pytest

from askew.evaluation.evaluate import Evaluation, evaluate_runs
from askew.evaluation.plain_words import (
    best_system,
    briefly,
    chance,
    difference,
    how_often,
    joined,
    places,
    reach,
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
    found = places(one, one.systems[1])
    assert found == [1] * 5 + [3] * 15
    assert [within(found, last) for last in (1, 2, 3)] == [5, 5, 20]
    assert how_often(one, one.systems[1]) == (
        "Of 20 queries, new puts a right document first for 5 (25 %), and at least one among the first ten for 20 "
        "(100 %)."
    )
    assert places(one, replace(one.systems[1], run={})) == [0] * 20


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


def test_a_true_difference_is_called_one_and_chance_is_called_chance() -> None:
    sure = made(better=20)
    assert verdict(sure, sure.contests[0]) == (
        "new is better than old by 50.0 points (100.0 against 50.0). If both were equally good, a difference this "
        "large would come up in fewer than 1 of 1,000 such sets of queries: this is hardly chance."
    )
    assert briefly(sure.contests[0], True) == "It is better than old by 50.0 points of 100, and that is hardly chance."
    unsure = made(better=6)
    words = verdict(unsure, unsure.contests[0])
    assert words.startswith("new is better than old by 3.3 points on average (53.3 against 50.0), but these queries do")
    assert words.endswith("this may well be chance.")
    worse = made(better=0)
    assert "new is worse than old by 16.7 points" in verdict(worse, worse.contests[0])


def test_no_difference_is_none() -> None:
    one = made()
    assert verdict(one, one.contests[1]) == "new and old are equally good on average (100.0 against 100.0)."
    assert briefly(one.contests[1], True) == "On average it is as good as old."
    assert reach(one.contests[1], True) == "0.0 to 0.0"


def test_what_is_read_as_nothing_has_no_sign() -> None:
    assert [difference(value, True) for value in (0.023, -0.001, -0.0001, 0.0)] == ["+2.3", "−0.1", "0.0", "0.0"]
    assert difference(-0.0004, False) == "0.000"
    assert difference(-1.25, False) == "−1.250"


def test_names_are_joined() -> None:
    assert [joined(names) for names in (["a"], ["a", "b"], ["a", "b", "c"])] == ["a", "a and b", "a, b and c"]
