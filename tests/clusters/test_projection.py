import numpy as np
import pytest
from helpers.themes import themed
from sklearn.decomposition import PCA as PEER
from sklearn.metrics import silhouette_score

from askew.clusters.projection import PCA, PROJECTIONS, chosen, components, project, settled
from askew.errors import UnknownNameError
from askew.progress import Progress
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
    other = PEER(2, svd_solver="full").fit_transform(vectors.astype(np.float64))
    made = project(vectors, Similarity.COSINE, PCA)
    assert np.allclose(np.abs(made), np.abs(other), atol=1e-5)


def test_turned_vectors_give_no_mirrored_picture() -> None:
    _, vectors, _ = themed(noise=2.0)
    order = np.random.default_rng(1).permutation(len(vectors))
    assert np.allclose(
        project(vectors[order], Similarity.COSINE, PCA), project(vectors, Similarity.COSINE, PCA)[order], atol=1e-6
    )


def test_the_longer_side_lies_across() -> None:
    tall = np.stack((np.linspace(0, 1, 30), np.linspace(0, 9, 30) ** 2), axis=1)
    width, height = np.ptp(settled(tall), axis=0)
    assert width > height


def test_by_cosine_lengths_do_not_count_and_by_the_dot_product_they_do() -> None:
    _, vectors, _ = themed()
    longer = vectors * np.linspace(1, 9, len(vectors), dtype=np.float32)[:, None]
    by = {kind: [project(rows, kind, PCA) for rows in (vectors, longer)] for kind in Similarity}
    assert np.allclose(*by[Similarity.COSINE], atol=1e-5)
    assert not np.allclose(*by[Similarity.DOT], atol=0.1)


@pytest.mark.parametrize("method", PROJECTIONS)
@pytest.mark.parametrize("similarity", list(Similarity))
@pytest.mark.parametrize("count", [1, 2, 3, 4, 16, 17])
def test_few_texts_and_equal_ones_have_a_picture(method: str, similarity: Similarity, count: int) -> None:
    same = project(np.ones((count, 8), np.float32), similarity, method)
    assert same == pytest.approx(np.zeros((count, 2)))
    rows = np.random.default_rng(2).normal(size=(count, 8)).astype(np.float32)
    made = project(np.concatenate((rows, rows)), similarity, method)
    assert np.isfinite(made).all()
    assert (made[:count] == made[count:]).all()
    assert len(np.unique(made, axis=0)) == count


@pytest.mark.parametrize("method", ["tsne", "umap"])
def test_texts_that_differ_in_one_direction_or_hardly_have_a_picture(method: str) -> None:
    line = np.arange(12, dtype=np.float32)[:, None] * np.eye(1, 8, dtype=np.float32)
    assert np.isfinite(project(line, Similarity.DOT, method)).all()
    assert np.isfinite(project(np.linspace(1, 2, 12, dtype=np.float32)[:, None], Similarity.DOT, method)).all()
    close = np.ones((30, 8)) + 1e-7 * np.random.default_rng(2).normal(size=(30, 8))
    assert np.isfinite(project(close.astype(np.float32), Similarity.COSINE, method)).all()
    zero = np.zeros((9, 4), np.float32)
    assert np.isfinite(project(zero, Similarity.COSINE, method)).all()


def test_auto_is_tsne_up_to_many_texts() -> None:
    assert [chosen("auto", count) for count in (3, 20_000, 20_001)] == ["tsne", "tsne", "pca"]
    assert chosen("umap", 10**6) == "umap"
    told: list[Progress] = []
    _, vectors, _ = themed(each=5)
    project(vectors, Similarity.COSINE, report=told.append)
    assert [(one.done, one.total) for one in told] == [(0, 20), (20, 20)]


def test_other_projections_are_refused() -> None:
    assert components(np.array([[1.0], [3.0]], np.float32), 2).tolist() == [[-1, 0], [1, 0]]
    with pytest.raises(UnknownNameError, match="tsne"):
        project(np.eye(3, dtype=np.float32), Similarity.COSINE, "t-sne")
