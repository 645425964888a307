import numpy as np
import pytest

from askew import Document, Index
from askew.explain.scores import Percentile, compare, of_others, percentile, unrelated
from askew.search.background import PAIRS, SEED

SCORES = np.array([0.1, 0.2, 0.2, 0.4], np.float32)


@pytest.mark.parametrize(
    ("score", "percent"), [(0.0, 0.0), (0.1, 12.5), (np.float32(0.2), 50.0), (0.3, 75.0), (0.5, 100.0)]
)
def test_those_below_count_whole_and_equal_ones_half(score: float, percent: float) -> None:
    found = percentile(float(np.float32(score)), SCORES)
    assert (found.percent, found.among) == (percent, 4)
    assert found.median == pytest.approx(0.2)


def test_of_no_scores_there_is_no_share() -> None:
    assert percentile(0.7, np.empty(0, np.float32)) == Percentile(0.0, 0, 0.0)


def test_random_pairs_are_of_different_documents_and_always_the_same(book: Index) -> None:
    corpus, _ = compare(book.store, np.ones((1, 384), np.float32), None)
    found = unrelated(book.store, corpus)
    first, second = np.random.default_rng(SEED).integers(len(corpus.keys), size=(2, PAIRS))
    owners = book.store.owners(corpus.keys.tolist())
    drawn = [(a, b) for a, b in zip(first, second, strict=True) if owners[a] != owners[b]]
    vectors = {
        key: vector for block in book.store.blocks() for key, vector in zip(block.keys, block.vectors, strict=True)
    }
    expected = [float(vectors[corpus.keys[a]] @ vectors[corpus.keys[b]]) for a, b in drawn]
    assert np.allclose(found, expected, atol=1e-6)
    assert np.array_equal(found, unrelated(book.store, corpus))
    assert PAIRS * 0.9 < len(found) < PAIRS  # 53 pages: one draw in 30 or so falls on one page twice


def test_the_sample_stands_for_all_pairs(book: Index) -> None:
    """Within four standard errors of a share, at every tenth of the distribution."""
    corpus, _ = compare(book.store, np.ones((1, 384), np.float32), None)
    vectors = book.store.vectors(corpus.keys)
    products = vectors @ vectors.T
    every = products[corpus.owner[:, None] < corpus.owner[None]]
    found = unrelated(book.store, corpus)
    for share in range(10, 100, 10):
        percent = percentile(float(np.percentile(every, share)), found).percent
        assert abs(percent - share) <= 4 * 100 * np.sqrt(share / 100 * (1 - share / 100) / len(found))


def test_a_corpus_of_one_document_has_no_pairs_and_no_others(small: Index) -> None:
    small.add([Document("only", "one page")])
    corpus, [scores] = compare(small.store, np.ones((1, small.contract.encoder.dim), np.float32), None)
    assert len(unrelated(small.store, corpus)) == 0
    assert len(of_others(corpus, scores, "only")) == 0
