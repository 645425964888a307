import pytest

from askew.pair_labels.verdict import DUPLICATE, Kind, Verdict, adjusted


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("score", [-0.4, 0.0, 0.3, 0.95, 40.0])
def test_no_score_rises_and_only_those_fall_that_do_not_say_the_same(kind: Kind, score: float) -> None:
    found = adjusted(score, Verdict(kind, ""))
    assert found <= score
    says_it = kind in DUPLICATE or kind is Kind.CONTAINS
    assert (found == score) is (says_it or score <= 0)


def test_a_conflict_falls_below_every_usual_threshold_and_keeps_its_order() -> None:
    scores = [adjusted(score, Verdict(Kind.CONTRADICTS, "")) for score in (0.99, 0.8, 0.7)]
    assert scores == sorted(scores, reverse=True)
    assert max(scores) < 0.5 < adjusted(0.75, Verdict(Kind.RELATED, ""))


def test_what_contains_is_no_duplicate() -> None:
    assert {"identical", "near-identical", "paraphrase"} == DUPLICATE
