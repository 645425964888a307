"""The statistics keep what they promise: checked by simulation, and against SciPy's."""

import numpy as np
import pytest
from scipy.stats import bootstrap, permutation_test

from askew.errors import InputError
from askew.evaluation.significance import DRAWS, Interval, compare, holm, interval

DRAWN = 300


def _by_query(values: np.ndarray) -> dict[str, float]:
    return {str(n): float(value) for n, value in enumerate(values)}


def test_95_percent_of_the_intervals_hold_the_true_mean() -> None:
    rng = np.random.default_rng(1)
    held = 0
    for _ in range(DRAWN):
        found = interval(rng.beta(1, 2, size=100))  # skewed, from 0 to 1, with the mean 1/3
        held += found.low <= 1 / 3 <= found.high
    assert 0.93 <= held / DRAWN <= 0.97


def test_other_confidence_gives_another_interval() -> None:
    values = np.random.default_rng(2).random(50)
    narrow, wide = interval(values, 0.5), interval(values, 0.99)
    assert wide.low < narrow.low < values.mean() < narrow.high < wide.high
    assert interval(values) == interval(values)
    assert interval([0.25] * 4) == Interval(0.25, 0.25)
    with pytest.raises(InputError, match="no values"):
        interval([])


def test_many_values_are_drawn_in_parts() -> None:
    """More than fit into the memory allowed at a time: the interval is that of the normal approximation."""
    values = np.random.default_rng(3).random(5_000)
    found = interval(values)
    reach = 1.96 * values.std() / np.sqrt(len(values))
    assert found.low == pytest.approx(values.mean() - reach, abs=0.1 * reach)
    assert found.high == pytest.approx(values.mean() + reach, abs=0.1 * reach)


def test_the_interval_is_that_of_scipy() -> None:
    values = np.random.default_rng(6).beta(1, 2, size=300)
    theirs = bootstrap(
        (values,), np.mean, n_resamples=DRAWS, method="percentile", rng=np.random.default_rng(0)
    ).confidence_interval
    assert interval(values) == Interval(pytest.approx(theirs.low, abs=2e-3), pytest.approx(theirs.high, abs=2e-3))


def test_where_systems_are_equal_the_test_says_otherwise_as_seldom_as_it_should() -> None:
    rng = np.random.default_rng(4)
    ps = np.array([compare(_by_query(rng.beta(1, 2, 40)), _by_query(rng.beta(1, 2, 40))).p for _ in range(DRAWN)])
    for level in (0.05, 0.2, 0.5):
        assert abs((ps <= level).mean() - level) <= 3 * np.sqrt(level * (1 - level) / DRAWN)


def test_a_difference_that_is_there_is_found() -> None:
    rng = np.random.default_rng(5)
    found = 0
    for _ in range(40):
        base = rng.random(60)
        found += compare(_by_query(base + rng.normal(0.1, 0.2, 60)), _by_query(base)).p <= 0.05
    assert found >= 36  # 60 differences of 0.1 ± 0.2: the power of a t test is 0.97


def test_p_is_that_of_all_ways_to_flip_the_signs() -> None:
    first, second = (
        np.array([0.9, 0.4, 0.8, 0.7, 0.6, 0.35, 0.5, 1.0]),
        np.array([0.5, 0.5, 0.5, 0.6, 0.3, 0.4, 0.2, 0]),
    )
    exact = permutation_test(
        (first, second), lambda a, b: np.mean(a - b), permutation_type="samples", n_resamples=10_000
    ).pvalue
    assert exact == pytest.approx(5 / 128, abs=0.03)
    assert compare(_by_query(first), _by_query(second)).p == pytest.approx(exact, abs=0.01)


def test_what_is_compared_is_counted() -> None:
    found = compare({"a": 1.0, "b": 0.5, "c": 0.5, "only": 9}, {"a": 0.0, "b": 0.75, "c": 0.5, "other": 9})
    assert (found.won, found.lost, found.equal) == (1, 1, 1)
    assert found.difference == pytest.approx(0.25)
    assert found.interval.low <= found.difference <= found.interval.high
    same = compare({"a": 1.0, "b": 0.5}, {"a": 1.0, "b": 0.5})
    assert (same.p, same.difference, same.equal) == (1, 0, 2)
    with pytest.raises(InputError, match="no query in common"):
        compare({"a": 1}, {"b": 1})


def test_p_is_never_nothing() -> None:
    far = compare(_by_query(np.ones(200)), _by_query(np.zeros(200)))
    assert far.p == 1 / (DRAWS + 1)


def test_holms_correction_is_that_of_a_computation_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.02, 0.9, 0.001]) == pytest.approx([1, 0.06, 1, 0.004])
    assert holm([0.2]) == [0.2]
    assert holm([]) == []
