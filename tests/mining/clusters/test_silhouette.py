import numpy as np
import pytest
from helpers.themes import themed
from sklearn.metrics import silhouette_score

from askew.mining.clusters.distances import square
from askew.mining.clusters.silhouette import silhouette, sums


@pytest.mark.parametrize("noise", [0.2, 1.0, 4.0])
def test_by_cosine_it_is_that_of_scikit_learn(noise: float) -> None:
    _, vectors, truth = themed(noise=noise)
    assert silhouette(vectors, np.array(truth)) == pytest.approx(
        silhouette_score(vectors, truth, metric="cosine"), abs=1e-5
    )


def test_by_the_dot_product_too_and_with_a_text_that_is_alone() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(50, 6)).astype(np.float32) * 3
    labels = rng.integers(0, 4, 50)
    labels[7] = 4
    expected = silhouette_score(square(vectors), labels, metric="precomputed")
    assert silhouette(vectors, labels) == pytest.approx(expected, abs=1e-5)


def test_outliers_do_not_count() -> None:
    _, vectors, truth = themed(noise=1.0)
    labels = np.array(truth)
    labels[::5] = -1
    inside = labels >= 0
    assert silhouette(vectors, labels) == pytest.approx(silhouette(vectors[inside], labels[inside]))


def test_one_cluster_and_none_are_0() -> None:
    _, vectors, _ = themed(each=3)
    assert silhouette(vectors, np.zeros(12, np.int64)) == 0
    assert silhouette(vectors, np.full(12, -1)) == 0
    assert silhouette(np.ones((4, 2), np.float32), np.array([0, 0, 1, 1])) == 0


def test_sums_of_each_cluster() -> None:
    made = sums(np.array([[1, 2], [3, 4], [5, 6]], np.float32), np.array([1, 0, 1]), 2)
    assert made.tolist() == [[3, 4], [6, 8]]
