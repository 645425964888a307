import numpy as np
import pytest
from helpers.themes import themed
from sklearn.metrics import normalized_mutual_info_score, silhouette_score, v_measure_score

from askew.clusters.measures import agreement, silhouette, sums
from askew.clusters.methods import square
from askew.errors import InputError


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


def test_the_same_groups_agree_whatever_their_names() -> None:
    found = agreement(np.array([1, 1, 0, 0]), ["a", "a", "b", "b"])
    assert (found.v_measure, found.ari, found.nmi) == pytest.approx((1, 1, 1))
    assert (found.labelled, found.classes) == (4, 2)


def test_texts_without_a_label_do_not_count_and_outliers_are_one_cluster() -> None:
    labels, given = np.array([0, 0, 1, -1, -1, 1]), ["a", "b", "b", "c", "", "b"]
    found = agreement(labels, given)
    kept, truth = [0, 0, 1, -1, 1], ["a", "b", "b", "c", "b"]
    assert found.labelled == 5
    assert found.v_measure == pytest.approx(v_measure_score(truth, kept))
    assert found.nmi == pytest.approx(normalized_mutual_info_score(truth, kept, average_method="geometric"))
    assert found.ari < 1


def test_no_label_at_all_is_refused() -> None:
    with pytest.raises(InputError, match=r"\blabel\b"):
        agreement(np.array([0, 1]), ["", ""])
