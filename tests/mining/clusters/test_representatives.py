import numpy as np
import pytest

from askew.mining.clusters.representatives import cohesion, representatives


def test_the_nearest_to_the_middle_stand_first_and_the_same_text_counts_once() -> None:
    vectors = np.array([[0.0], [4.0], [2.1], [1.8], [9.0], [2.0]], np.float32)
    texts = ["zero", "four", "two", "b", "two", "two"]
    # Their mean is 3.15; the last text repeats the third.
    assert representatives(texts, vectors, np.arange(6)) == [1, 2, 3]


def test_only_members_and_not_the_longest_text() -> None:
    vectors = np.array([[1.0], [1.1], [1.2], [1.3], [50.0]], np.float32)
    texts = ["a", "b" * 900, "c", "d", "e"]
    assert representatives(texts, vectors, np.array([0, 1, 2, 3])) == [2, 0, 3]
    assert representatives(["only " * 99], vectors, np.array([0])) == [0]


def test_the_longest_vector_does_not_stand_for_all() -> None:
    vectors = np.array([[1, 0], [1.1, 0], [0.9, 0], [30, 0]], np.float32)
    assert 3 not in representatives(["one", "two", "six", "ten"], vectors, np.arange(4))[:2]


def test_cohesion_is_the_mean_score_of_two() -> None:
    vectors = np.random.default_rng(1).normal(size=(9, 4)).astype(np.float32)
    scores = (vectors @ vectors.T)[np.triu_indices(9, 1)]
    assert cohesion(vectors) == pytest.approx(scores.mean(), abs=1e-5)
    assert cohesion(np.array([[3, 4]], np.float32)) == 25
