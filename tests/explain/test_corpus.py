import numpy as np
import pytest

from askew import Document, Index
from askew.explain.scores import compare, products


def filled(index: Index) -> Index:
    index.add([Document(f"d{i}", f"red tent number {i}", metadata={"even": i % 2 == 0}) for i in range(20)])
    index.delete(["d3", "d4"])
    return index


def test_every_living_passage_has_its_score_and_its_document(small: Index) -> None:
    store = filled(small).store
    vectors = np.random.default_rng(1).normal(size=(2, small.contract.encoder.dim)).astype(np.float32)
    corpus, scores = compare(store, vectors, None)
    assert [corpus.ids[owner] for owner in corpus.owner] == [f"d{i}" for i in range(20) if i not in (3, 4)]
    assert np.array_equal(corpus.keys, store.keys())
    for vector, found in zip(vectors, scores, strict=True):
        assert np.allclose(found, store.vectors(corpus.keys) @ vector, atol=1e-5)
        nearest = store.nearest(vector[None], 18)
        assert np.array_equal(np.sort(found)[::-1], nearest.scores[0])


def test_a_filter_is_obeyed(small: Index) -> None:
    corpus, [scores] = compare(
        filled(small).store, np.ones((1, small.contract.encoder.dim), np.float32), {"even": True}
    )
    assert corpus.ids == tuple(f"d{i}" for i in range(0, 20, 2) if i != 4)
    assert len(scores) == 9
    nothing, [none] = compare(small.store, np.ones((1, small.contract.encoder.dim), np.float32), {"even": "no"})
    assert (len(nothing.keys), nothing.ids, len(none)) == (0, (), 0)


def test_what_is_gone_is_a_key_error(small: Index) -> None:
    corpus, _ = compare(filled(small).store, np.ones((1, small.contract.encoder.dim), np.float32), None)
    assert corpus.rows(corpus.keys[[2, 0]]).tolist() == [2, 0]
    with pytest.raises(KeyError, match="3"):
        corpus.rows(np.array([3]))
    with pytest.raises(KeyError, match="999"):
        corpus.rows(np.array([0, 999]))
    with pytest.raises(KeyError, match="d3"):
        corpus.number("d3")


def test_equal_vectors_have_equal_scores_wherever_they_stand() -> None:
    rng = np.random.default_rng(4)
    vectors = rng.normal(size=(1000, 384)).astype(np.float32)
    vectors[::7] = vectors[0]
    assert len(set(products(vectors, rng.normal(size=384).astype(np.float32))[::7].tolist())) == 1
