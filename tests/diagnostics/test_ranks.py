import numpy as np
import pytest
from scipy.stats import spearmanr

from askew.diagnostics.vector_checks import spearman


def test_it_is_spearmans_also_with_ties() -> None:
    rng = np.random.default_rng(1)
    one = rng.integers(0, 20, 300)
    other = one + rng.integers(0, 30, 300)
    found = spearman(one, other)
    assert found.value == pytest.approx(spearmanr(one, other).statistic, abs=1e-12)
    assert found.low < found.value < found.high
    assert found.sure == found.low
    assert str(found).startswith(f"{found.value:.2f}, 95 % interval ")


def test_the_interval_holds_the_truth_as_often_as_it_says() -> None:
    """Independent figures have a correlation of 0."""
    rng = np.random.default_rng(2)
    held = [found.low <= 0 <= found.high for found in (spearman(*rng.normal(size=(2, 40))) for _ in range(400))]
    assert 0.92 <= np.mean(held) <= 0.98


def test_falling_figures_are_as_sure_as_rising_ones() -> None:
    up, down = spearman(range(50), range(50)), spearman(range(50), range(50, 0, -1))
    assert up.sure == pytest.approx(down.sure)


def test_nothing_is_known_of_what_does_not_vary() -> None:
    assert spearman([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]).sure == 0
    assert spearman([1, 2], [1, 2]).sure == 0
