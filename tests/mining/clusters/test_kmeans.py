import numpy as np
from helpers.themes import same_partition, themed

from askew.mining.clusters.kmeans import kmeans


def test_what_belongs_together_is_together() -> None:
    _, vectors, truth = themed()
    assert same_partition(kmeans(vectors, 4), truth)


def test_it_says_the_same_twice() -> None:
    _, vectors, _ = themed(noise=2.0)
    assert (kmeans(vectors, 7) == kmeans(vectors, 7)).all()


def test_texts_that_are_the_same_make_fewer_clusters_and_no_warning() -> None:
    vectors = np.eye(4, dtype=np.float32)[[0, 0, 1, 1, 0]]
    assert len(set(kmeans(vectors, 4).tolist())) == 2


def test_of_longer_vectors_the_dot_product_counts() -> None:
    """Two directions with a high cosine but very different lengths."""
    vectors = np.array([[1, 0], [1.1, 0], [9, 0.5], [9.1, 0.4], [0, 1], [0, 1.2]], np.float32)
    assert same_partition(kmeans(vectors, 2), [0, 0, 1, 1, 0, 0])
