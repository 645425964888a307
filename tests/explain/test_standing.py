from functools import cache

import numpy as np
import pytest

from askew import Document, Index
from askew.explain.scores import MISSED, NO_WORD, NOT_READ, Order, PassageRows, by_meaning, in_fusion, in_order
from askew.search.ranking import Ranked

CORPUS = PassageRows(
    np.array([10, 11, 12, 20, 21, 30]), ("a", "b", "c"), np.array([0, 0, 0, 1, 1, 2]), {"a": 0, "b": 1, "c": 2}
)
ORDER = by_meaning(CORPUS, np.array([0.1, 0.5, 0.25, 1.0, 0.2, 0.25], np.float32))
OWN = range(10, 13)


def test_within_k_nothing_is_missing() -> None:
    found = in_order("dense", ORDER, "a", OWN, 2, True)
    assert (found.channel, found.rank, found.of, found.score, found.passage) == ("dense", 2, 3, 0.5, 1)
    assert (found.shown, found.least_k, found.score_at_k, found.missing, found.note) == (True, 2, 0.5, 0.0, "")


def test_below_k_it_lacks_what_the_last_one_shown_has_more() -> None:
    found = in_order("dense", ORDER, "a", OWN, 1, False)
    assert (found.rank, found.shown, found.least_k, found.score_at_k, found.missing) == (2, False, 2, 1.0, 0.5)
    assert in_order("dense", ORDER, "c", range(30, 31), 10, True).score_at_k == 0.25


def test_what_an_approximate_index_misses_is_said() -> None:
    found = in_order("dense", ORDER, "a", OWN, 2, False)
    assert (found.rank, found.shown, found.note) == (2, False, MISSED)


@pytest.mark.parametrize(("k", "missing"), [(1, 1.0), (2, 0.25), (3, 0.0)])
def test_without_a_rank_it_says_why(k: int, missing: float) -> None:
    order = Order(CORPUS, ORDER.rows[[0, 2]], ORDER.scores)
    found = in_order("lexical", order, "a", OWN, k, False)
    assert (found.rank, found.of, found.score, found.shown, found.least_k) == (0, 2, 0.0, False, 0)
    assert (found.note, found.missing) == (NO_WORD, missing)


def test_where_nobody_shares_a_word() -> None:
    found = in_order("lexical", Order(CORPUS, ORDER.rows[:0], ORDER.scores), "a", OWN, 5, False)
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


def test_a_rank_that_only_a_deeper_reading_gives_needs_a_k_that_reads_so_deep() -> None:
    def fused(k: int) -> list[Ranked]:
        ids = [f"d{number}" for number in range(k)]
        if k > 100:
            ids[30] = "late"
        return [Ranked(id, 7, 1 / rank) for rank, id in enumerate(ids, 1)]

    found = in_fusion(fused, "late", range(7, 8), 10, 5000)
    assert (found.rank, found.least_k, found.shown) == (31, 101, False)
    assert in_fusion(fused, "late", range(7, 8), 200, 5000).shown


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
