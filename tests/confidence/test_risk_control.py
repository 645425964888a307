from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import binom, binomtest

from askew.confidence.risk_control import (
    Guarantee,
    Infeasible,
    LabelledScores,
    check_precision,
    cuts,
    first_rank,
    guarantee,
    labelled_scores,
    labels_needed,
    try_guarantee,
)
from askew.errors import InputError

Floats = NDArray[np.float64]


def labelled(*runs: tuple[int, int]) -> LabelledScores:
    """Runs of right labels and of wrong ones after them, from the highest score down, every score another one."""
    right = [one for good, bad in runs for one in [True] * good + [False] * bad]
    return labelled_scores([float(-place) for place in range(len(right))], right)


def test_labels_at_or_above_each_score_are_counted() -> None:
    labelled = labelled_scores([0.2, 0.9, 0.5, 0.7], [False, True, False, True], total=6)
    assert labelled.values == (0.9, 0.7, 0.5, 0.2)
    assert labelled.right == (True, True, False, False)
    assert labelled.total == 6
    found = cuts(labelled)
    assert found.above.tolist() == [1, 2, 3, 4]
    assert found.wrong.tolist() == [0, 0, 1, 2]


def test_equal_scores_are_one_cut() -> None:
    found = cuts(labelled_scores([0.5, 0.5, 0.9, 0.5], [True, False, True, False]))
    assert (found.values.tolist(), found.above.tolist(), found.wrong.tolist()) == ([0.9, 0.5], [1, 4], [0, 2])


def test_without_labels_there_is_no_cut() -> None:
    assert len(cuts(labelled_scores([], [])).values) == 0


def test_a_score_that_is_not_finite_is_refused() -> None:
    with pytest.raises(InputError):
        labelled_scores([0.5, float("nan")], [True, True])


@pytest.mark.parametrize(
    ("promise", "confidence", "labels"), [(0.95, 0.9, 45), (0.9, 0.9, 22), (0.99, 0.9, 230), (0.5, 0.5, 1)]
)
def test_the_minimum_number_of_labels_is_a_power(promise: float, confidence: float, labels: int) -> None:
    assert labels_needed(promise, confidence) == labels
    assert promise**labels <= 1 - confidence + 1e-12
    assert promise ** (labels - 1) > 1 - confidence


def test_testing_starts_at_the_smallest_rank_that_can_pass() -> None:
    assert first_rank(100, 0.95) == 45
    assert first_rank(500, 0.95) == 77  # the smallest that allows one wrong; the next, 105, is beyond a fifth
    for labels in (400, 3000):
        first = first_rank(labels, 0.9)
        allowed = max(wrong for wrong in range(first) if binom.cdf(wrong, first, 0.1) <= 0.1)
        assert binom.cdf(allowed, first - 1, 0.1) > 0.1
        assert first <= labels / 5


def test_the_threshold_is_the_last_before_the_first_failure() -> None:
    """By hand: with 60 right ones first, the wrong ones after them stay few enough for so long as the binomial says."""
    given = labelled((60, 0), (0, 10), (10, 0))
    found = guarantee(given, 0.9)
    wrong = next(wrong for wrong in range(11) if binom.cdf(wrong + 1, 61 + wrong, 0.1) > 0.1)
    assert (found.above, found.wrong) == (60 + wrong, wrong)
    assert found.threshold == given.values[found.above - 1]
    assert found.coverage == found.above / 80
    exact = binomtest(found.above, 80).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high))


def test_full_coverage_if_all_are_right() -> None:
    found = guarantee(labelled((60, 0)), 0.95)
    assert (found.above, found.coverage, found.high) == (60, 1.0, 1.0)


def test_queries_without_hits_lower_the_coverage() -> None:
    assert guarantee(labelled_scores([1.0] * 50, [True] * 50, total=100), 0.95).coverage == 0.5


def test_too_few_labels_say_how_many_are_needed() -> None:
    found = try_guarantee(labelled((44, 0)), 0.95)
    assert isinstance(found, Infeasible)
    assert (found.labels, found.more) == (44, 1)
    with pytest.raises(InputError, match="45"):
        guarantee(labelled((44, 0)), 0.95)
    assert isinstance(try_guarantee(labelled_scores([], []), 0.95), Infeasible)


def test_the_number_of_labels_needed_is_about_enough() -> None:
    """One of 45 is wrong throughout. The tests can begin at 77, where one may be wrong, once that is a fifth of all."""
    found = try_guarantee(labelled(*[(44, 1)] * 3), 0.95)
    assert isinstance(found, Infeasible)
    assert 385 <= found.labels + found.more <= 1.1 * 385
    assert isinstance(try_guarantee(labelled(*[(44, 1)] * 8), 0.95), Infeasible)
    assert isinstance(try_guarantee(labelled(*[(44, 1)] * 9), 0.95), Guarantee)


def test_a_precision_out_of_reach_needs_0_more_labels() -> None:
    found = try_guarantee(labelled(*[(1, 1)] * 100), 0.95)
    assert isinstance(found, Infeasible)
    assert found.more == 0
    with pytest.raises(InputError):
        guarantee(labelled(*[(1, 1)] * 100), 0.95)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, float("nan")])
def test_a_precision_is_a_share(wrong: float) -> None:
    with pytest.raises(InputError):
        check_precision(wrong)
    with pytest.raises(InputError):
        check_precision(0.9, wrong)


def steep(x: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-3 * x - 2)))


RISKS: dict[str, Callable[[Floats], Floats]] = {
    "steep": steep,
    "flat": lambda x: np.asarray(1 / (1 + np.exp(-x - 1))),
    "bad at the top": lambda x: np.where(x > 1.6, 0.8, steep(x)),
    "up and down": lambda x: steep(x) * (1 - 0.12 * (np.sin(9 * x) > 0)),
}


@pytest.mark.parametrize("ties", [0, 12])
@pytest.mark.parametrize("shape", RISKS)
def test_guarantees_hold_with_their_confidence(shape: str, ties: int) -> None:
    """Simulated, with the truth known: risks that fall and that do not, and scores of which many are equal."""
    rng, right, promise, draws = np.random.default_rng(3), RISKS[shape], 0.9, 200

    def sample(size: int) -> tuple[Floats, NDArray[np.bool_]]:
        x = rng.normal(size=size)
        chance = right(x)
        return (np.round(x * ties / 4) if ties else x), rng.random(size) < chance

    everything, truth = sample(200_000)
    broken = 0
    for _ in range(draws):
        scores, labels = sample(300)
        found = try_guarantee(labelled_scores(scores.tolist(), labels.tolist()), promise)
        broken += isinstance(found, Guarantee) and bool(truth[everything >= found.threshold].mean() < promise)
    assert broken <= binom.ppf(0.999, draws, 0.1)
