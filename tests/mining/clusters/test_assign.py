import numpy as np
import pytest

from askew.mining.clusters.assign import assigned, centres, closeness

VECTORS = np.array([[1, 0], [0.8, 0], [0, 1], [0, 0.8], [0.7, 0.1]], np.float32)


def test_an_outlier_goes_to_the_nearest_middle_and_nothing_else_moves() -> None:
    labels = np.array([0, 0, 1, 1, -1])
    assert assigned(VECTORS, labels).tolist() == [0, 0, 1, 1, 0]
    assert labels[4] == -1


def test_without_clusters_or_without_outliers_nothing_changes() -> None:
    assert assigned(VECTORS, np.full(5, -1)).tolist() == [-1] * 5
    assert assigned(VECTORS, np.array([0, 0, 1, 1, 0])).tolist() == [0, 0, 1, 1, 0]


def test_a_long_middle_does_not_draw_what_is_nearer_to_another() -> None:
    vectors = np.array([[20, 0], [20, 1], [1, 0.5], [1, 0.4], [1.2, 0.5]], np.float32)
    assert assigned(vectors, np.array([0, 0, 1, 1, -1]))[4] == 1


def test_middles_and_how_close_a_text_is_to_its_own() -> None:
    labels = np.array([0, 0, 1, 1, -1])
    assert centres(VECTORS, labels) == pytest.approx(np.array([[0.9, 0], [0, 0.9]]))
    found = closeness(VECTORS, labels)
    assert found[:4] == pytest.approx([0.9, 0.72, 0.9, 0.72])
    assert np.isnan(found[4])
