from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry

from askew.search.background import sample, score_floors
from askew.stores.local import LocalStore


@pytest.fixture
def store(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    yield made
    made.close()


def test_the_floor_is_the_mean_score_over_the_corpus(store: LocalStore) -> None:
    vectors = np.random.default_rng(1).normal(size=(300, DIM)).astype(np.float32)
    store.write([entry(f"d{i}", ("text", row)) for i, row in enumerate(vectors)])
    queries = np.random.default_rng(2).normal(size=(4, DIM)).astype(np.float32)
    assert score_floors(store, queries) == pytest.approx((queries @ vectors.T).mean(axis=1), abs=1e-5)
    store.delete([f"d{i}" for i in range(150)])
    assert score_floors(store, queries) == pytest.approx((queries @ vectors[150:].T).mean(axis=1), abs=1e-5)


def test_an_empty_corpus_has_the_floor_nought(store: LocalStore) -> None:
    assert score_floors(store, np.ones((2, DIM), np.float32)) == [0.0, 0.0]


def test_a_sample_is_spread_over_all_and_has_no_key_twice(store: LocalStore) -> None:
    store.write([entry(f"d{i}", ("text", np.ones(DIM))) for i in range(100)])
    some = sample(store, 10)
    assert (len(set(some.tolist())), some[0], some[-1]) == (10, 0, 99)
    assert sample(store, 100).tolist() == list(range(100))
