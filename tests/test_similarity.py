import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from askew.similarity import Similarity, normalise, prepare, top_k


@given(
    arrays(np.float32, (3, 12), elements=st.sampled_from([np.float32(x) for x in (-1, 0, 0.5, 2)])),
    st.integers(1, 14),
)
def test_top_k_is_a_stable_sort_cut_at_k(scores: np.ndarray, k: int) -> None:
    assert (top_k(scores, k) == np.argsort(-scores, axis=1, kind="stable")[:, :k]).all()


def test_nothing_of_nothing() -> None:
    assert top_k(np.empty((2, 0), np.float32), 3).shape == (2, 0)


def test_cosine_is_the_inner_product_of_prepared_vectors_and_dot_is_left_alone() -> None:
    vectors = np.array([[3.0, 4.0], [0.0, 0.0]], np.float32)
    assert normalise(vectors).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 0]]
    assert prepare(vectors, Similarity.COSINE).tolist() == normalise(vectors).tolist()
    assert prepare(vectors, Similarity.DOT) is vectors
