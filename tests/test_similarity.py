import numpy as np
import pytest

from askew.similarity import Similarity, normalise, prepare


def test_cosine_is_the_inner_product_of_prepared_vectors_and_dot_is_left_alone() -> None:
    vectors = np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)
    assert normalise(vectors).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    assert prepare(vectors, Similarity.COSINE).tolist() == normalise(vectors).tolist()
    assert prepare(vectors, Similarity.DOT) is vectors
