import numpy as np
import pytest
from helpers.themes import themed
from scipy.spatial.distance import squareform

from askew.errors import InputError
from askew.mining.clusters import distances


def test_by_cosine_it_is_one_less_the_cosine() -> None:
    _, vectors, _ = themed()
    made = distances.square(vectors)
    assert np.allclose(made, 1 - vectors @ vectors.T, atol=1e-6)
    assert (made == made.T).all()
    assert (np.diag(made) == 0).all()


def test_no_distance_is_negative_and_the_order_is_that_of_the_dot_product() -> None:
    rng = np.random.default_rng(3)
    vectors = (rng.normal(size=(60, 8)) * rng.uniform(0.2, 5, (60, 1))).astype(np.float32)
    made, scores = distances.square(vectors), vectors @ vectors.T
    assert (made >= 0).all()
    off = ~np.eye(60, dtype=bool)
    assert (np.argsort(made[off], kind="stable") == np.argsort(-scores[off], kind="stable")).mean() > 0.99


@pytest.mark.parametrize("rows", [1, 7, 1024])
def test_the_condensed_form_is_the_upper_triangle(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distances, "ROWS", rows)
    _, vectors, _ = themed(each=5)
    assert np.allclose(squareform(distances.condensed(vectors)), distances.square(vectors), atol=1e-6)


def test_more_than_the_memory_holds_is_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match=r"^agglomerative .*\b10,000,000 texts .*\b800,000\.0 GB .*\bkmeans\b"):
        distances.refuse(10_000_000, 8, "agglomerative")
    distances.refuse(100, 8, "agglomerative")


def test_the_free_memory_is_that_of_a_machine() -> None:
    assert 100e6 < distances.free() < 1e14
