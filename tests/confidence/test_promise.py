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
    guarantee,
    labelled_scores,
    labels_needed,
    start,
    tried,
)
from askew.errors import InputError

Floats = NDArray[np.float64]


def labelled(*runs: tuple[int, int]) -> LabelledScores:
    """Runs of right labels and of wrong ones after them, from the highest score down, every score another one."""
    right = [one for good, bad in runs for one in [True] * good + [False] * bad]
    return labelled_scores([float(-place) for place in range(len(right))], right)


@pytest.mark.parametrize(
    ("promise", "confidence", "labels"), [(0.95, 0.9, 45), (0.9, 0.9, 22), (0.99, 0.9, 230), (0.5, 0.5, 1)]
)
def test_the_least_number_of_labels_is_the_power_that_is_small_enough(
    promise: float, confidence: float, labels: int
) -> None:
    assert labels_needed(promise, confidence) == labels
    assert promise**labels <= 1 - confidence + 1e-12
    assert promise ** (labels - 1) > 1 - confidence


def test_the_tests_begin_where_one_more_wrong_label_is_too_many() -> None:
    assert start(100, 0.95) == 45
    assert start(500, 0.95) == 77  # the least with room for one wrong one: the next, 105, lies beyond the first fifth
    for labels in (400, 3000):
        first = start(labels, 0.9)
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


def test_where_all_are_right_all_is_given() -> None:
    found = guarantee(labelled((60, 0)), 0.95)
    assert (found.above, found.coverage, found.high) == (60, 1.0, 1.0)


def test_queries_that_found_nothing_lower_the_coverage() -> None:
    assert guarantee(labelled_scores([1.0] * 50, [True] * 50, asked=100), 0.95).coverage == 0.5


def test_too_few_labels_say_how_many_are_needed() -> None:
    found = tried(labelled((44, 0)), 0.95)
    assert isinstance(found, Infeasible)
    assert (found.labels, found.more) == (44, 1)
    with pytest.raises(InputError, match=r"44 labels are too few .* it takes 45 even if none is wrong, .* 1 more"):
        guarantee(labelled((44, 0)), 0.95)
    assert isinstance(tried(labelled_scores([], []), 0.95), Infeasible)


def test_the_number_that_is_named_is_about_enough() -> None:
    """One of 45 is wrong throughout. The tests can begin at 77, where one may be wrong, once that is a fifth of all."""
    found = tried(labelled(*[(44, 1)] * 3), 0.95)
    assert isinstance(found, Infeasible)
    assert 385 <= found.labels + found.more <= 1.1 * 385
    assert isinstance(tried(labelled(*[(44, 1)] * 8), 0.95), Infeasible)
    assert isinstance(tried(labelled(*[(44, 1)] * 9), 0.95), Guarantee)


def test_where_no_number_of_labels_helps_it_says_so() -> None:
    found = tried(labelled(*[(1, 1)] * 100), 0.95)
    assert isinstance(found, Infeasible)
    assert found.more == 0
    assert "no number of labels helps" in found.reason


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, float("nan")])
def test_a_promise_is_a_share(wrong: float) -> None:
    with pytest.raises(InputError, match="between 0 and 1"):
        check_precision(wrong)
    with pytest.raises(InputError, match="between 0 and 1"):
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
def test_a_promise_is_broken_as_seldom_as_it_says(shape: str, ties: int) -> None:
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
        found = tried(labelled_scores(scores.tolist(), labels.tolist()), promise)
        broken += isinstance(found, Guarantee) and bool(truth[everything >= found.threshold].mean() < promise)
    assert broken <= binom.ppf(0.999, draws, 0.1)
