from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry
from helpers.patients import spread as plain
from scipy.stats import norm

from askew.search.background import (
    PAIRS,
    TOGETHER,
    Background,
    mean_cosine,
    moments_in,
    pair_scores,
    random_pairs,
    sample,
    score_moments,
    spread,
)
from askew.stores.local.store import LocalStore


@pytest.fixture
def store(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    yield made
    made.close()


def test_the_moments_are_those_of_the_scores_over_the_corpus(store: LocalStore) -> None:
    vectors = np.random.default_rng(1).normal(size=(300, DIM)).astype(np.float32)
    store.write([entry(f"d{i}", ("text", row)) for i, row in enumerate(vectors)])
    queries = np.random.default_rng(2).normal(size=(4, DIM)).astype(np.float32)
    assert np.array(moments_in(store, queries)) == pytest.approx(moments(queries @ vectors.T), abs=1e-5)
    store.delete([f"d{i}" for i in range(150)])
    assert np.array(moments_in(store, queries)) == pytest.approx(moments(queries @ vectors[150:].T), abs=1e-5)


def moments(scores: np.ndarray) -> np.ndarray:
    rest = np.sort(scores, axis=1)[:, :-1]
    return np.stack([rest.mean(axis=1), rest.std(axis=1)], axis=1)


def test_an_empty_corpus_has_no_moments(store: LocalStore) -> None:
    assert moments_in(store, np.ones((2, DIM), np.float32)) == [(0.0, 0.0)] * 2


def test_moments_of_many_queries_do_not_depend_on_how_many_are_compared_at_once() -> None:
    random = np.random.default_rng(3)
    queries, vectors = random.normal(size=(TOGETHER + 5, 3)), random.normal(size=(50, 3))
    found = score_moments(queries.astype(np.float32), vectors.astype(np.float32))
    assert np.array(found) == pytest.approx(moments(queries @ vectors.T), abs=1e-5)


def test_the_text_that_is_sought_does_not_raise_the_bar_for_itself() -> None:
    scores = np.array([[0.5, 0.1, 0.0, -0.1]], np.float32).T
    [(mean, deviation)] = score_moments(np.ones((1, 1), np.float32), scores)
    assert (mean, deviation) == pytest.approx((0.0, scores.std() / 2))
    [(mean, deviation)] = score_moments(np.ones((1, 1), np.float32), np.array([[0.3], [-0.3], [0.4]], np.float32))
    assert (mean, deviation) == pytest.approx((0.0, 0.3))


def test_two_texts_have_moments_and_one_has_no_deviation() -> None:
    one = np.ones((1, 1), np.float32)
    assert score_moments(one, np.array([[0.5], [0.1]], np.float32)) == [pytest.approx((0.1, 0.1))]
    assert score_moments(one, np.array([[0.5]], np.float32)) == [(0.5, 0.0)]


@pytest.mark.parametrize(
    ("count", "size"), [(0, 10), (1, 10), (10, 10), (11, 10), (100, 10), (3999, 2000), (10_007, 400)]
)
def test_sample_has_one_row_of_each_stretch(count: int, size: int) -> None:
    rows = spread(count, size)
    assert len(rows) == min(count, size)
    assert np.all(np.diff(rows) > 0)
    assert np.array_equal(sample(np.arange(count) * 3, size), rows * 3)
    if count > size:
        stretches = np.arange(size + 1) * count // size
        assert np.all((stretches[:-1] <= rows) & (rows < stretches[1:]))


@pytest.mark.parametrize("period", [2, 3, 5, 10])
@pytest.mark.parametrize("count", [3999, 4000, 9996, 20_000, 100_000])
def test_sample_does_not_follow_a_period_of_the_corpus(count: int, period: int) -> None:
    shares = np.bincount(spread(count) % period, minlength=period) / 2000
    assert shares == pytest.approx(1 / period, abs=0.02)


def test_random_pairs_have_two_owners_and_are_always_the_same() -> None:
    owners = np.array(["a", "a", "b", "c"])
    first, second = random_pairs(owners)
    assert np.all(owners[first] != owners[second])
    assert len(first) == pytest.approx(PAIRS * 10 / 16, rel=0.05)
    assert all(np.array_equal(one, two) for one, two in zip(random_pairs(owners), (first, second), strict=True))
    for none in (owners[:0], owners[:2]):
        assert [len(rows) for rows in random_pairs(none)] == [0, 0]


def test_mean_cosine_is_that_of_all_pairs() -> None:
    rows = plain(40, 16, common=0.5)
    assert mean_cosine(rows) == pytest.approx((rows @ rows.T)[np.triu_indices(40, 1)].mean(), abs=1e-6)
    assert mean_cosine(rows[:1]) == 0
    assert pair_scores(rows[:3], rows[1:4]) == pytest.approx([rows[n] @ rows[n + 1] for n in range(3)], abs=1e-6)


def test_background_describes_its_scores() -> None:
    scores = np.random.default_rng(3).normal(0.2, 0.1, (50, 60)).astype(np.float32)
    found = Background(scores)
    assert (found.mean, found.deviation) == (pytest.approx(0.2, abs=0.01), pytest.approx(0.1, abs=0.01))
    assert found.quantile(0.99) == pytest.approx(float(norm.ppf(0.99, 0.2, 0.1)), abs=0.02)
    assert found.percent_below(found.quantile(0.9)) == pytest.approx(90, abs=0.1)
    assert Background(np.array([1.0, 2.0, 2.0, 3.0])).percent_below(2) == 50
    nothing = Background(np.empty(0))
    assert (nothing.mean, nothing.deviation, nothing.quantile(0.5), nothing.percent_below(1)) == (0, 0, 0, 0)


def test_null_does_not_see_related_pairs() -> None:
    scores = np.random.default_rng(1).normal(0.2, 0.1, 10_000)
    scores[:1000] = 0.9
    centre, deviation = Background(scores).null()
    assert (centre, deviation) == (pytest.approx(0.2, abs=0.02), pytest.approx(0.1, abs=0.02))
    assert Background(scores).deviation > 0.2
    assert Background(np.full(100, 0.1)).null() == (pytest.approx(0.1), 1.0)
