"""Reranking with a scorer whose speed the test sets: its clock moves only when it scores."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.search.hits import Reranking
from askew.search.ranking import Ranked
from askew.search.rerank import FIRST, Reranker, interpolated, passage_text
from askew.types import Document, Passage

NO_LIMIT = float("inf")


class Slow:
    """Scores a text by its length and takes `pace` seconds for a character, more or less by `noise`."""

    def __init__(self, pace: float = 0.0, noise: float = 0.0) -> None:
        self.pace, self.noise, self.now = pace, noise, 0.0
        self.calls: list[int] = []
        self._random = np.random.default_rng(3)

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        self.calls.append(len(pairs))
        swing = 1 + self.noise * self._random.uniform(-1, 1)
        self.now += self.pace * swing * sum(len(query) + len(text) for query, text in pairs)
        return np.array([len(text) for _, text in pairs], np.float32)


def ranking(count: int) -> list[Ranked]:
    return [Ranked(f"d{i}", i, 1.0 - i / 1000) for i in range(count)]


def reranker(scorer: Slow) -> Reranker:
    return Reranker("slow", scorer, clock=lambda: scorer.now)


def test_the_order_is_the_models_and_each_hit_says_so() -> None:
    best, told = reranker(Slow()).rerank("q", ["aa", "a", "aaa"], ranking(3), NO_LIMIT)
    assert [(entry.document, entry.score, entry.method) for entry in best] == [
        ("d2", 3.0, "slow"),
        ("d0", 2.0, "slow"),
        ("d1", 1.0, "slow"),
    ]
    assert (told.model, told.candidates, told.scored) == ("slow", 3, 3)


def test_equal_scores_keep_their_order() -> None:
    best, _ = reranker(Slow()).rerank("q", ["x"] * 5, ranking(5), NO_LIMIT)
    assert [entry.document for entry in best] == ["d0", "d1", "d2", "d3", "d4"]


def test_without_a_budget_all_are_scored_at_once() -> None:
    scorer = Slow(pace=1.0)
    reranker(scorer).rerank("q", ["x"] * 50, ranking(50), NO_LIMIT)
    assert scorer.calls == [50]


def test_what_does_not_fit_stays_below_in_its_order() -> None:
    scorer = Slow(pace=0.001)
    best, told = reranker(scorer).rerank("q", ["x" * 99] * 50, ranking(50), 1.0)
    assert 5 <= told.scored <= 10
    assert told.candidates == 50
    assert told.seconds <= 1.0
    assert [entry.document for entry in best[told.scored :]] == [f"d{i}" for i in range(told.scored, 50)]
    assert {entry.method for entry in best[told.scored :]} == {"dense"}


@given(st.floats(0.05, 5), st.floats(0, 0.3), st.lists(st.integers(1, 2000), min_size=1, max_size=60))
def test_a_known_speed_keeps_every_budget(budget: float, noise: float, lengths: list[int]) -> None:
    """Also where the speed swings by 30 %: what is planned leaves room for it."""
    scorer = Slow(pace=1e-4, noise=noise)
    again = reranker(scorer)
    again.rerank("q", ["x" * 100] * 4, ranking(4), 0.05)
    for _ in range(3):
        _, told = again.rerank("q", ["x" * length for length in lengths], ranking(len(lengths)), budget)
        assert told.seconds <= 1.2 * budget or told.scored == 1


def test_a_budget_that_fits_more_scores_more() -> None:
    counts = []
    for budget in (0.1, 0.5, 2.0):
        again = reranker(Slow(pace=1e-4))
        again.rerank("q", ["x" * 100] * 4, ranking(4), 1.0)
        counts.append(again.rerank("q", ["x" * 99] * 100, ranking(100), budget)[1].scored)
    assert counts[0] < counts[1] < counts[2] == 100


def test_the_first_pairs_teach_the_speed() -> None:
    scorer = Slow(pace=0.01)
    _, told = reranker(scorer).rerank("q", ["x" * 99] * 10, ranking(10), 0.5)
    assert scorer.calls == [FIRST]
    assert told.scored == FIRST


def test_a_budget_too_small_for_any_still_reads_the_first() -> None:
    again = reranker(Slow(pace=0.01))
    again.rerank("q", ["x" * 99] * 4, ranking(4), 1.0)
    assert again.rerank("q", ["x" * 99] * 4, ranking(4), 0.1)[1].scored == 1


def test_the_first_stage_counts_by_its_deviations() -> None:
    """Of d0, d1 and d2 the first stage has 1, .9 and .2, and the model 2, 1 and 3."""
    found = [Ranked("d0", 0, 1.0), Ranked("d1", 1, 0.9), Ranked("d2", 2, 0.2)]
    weighed = Reranker("slow", Slow(), first_stage_weight=2.0)
    best, _ = weighed.rerank("q", ["aa", "a", "aaa"], found, NO_LIMIT)
    first = np.array([1.0, 0.9, 0.2])
    wanted = np.array([2.0, 1.0, 3.0]) + 2 * (first - first.mean()) / first.std()
    assert [entry.document for entry in best] == ["d0", "d1", "d2"]
    assert [entry.score for entry in best] == pytest.approx(wanted.tolist())
    other_unit, _ = weighed.rerank(
        "q", ["aa", "a", "aaa"], [replace(r, score=40 * r.score + 7) for r in found], NO_LIMIT
    )
    assert [entry.score for entry in other_unit] == pytest.approx(wanted.tolist())


def test_the_first_stage_is_standardised_over_all_candidates() -> None:
    """However few are read: two scores that nearly agree do not decide against the model."""
    found = [*ranking(2), *(replace(one, score=0.1) for one in ranking(10)[2:])]
    weighed = Reranker("slow", scorer := Slow(pace=0.01), clock=lambda: scorer.now, first_stage_weight=1.0)
    best, told = weighed.rerank("q", ["x" * 98, "x" * 99, *["x" * 99] * 8], found, 0.5)
    assert told.scored == 2
    assert [entry.document for entry in best[:2]] == ["d1", "d0"]
    assert best[2:] == found[2:]


def test_equal_scores_of_the_first_stage_change_nothing() -> None:
    close = [0.5, np.nextafter(np.float32(0.5), 1.0).item()]
    assert interpolated([3.0, 1.0], [0.5, 0.5], 2.0) == [3.0, 1.0]
    assert interpolated([3.0, 1.0], close, 2.0) == [3.0, 1.0]
    assert interpolated([3.0, 1.0], [0.0, 0.0], 2.0) == [3.0, 1.0]
    assert interpolated([3.0, 1.0], [0.1, 0.5], 0.0) == [3.0, 1.0]
    assert interpolated([], [], 2.0) == []


def test_nothing_to_rerank() -> None:
    assert reranker(Slow()).rerank("q", [], [], 0.1) == ([], Reranking("slow", 0, 0, pytest.approx(0.0)))


def test_a_title_goes_before_its_passage() -> None:
    passage = Passage("d", 0, 0, 4, "text")
    assert passage_text(Document("d", "text", "Title"), passage) == "Title\ntext"
    assert passage_text(Document("d", "text"), passage) == "text"
