import numpy as np
from helpers.themes import same_partition, themed

from askew.mining.clusters.density import hdbscan


def test_dense_places_are_clusters_and_what_lies_between_is_not() -> None:
    _, vectors, truth = themed(each=30)
    stray = np.full((1, 16), -0.25, np.float32)  # farther from every cluster than from each other
    labels = hdbscan(np.concatenate((vectors, stray)), 10)
    assert labels[-1] == -1
    kept = labels[:-1] >= 0
    assert kept.mean() > 0.9
    assert same_partition(labels[:-1][kept], np.array(truth)[kept])


def test_lengths_count_by_the_dot_product() -> None:
    rng = np.random.default_rng(2)
    near = np.array([5, 0, 0]) + 0.01 * rng.normal(size=(12, 3))
    far = np.array([0, 5, 0]) + 0.01 * rng.normal(size=(12, 3))
    labels = hdbscan(np.concatenate((near, far)).astype(np.float32), 5)
    assert same_partition(labels, [0] * 12 + [1] * 12)


def test_fewer_texts_than_a_cluster_needs_are_outliers() -> None:
    assert hdbscan(np.ones((4, 3), np.float32), 5).tolist() == [-1] * 4
