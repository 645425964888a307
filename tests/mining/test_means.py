import numpy as np
import pytest

from askew.mining import means as module
from askew.mining.exact.vectors import InMemory
from askew.mining.means import means
from askew.similarity import Similarity

ROWS = np.array([[1, 0], [0, 1], [0, 3], [4, 0], [0, 1]], np.float32)
OWNERS = np.array([0, 0, 1, 1, 0])


@pytest.mark.parametrize("rows", [1, 2, 100])
def test_the_mean_of_a_documents_passages(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS", rows)
    assert means(InMemory(ROWS), OWNERS, 2, Similarity.DOT) == pytest.approx(np.array([[1 / 3, 2 / 3], [2, 1.5]]))


def test_by_cosine_it_has_length_one() -> None:
    made = means(InMemory(ROWS), OWNERS, 2, Similarity.COSINE)
    assert np.linalg.norm(made, axis=1) == pytest.approx([1, 1])
    assert made[1] == pytest.approx([0.8, 0.6])
    assert made.dtype == np.float32
