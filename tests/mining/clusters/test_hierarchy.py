import numpy as np
import pytest
from helpers.themes import same_partition, themed
from sklearn.cluster import AgglomerativeClustering

from askew.mining.clusters import distances
from askew.mining.clusters.hierarchy import hierarchy
from askew.similarity import Similarity


@pytest.mark.parametrize("clusters", [1, 2, 4, 9])
def test_by_cosine_it_is_wards_as_scikit_learn_has_it(clusters: int) -> None:
    _, vectors, _ = themed(noise=1.0)
    other = AgglomerativeClustering(clusters, linkage="ward").fit_predict(vectors)
    assert same_partition(hierarchy(vectors, Similarity.COSINE)(clusters), other)


@pytest.mark.parametrize("clusters", [2, 5])
def test_by_the_dot_product_it_is_average_linkage_over_the_scores(clusters: int) -> None:
    rng = np.random.default_rng(5)
    vectors = (rng.normal(size=(40, 6)) * rng.uniform(0.5, 3, (40, 1))).astype(np.float32)
    given = distances.square(vectors)
    other = AgglomerativeClustering(clusters, linkage="average", metric="precomputed").fit_predict(given)
    assert same_partition(hierarchy(vectors, Similarity.DOT)(clusters), other)


def test_one_text_is_one_cluster() -> None:
    assert hierarchy(np.ones((1, 3), np.float32), Similarity.COSINE)(1).tolist() == [0]
