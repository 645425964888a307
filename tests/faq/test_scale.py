import math

import numpy as np
import pytest
from askew.faq.scale import Scale, log_tail, scale, together
from scipy.stats import hmean, norm


@pytest.mark.parametrize("z", [-5.0, 0.0, 1.0, 4.0, 20.0, 37.0, 60.0])
def test_the_tail_is_that_of_the_normal_distribution(z: float) -> None:
    assert log_tail(z) == pytest.approx(-norm.logsf(z), rel=1e-3, abs=1e-6)


def test_related_pairs_among_those_drawn_do_not_widen_the_spread() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(0.2, 0.1, (400, 400)).astype(np.float32)
    scores[:, :40] = 0.9
    found = scale(scores, np.ones_like(scores), [0.5], 400)
    assert found.centre == pytest.approx(0.2, abs=0.02)
    assert found.spread == pytest.approx(0.1, abs=0.02)
    assert scores.std() > 0.2


def test_pairs_of_one_entry_do_not_count() -> None:
    scores = np.full((40, 40), 0.1, np.float32)
    np.fill_diagonal(scores, 1.0)
    assert scale(scores, 1 - np.eye(40), [], 40).centre == pytest.approx(0.1)


def test_the_floor_is_a_quantile_of_the_best_other_scores() -> None:
    found = scale(np.zeros((0, 0), np.float32), np.zeros((0, 0)), np.linspace(0, 1, 1001), 9)
    assert found.floor(0.25) == pytest.approx(0.25)
    assert found.floor(1) == 1
    assert found.floor(0) == -math.inf
    assert found.share(0.6) == pytest.approx(0.6, abs=0.02)
    assert (found.centre, found.spread) == (0, 1)


def test_where_nothing_was_measured_everything_answers() -> None:
    assert Scale(0, 1, (), 1).floor(0.9) == -math.inf
    assert Scale(0, 1, (), 1).share(0.9) == 0


def test_a_scale_survives_its_note() -> None:
    found = Scale(0.1, 0.2, (0.3, 0.5), 7)
    assert Scale.read(found.as_text()) == found


def test_a_scale_stands_for_a_fifth_more_or_less() -> None:
    found = Scale(0, 1, (), 100)
    assert [found.fits(entries, 0.2) for entries in (79, 80, 120, 121)] == [False, True, True, False]


def test_channels_are_put_together_by_the_harmonic_mean_of_their_chances() -> None:
    chances = [0.001, 0.2]
    assert together([-math.log(p) for p in chances], 2) == pytest.approx(-math.log10(hmean(chances)))
    assert together([-math.log(0.001)], 2) == pytest.approx(-math.log10(hmean([0.001, 1])))


def test_scores_that_are_nearly_all_equal_still_have_a_spread() -> None:
    scores = np.zeros((40, 40), np.float32)
    scores[:4] = 0.3
    found = scale(scores, np.ones_like(scores), [0.3], 40)
    assert (found.centre, found.spread) == (0, pytest.approx(float(scores.std())))
    same = scale(np.full((40, 40), 0.1, np.float32), np.ones((40, 40)), [0.1], 40)
    assert same.spread == 1
    assert same.surprise(0.2) < 1
