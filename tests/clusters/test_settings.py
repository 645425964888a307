import math

import numpy as np
import pytest

from askew.clusters.settings import METHODS, Clustering, Settings, filled
from askew.errors import InputError, UnknownNameError
from askew.similarity import Similarity


def test_what_is_left_open_follows_from_the_number_of_texts() -> None:
    assert filled(Settings(), 100, Similarity.COSINE) == Settings("auto", min_size=1)
    assert filled(Settings("hdbscan"), 100, Similarity.COSINE).min_size == 5
    assert filled(Settings("hdbscan"), 2000, Similarity.COSINE).min_size == 20
    assert filled(Settings("communities"), 100, Similarity.COSINE).min_size == 5
    assert filled(Settings("communities", threshold=3.0, min_size=2), 9, Similarity.DOT).threshold == 3.0


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        (Settings("hdbscan", clusters=3), "hdbscan"),
        (Settings("communities", clusters=3), "communities.*kmeans.*agglomerative"),
        (Settings("kmeans", threshold=0.5), r"threshold.*communities.*kmeans"),
        (Settings("communities", threshold=math.nan), r"threshold.*\bNaN\b"),
        (Settings("kmeans", clusters=0), r"clusters.*\b1\b.*\b0\b"),
        (Settings("kmeans", clusters=11), r"\b1 to 10 .*\b11\b"),
        (Settings("kmeans", min_size=0), r"kmeans .*\b1\b.*\b0\b"),
        (Settings("hdbscan", min_size=1), r"hdbscan .*\b2\b.*\b1\b"),
    ],
)
def test_what_cannot_be_is_refused(settings: Settings, named: str) -> None:
    with pytest.raises(InputError, match=named):
        filled(settings, 10, Similarity.COSINE)


def test_an_unknown_method_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"'k-means'.*\bkmeans\b"):
        filled(Settings("k-means"), 10, Similarity.COSINE)
    assert Settings().method == METHODS[0]


def test_outliers_are_the_texts_without_a_cluster() -> None:
    made = Clustering(np.array([0, -1, 1, -1, 0]), (), Settings("hdbscan"), {}, 0.5)
    assert made.outliers == [1, 3]
    assert made.method == "hdbscan"
