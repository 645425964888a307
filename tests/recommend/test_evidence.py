import pytest

from askew.recommend.corpus_features import MOST, MOST_ALONE, SCALE, Feature, combined, confidence, weight
from askew.tasks import Kind


def sign(odds: float) -> Feature:
    return Feature("length", 1.0, "times", odds, "A sentence.")


def test_weights_lie_on_straight_lines_and_end_where_the_points_end() -> None:
    points = ((0, -1), (1, 1), (3, 2))
    assert [weight(value, points) for value in (-5, 0, 0.5, 2, 9)] == [-1, -1, 0, 1.5, 2]


def test_without_queries_only_the_corpus_counts() -> None:
    assert combined([sign(0.5), sign(-1.25)], [], 0) == -0.75
    assert combined([sign(9)], [], 0) == MOST_ALONE


def test_queries_outweigh_the_corpus_the_more_of_them_there_are() -> None:
    against = [combined([sign(-2)], [sign(2)], count) for count in (1, 5, 50, 5000)]
    assert against == sorted(against)
    assert against[1] == pytest.approx((2 * SCALE - 2) / 2)
    assert against[-1] == pytest.approx(2 * SCALE, abs=0.01)


def test_nothing_is_ever_certain() -> None:
    assert confidence(0) == 0.5
    assert confidence(combined([sign(99)], [sign(99)] * 9, 10**6)) <= confidence(MOST) < 0.98
    assert confidence(-2) == confidence(2) == pytest.approx(0.8808, abs=1e-4)


def test_a_sign_says_which_way_it_speaks() -> None:
    assert (sign(1).kind, sign(-1).kind) == (Kind.ASYMMETRIC, Kind.SYMMETRIC)
