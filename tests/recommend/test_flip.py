import numpy as np
import pytest

from askew.recommend.query_features import flip

RNG = np.random.default_rng(1)


def cloud(count: int, dim: int = 16) -> np.ndarray:
    return RNG.normal(size=(count, dim)).astype(np.float32)


def test_draws_of_one_kind_drift_nowhere_and_come_back_as_often_as_others() -> None:
    found = flip(cloud(200), cloud(400))
    assert found.drift == pytest.approx(0, abs=0.02)
    assert found.returned == pytest.approx(0.5, abs=0.06)


def test_a_way_that_all_steps_share_is_seen_whatever_the_subject() -> None:
    documents = cloud(200)
    queries = documents[:80] + 0.2 * cloud(80)
    away = np.zeros(16, np.float32)
    away[0] = 3
    assert flip(queries, documents).drift < 0.1
    assert flip(queries, documents + away).drift > 0.5


def test_queries_that_no_document_finds_back_to_are_seen() -> None:
    documents = np.repeat(cloud(40), 4, axis=0) + 0.05 * cloud(160)
    assert flip(documents[::4] + 0.6 * cloud(40), documents).returned > 0.9


def test_a_twin_of_every_query_is_no_sign_of_two_kinds() -> None:
    documents = cloud(100)
    assert flip(documents[:50].copy(), documents).returned < 0.5
