import math

import numpy as np
import pytest

from askew.encoders.loading import load
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair
from askew.evaluation.pair_measures import correlation, detection, evaluate_pairs, scored, spearman
from askew.models import cards


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


def test_no_pairs_are_refused() -> None:
    with pytest.raises(InputError):
        evaluate_pairs([])


def test_spearman_is_that_of_a_computation_by_hand() -> None:
    """Without ties: 1 - 6 * sum(d^2) / (n (n^2 - 1)), here with d = 0, 1, 1."""
    assert spearman([0.1, 0.5, 0.9], [0, 5, 3]) == pytest.approx(1 - 6 * 2 / 24)
    assert spearman([0.1, 0.2, 0.3], [1, 100, 101]) == pytest.approx(1)


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    """Ranks 1.5, 1.5, 3 against 1, 2, 3: covariance 1.5, variances 1.5 and 2."""
    assert spearman([0.1, 0.1, 0.9], [1, 2, 3]) == pytest.approx(1.5 / math.sqrt(1.5 * 2))


def test_pearson_is_of_the_values() -> None:
    found = correlation([0.0, 1.0, 2.0], [0.0, 1.0, 8.0])
    assert found.spearman == pytest.approx(1)
    assert found.pearson == pytest.approx(8 / math.sqrt(2 * 38))
    assert found.pairs == 3


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    """Of two normal variables with correlation r Spearman's is 6 / pi * asin(r / 2)."""
    rng, r, held = np.random.default_rng(5), 0.7, 0
    truth = 6 / math.pi * math.asin(r / 2)
    for _ in range(100):
        x, noise = rng.normal(size=(2, 150))
        interval = correlation(x, r * x + math.sqrt(1 - r * r) * noise).interval
        held += interval.low <= truth <= interval.high
    assert 90 <= held <= 99


def test_a_draw_that_says_nothing_is_left_out() -> None:
    """Most draws of these have one value only."""
    found = correlation([0.0, 1.0], [0.0, 1.0])
    assert (found.interval.low, found.interval.high) == (pytest.approx(1), pytest.approx(1))


def test_a_pair_scores_what_the_model_gives() -> None:
    encoder = load(cards.get("hashing"), "paraphrase")
    pairs = [LabelledPair("red tent", "red tent", 1), LabelledPair("red tent", "blue kayak", 0)]
    same, other = scored(pairs, encoder)
    assert same == pytest.approx(1)
    assert other < 0.5


@pytest.mark.parametrize(
    ("scores", "gold", "told"),
    [
        ([1.0, 1.0], [1.0, 2.0], "All scores are equal"),
        ([1.0, 2.0], [1.0, 1.0], "All labels are equal"),
        ([1.0], [1.0, 2.0], "1 scores and 2 labels"),
        ([], [], "equal"),
    ],
)
def test_what_nothing_can_follow_is_refused(scores: list[float], gold: list[float], told: str) -> None:
    with pytest.raises(InputError, match=told):
        correlation(scores, gold)
