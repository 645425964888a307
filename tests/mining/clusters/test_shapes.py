import numpy as np

from askew.mining.clusters.settings import Settings
from askew.mining.clusters.shapes import Clustering


def test_outliers_are_the_texts_without_a_cluster() -> None:
    made = Clustering(np.array([0, -1, 1, -1, 0]), (), Settings("hdbscan"), {}, 0.5)
    assert made.outliers == [1, 3]
    assert made.method == "hdbscan"
