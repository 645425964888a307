import numpy as np
import pytest
from helpers.themes import themed
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from askew.errors import InputError, UnknownNameError
from askew.mining.projection import PROJECTIONS, components, project, settled
from askew.similarity import Similarity


@pytest.mark.parametrize("method", PROJECTIONS)
def test_themes_stay_apart_and_a_second_time_it_is_the_same_picture(method: str) -> None:
    _, vectors, truth = themed(each=15, subjects=3)
    made = project(vectors, Similarity.COSINE, method)
    assert made.shape == (45, 2)
    assert silhouette_score(made, truth) > 0.5
    assert (made == project(vectors, Similarity.COSINE, method)).all()


def test_pca_is_that_of_scikit_learn_up_to_the_sign() -> None:
    _, vectors, _ = themed(noise=2.0)
    other = PCA(2, svd_solver="full").fit_transform(vectors.astype(np.float64))
    made = project(vectors, Similarity.COSINE)
    assert np.allclose(np.abs(made), np.abs(other), atol=1e-5)


def test_turned_vectors_give_no_mirrored_picture() -> None:
    _, vectors, _ = themed(noise=2.0)
    order = np.random.default_rng(1).permutation(len(vectors))
    assert np.allclose(
        project(vectors[order], Similarity.COSINE), project(vectors, Similarity.COSINE)[order], atol=1e-6
    )


def test_the_longer_side_lies_across() -> None:
    tall = np.stack((np.linspace(0, 1, 30), np.linspace(0, 9, 30) ** 2), axis=1)
    width, height = np.ptp(settled(tall), axis=0)
    assert width > height


def test_by_cosine_lengths_do_not_count_and_by_the_dot_product_they_do() -> None:
    _, vectors, _ = themed()
    longer = vectors * np.linspace(1, 9, len(vectors), dtype=np.float32)[:, None]
    by = {kind: [project(rows, kind) for rows in (vectors, longer)] for kind in Similarity}
    assert np.allclose(*by[Similarity.COSINE], atol=1e-5)
    assert not np.allclose(*by[Similarity.DOT], atol=0.1)


def test_few_texts() -> None:
    assert project(np.ones((1, 3), np.float32), Similarity.COSINE).tolist() == [[0, 0]]
    assert components(np.array([[1.0], [3.0]], np.float32), 2).tolist() == [[-1, 0], [1, 0]]
    for method in ("tsne", "umap"):
        with pytest.raises(InputError, match=f"^{method} .*4 texts.* 3[ .]"):
            project(np.eye(3, dtype=np.float32), Similarity.COSINE, method)
        assert np.isfinite(project(np.eye(5, dtype=np.float32), Similarity.COSINE, method)).all()
    with pytest.raises(UnknownNameError, match="tsne"):
        project(np.eye(3, dtype=np.float32), Similarity.COSINE, "t-sne")
