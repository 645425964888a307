import numpy as np
import pytest

from askew.errors import InputError
from askew.evaluation.pair_measures import detection


def test_measures_are_those_of_a_computation_by_hand() -> None:
    """Pairs come first and third: AP = (1/1 + 2/3) / 2; down to 0.7 three are found, two of them right."""
    found = detection([0.9, 0.8, 0.7, 0.6], [1, 0, 1, 0])
    assert found.ap == pytest.approx((1 + 2 / 3) / 2)
    assert (found.pairs, found.positives) == (4, 2)
    assert (found.best_f1, found.threshold) == (pytest.approx(0.8), 0.7)
    assert (found.precision, found.recall) == (pytest.approx(2 / 3), 1.0)
    assert (found.accuracy, found.accuracy_threshold) == (0.75, 0.9)


def test_equal_scores_fall_on_the_same_side() -> None:
    found = detection([0.5, 0.5, 0.5, 0.1], [1, 0, 0, 0])
    assert found.ap == pytest.approx(1 / 3)
    assert (found.precision, found.threshold) == (pytest.approx(1 / 3), 0.5)


def test_where_guessing_none_is_best_the_threshold_lies_above_all_scores() -> None:
    found = detection([0.9, 0.5, 0.5, 0.1], [0, 0, 0, 1])
    assert found.accuracy == 0.75
    assert 0.9 < found.accuracy_threshold < 0.91


def test_scores_of_any_scale_are_measured() -> None:
    a = detection([3.0, 2.0, -5.0, 1.0], [1, 1, 0, 0])
    assert (a.ap, a.best_f1, a.threshold) == (1.0, 1.0, 2.0)


def test_the_interval_holds_the_value_and_is_narrower_with_more_pairs() -> None:
    rng = np.random.default_rng(3)
    widths = []
    for count in (50, 800):
        labels = rng.integers(0, 2, count)
        found = detection((labels + rng.normal(size=count)).tolist(), labels.tolist())
        assert found.interval.low < found.ap < found.interval.high
        widths.append(found.interval.high - found.interval.low)
    assert widths[1] < widths[0] / 2


def test_the_same_pairs_always_give_the_same() -> None:
    assert detection([0.9, 0.2, 0.4], [1, 0, 1]) == detection([0.9, 0.2, 0.4], [1, 0, 1])


@pytest.mark.parametrize(
    ("scores", "labels", "told"),
    [
        ([0.1, 0.2], [1, 1], "same label"),
        ([0.1, 0.2], [0, 0], "same label"),
        ([0.1, 0.2], [0, 2], "neither 0 nor 1"),
        ([0.1], [0, 1], "1 scores and 2 labels"),
    ],
)
def test_what_cannot_be_measured_is_refused(scores: list[float], labels: list[float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        detection(scores, labels)
