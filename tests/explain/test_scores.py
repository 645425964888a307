from functools import cache

import numpy as np
import pytest

from askew import Document, Index
from askew.explain.scores import (
    MISSED,
    NO_WORD,
    NOT_READ,
    Order,
    PassageRows,
    Percentile,
    RankedEntry,
    by_meaning,
    by_word,
    compare,
    evidence_of,
    in_fusion,
    in_order,
    of_others,
    percentile,
    products,
    unrelated,
)
from askew.search.background import PAIRS, SEED
from askew.search.hybrid import ChannelRanking, rank_channels
from askew.search.ranking import Ranked, SearchParams


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


IDS = ("a", "b", "c")
CORPUS = PassageRows(np.array([10, 11, 12, 20, 21, 30]), IDS, np.array([0, 0, 0, 1, 1, 2]), {"a": 0, "b": 1, "c": 2})


def order(*scores: float) -> Order:
    return by_meaning(CORPUS, np.array(scores, np.float32))


def test_a_document_stands_by_its_best_passage() -> None:
    found = order(0.1, 0.5, 0.3, 0.9, 0.2, 0.4)
    assert found.top(5) == (
        RankedEntry(1, "b", np.float32(0.9)),
        RankedEntry(2, "a", np.float32(0.5)),
        RankedEntry(3, "c", np.float32(0.4)),
    )
    assert [found.rank(id) for id in IDS] == [2, 1, 3]
    assert (found.key(1), found.key(2), found.score(3), len(found)) == (20, 11, np.float32(0.4), 3)
    assert len(found.top(2)) == 2


def test_equal_scores_stand_by_key() -> None:
    found = order(0.1, 0.5, 0.5, 0.5, 0.5, 0.5)
    assert [entry.document for entry in found.top(3)] == ["a", "b", "c"]
    assert [found.key(rank) for rank in (1, 2, 3)] == [11, 20, 30]


def test_by_word_only_those_that_share_one_have_a_rank(small: Index) -> None:
    small.add([Document("x", "red tents"), Document("y", "blue boats"), Document("z", "red red tents, very red")])
    corpus, _ = compare(small.store, np.ones((1, small.contract.encoder.dim), np.float32), None)
    found = by_word(small.store, corpus, "red tents", None)
    assert {entry.document for entry in found.top(5)} == {"x", "z"}
    assert (found.rank("y"), len(found)) == (0, 2)
    scores = small.store.lexical("red tents", 3).scores[0]
    assert [found.score(1), found.score(2)] == scores[:2].tolist()
    assert len(by_word(small.store, corpus, "zebra", None)) == 0


def test_the_order_is_that_of_the_search(book: Index) -> None:
    query = "can I take my dog to the office"
    vector = book.sealed.encode_queries([query], "testing")
    corpus, [scores] = compare(book.store, vector, None)
    for found, mode in ((by_meaning(corpus, scores), "dense"), (by_word(book.store, corpus, query, None), "lexical")):
        [ranking] = book.rank([query], 100, mode=mode)
        assert [(entry.document, entry.score) for entry in found.top(100)] == [(e.document, e.score) for e in ranking]


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


ROWS = PassageRows(
    np.array([10, 11, 12, 20, 21, 30]), ("a", "b", "c"), np.array([0, 0, 0, 1, 1, 2]), {"a": 0, "b": 1, "c": 2}
)
RANKING = by_meaning(ROWS, np.array([0.1, 0.5, 0.25, 1.0, 0.2, 0.25], np.float32))
OWN = range(10, 13)


def test_within_k_nothing_is_missing() -> None:
    found = in_order("dense", RANKING, "a", OWN, 2, True)
    assert (found.channel, found.rank, found.of, found.score, found.passage) == ("dense", 2, 3, 0.5, 1)
    assert (found.shown, found.least_k, found.score_at_k, found.missing, found.note) == (True, 2, 0.5, 0.0, "")


def test_below_k_it_lacks_what_the_last_one_shown_has_more() -> None:
    found = in_order("dense", RANKING, "a", OWN, 1, False)
    assert (found.rank, found.shown, found.least_k, found.score_at_k, found.missing) == (2, False, 2, 1.0, 0.5)
    assert in_order("dense", RANKING, "c", range(30, 31), 10, True).score_at_k == 0.25


def test_what_an_approximate_index_misses_is_said() -> None:
    found = in_order("dense", RANKING, "a", OWN, 2, False)
    assert (found.rank, found.shown, found.note) == (2, False, MISSED)


@pytest.mark.parametrize(("k", "missing"), [(1, 1.0), (2, 0.25), (3, 0.0)])
def test_without_a_rank_it_says_why(k: int, missing: float) -> None:
    order = Order(ROWS, RANKING.rows[[0, 2]], RANKING.scores)
    found = in_order("lexical", order, "a", OWN, k, False)
    assert (found.rank, found.of, found.score, found.shown, found.least_k) == (0, 2, 0.0, False, 0)
    assert (found.note, found.missing) == (NO_WORD, missing)


def test_where_nobody_shares_a_word() -> None:
    found = in_order("lexical", Order(ROWS, RANKING.rows[:0], RANKING.scores), "a", OWN, 5, False)
    assert (found.rank, found.of, found.score_at_k, found.missing, found.note) == (0, 0, 0.0, 0.0, NO_WORD)


