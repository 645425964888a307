from pathlib import Path

import pytest

from askew.dedup.answers import Label, Labels
from askew.dedup.review import ReviewQuestion, ordered, unanswered
from askew.errors import InputError
from askew.types import Pair

TEXTS = {"a": "one", "b": "two", "c": "three"}


def question(score: float, a: str = "a", b: str = "b") -> ReviewQuestion:
    return ReviewQuestion(Pair(score, a, b))


def scores(order: str) -> list[float]:
    asked = [question(score) for score in (0.75, 0.99, 0.83, 0.78, 0.9)]
    return [found.pair.score for found in ordered(asked, order, 0.8)]


def test_the_most_uncertain_are_nearest_to_the_threshold() -> None:
    assert scores("uncertain") == [0.78, 0.83, 0.75, 0.9, 0.99]
    assert scores("best") == [0.99, 0.9, 0.83, 0.78, 0.75]


def test_equal_ones_stay_in_their_order() -> None:
    asked = [question(0.9, "a", "c"), question(0.9, "a", "b"), question(0.9, "b", "c")]
    assert ordered(asked, "best", 0.8) == ordered(asked, "uncertain", 0.8) == asked


def test_another_order_is_refused() -> None:
    with pytest.raises(InputError, match="'worst'"):
        scores("worst")


def test_answered_and_skipped_pairs_are_not_asked_again_but_undone_ones_are(tmp_path: Path) -> None:
    asked = [question(0.9, "a", "b"), question(0.8, "a", "c"), question(0.7, "b", "c")]
    with Labels(tmp_path / "labels.jsonl") as labels:
        labels.add(asked[0].pair, TEXTS, Label.DUPLICATE)
        labels.add(asked[1].pair, TEXTS, Label.SKIP)
        assert unanswered(asked, TEXTS, labels) == asked[2:]
        labels.add(asked[0].pair, TEXTS, Label.UNDONE)
        assert unanswered(asked, TEXTS, labels) == [asked[0], asked[2]]
        assert unanswered(asked, {**TEXTS, "c": "changed"}, labels) == asked