def test_a_fused_ranking_is_read_as_deep_as_it_takes() -> None:
    """A document that comes to light only at the third step, better than some that stood there before."""
    asked: list[int] = []

    def fused(k: int) -> list[Ranked]:
        asked.append(k)
        ids = [f"d{number}" for number in range(k)]
        ids[150 if k == 1000 else 0] = "late" if k >= 1000 else "d0"
        return [Ranked(id, 7, 1 / rank) for rank, id in enumerate(ids[:k], 1)]

    found = in_fusion(fused, "late", range(5, 9), 10, 5000)
    assert asked == [10, 100, 1000]
    assert (found.rank, found.of, found.score, found.passage) == (151, 1000, 1 / 151, 2)
    assert (found.shown, found.least_k, found.score_at_k) == (False, 151, 1 / 10)
    assert found.missing == pytest.approx(1 / 10 - 1 / 151)


@pytest.fixture
def crowd(small: Index) -> Index:
    """Of 330 documents, some have no word of the query, some many; those far down only one ranking has near."""
    rng = np.random.default_rng(5)
    words = ["red", "tent", "boat", "leave", "days", "office", "dog", "cat", "paid", "holiday"]
    small.add([Document(f"d{i}", " ".join(rng.choice(words, size=rng.integers(2, 9)))) for i in range(330)])
    return small


@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, 5.0)])
def test_the_least_k_is_the_first_with_which_the_search_shows_it(crowd: Index, weights: tuple[float, float]) -> None:
    fused = cache(lambda k: crowd.rank(["red dog office"], k, mode="hybrid", weights=weights)[0])
    steps = set()
    for id in [f"d{number}" for number in range(0, 330, 11)]:
        [own] = crowd.store.extents([id])
        found = in_fusion(fused, id, own, 10, 330)
        showing = [k for k in range(1, 331) if any(entry.document == id for entry in fused(k))]
        assert found.least_k == showing[0]
        assert found.shown == (10 in showing)
        steps.add(found.least_k > 100)
    assert steps == {True, False}


def test_a_ranking_without_weight_gives_no_rank(crowd: Index) -> None:
    lonely = next(d for d in crowd.documents([f"d{i}" for i in range(330)]) if "red" not in d.text)
    [own] = crowd.store.extents([lonely.id])
    found = in_fusion(lambda k: crowd.rank(["red"], k, mode="hybrid", weights=(0.0, 1.0))[0], lonely.id, own, 5, 330)
    assert (found.rank, found.score, found.shown, found.least_k, found.note) == (0, 0.0, False, 0, NOT_READ)
    assert found.missing == found.score_at_k > 0


@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, 5.0)])
def test_the_shares_sum_to_the_score_of_the_search(crowd: Index, weights: tuple[float, float]) -> None:
    query, params = "red dog office", SearchParams(330, "hybrid", weights=weights)
    vectors = crowd.sealed.encode_queries([query], "testing")
    ranking = crowd.rank([query], 330, mode="hybrid", weights=weights)[0]
    read = cache(lambda depth: rank_channels(crowd.store, [query], vectors, params, depth)[0])
    deep = 0
    for place, entry in enumerate(ranking):
        [own] = crowd.store.extents([entry.document])
        found = evidence_of(read, weights, entry.document, own, 330)
        assert [each.channel for each in found] == ["dense", "lexical"]
        total = sum(each.share for each in found)
        if all(each.of <= 100 for each in found):
            assert total == pytest.approx(entry.score)
        else:  # nothing found later has a higher score
            assert min(total, ranking[place - 1].score) == pytest.approx(entry.score)
            deep += 1
    assert 0 < deep < len(ranking) == 330


def channel(*documents: str, score: float = 0.0, moments: tuple[float, float] | None = None) -> ChannelRanking:
    return ChannelRanking([Ranked(id, 7 + place, score) for place, id in enumerate(documents)], moments)


def test_evidence_is_the_cube_of_the_deviations_or_the_score_itself() -> None:
    read = [channel("a", "b", score=0.7, moments=(0.1, 0.2)), channel("b", score=4.0), channel(moments=(0.0, 0.0))]
    dense, lexical, sparse = evidence_of(lambda _: read, (1.0, 2.0, 1.5), "b", range(7, 9), 5)
    assert (dense.rank, dense.of, dense.passage, dense.score) == (2, 2, 1, 0.7)
    assert (dense.floor, dense.deviation) == (0.1, 0.2)
    assert (dense.evidence, dense.best) == (pytest.approx(2.7), pytest.approx(2.7))
    assert (lexical.rank, lexical.passage, lexical.evidence, lexical.weight) == (1, 0, 4.0, 2.0)
    assert (dense.share, lexical.share) == (pytest.approx(2.7 / 10.7), pytest.approx(8 / 10.7))
    assert (sparse.channel, sparse.weight, sparse.rank, sparse.of, sparse.share) == ("sparse", 1.5, 0, 0, 0.0)


def test_without_evidence_the_weights_are_the_shares() -> None:
    read = [channel("a", "b", score=0.1, moments=(0.1, 0.2)), channel()]
    dense, lexical = evidence_of(lambda _: read, (1.0, 3.0), "b", range(7, 9), 5)
    assert (dense.evidence, dense.best, dense.share, lexical.share) == (0.0, 0.0, 0.25, 0.0)
