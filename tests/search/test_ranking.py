from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import InputError
from askew.search.ranking import (
    Ranked,
    SearchParams,
    best_first,
    best_of_each,
    dense,
    evidence,
    first_of_each,
    fuse,
    lexical,
    mean_of_best,
)
from askew.stores import Neighbours
from askew.stores.local.store import LocalStore
from askew.types import FloatMatrix, Where


@pytest.mark.parametrize(
    "wrong",
    [
        {"k": 0},
        {"offset": -1},
        {"passages": 0},
        {"mode": "fuzzy"},
        {"document_score": "sum"},
        {"document_score": "mean2", "passages": 2},
        {"document_score": "mean2", "mode": "lexical"},
        {"weights": (0, 0)},
        {"weights": (-1, 1)},
        {"min_confidence": 1.5},
        {"min_confidence": 0.9, "offset": 1},
        {"min_confidence": 0.9, "passages": 2},
    ],
)
def test_parameters_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        SearchParams(**wrong)


def test_best_first_breaks_ties_by_key_or_position() -> None:
    scores = np.array([0.5, 0.9, 0.5, 0.9], np.float32)
    assert best_first(scores).tolist() == [1, 3, 0, 2]
    assert best_first(scores, np.array([7, 5, 2, 1])).tolist() == [3, 1, 2, 0]


def test_the_best_passage_of_each_owner_in_order() -> None:
    assert first_of_each(["b", "a", "b", "c", "a"]) == [0, 1, 3]
    assert first_of_each([]) == []
    scores = np.array([0.1, 0.8, 0.3, 0.8], np.float32)
    assert best_of_each(scores, np.array([0, 0, 1, 2])).tolist() == [1, 3, 2]


def test_evidence_begins_at_the_floor_and_does_not_depend_on_the_scale() -> None:
    assert evidence(np.array([0.9, 0.5, 0.0]), 0.1, 0.2) == pytest.approx([6.4, 0.8, 0.0])
    assert evidence(np.array([9.0, 5.0, 0.0]) + 3, 4.0, 2.0) == pytest.approx([6.4, 0.8, 0.0])
    rows = evidence(np.array([[0.9, 0.5], [0.1, 0.1]]), np.array([[0.1], [0.3]]), np.array([[0.4], [0.0]]))
    assert rows == pytest.approx(np.array([[0.8, 0.1], [0.0, 0.0]]))
    assert evidence(np.empty(0), 0.1, 0.2).tolist() == []


def test_fusion_keeps_where_each_name_is_ranked_best() -> None:
    found = fuse([["a", "b"], ["c", "b"]], [[1.0, 0.5], [1.0, 0.8]], (1, 1))
    assert [(one.name, one.channel, one.place) for one in found] == [("b", 0, 1), ("a", 0, 0), ("c", 1, 0)]
    assert [one.score for one in found] == pytest.approx([0.65, 0.5, 0.5])
    strong = fuse([["a", "b"], ["c", "b"]], [[10.0, 5.0], [1.0, 0.8]], (1, 1))
    assert [(one.name, one.score) for one in strong] == [("a", 10 / 11), ("b", 5.8 / 11), ("c", 1 / 11)]
    assert [one.name for one in fuse([["a"], ["c"]], [[1.0], [1.0]], (0, 1))] == ["c"]


class Passages:
    """Of each passage its document, best first; the score falls by one from each to the next."""

    def __init__(self, *documents: str) -> None:
        self.documents = documents
        self.asked: list[int] = []

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        self.asked.append(k)
        keys = np.full((len(vectors), k), -1, np.int64)
        scores = np.full((len(vectors), k), -np.inf, np.float32)
        found = min(k, len(self.documents))
        keys[:, :found] = np.arange(found)
        scores[:, :found] = 100 - np.arange(found)
        return Neighbours(keys, scores)

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        found = self.nearest(np.zeros((1, 1), np.float32), k)
        kept = found.keys[0] >= 0
        return Neighbours(found.keys[:, kept], found.scores[:, kept])

    def owners(self, keys: Sequence[int]) -> list[str]:
        return [self.documents[key] for key in keys]


QUERY = np.zeros((1, 1), np.float32)


def test_a_document_stands_where_its_best_passage_stands() -> None:
    [ranking] = dense(Passages("a", "b", "a", "c"), QUERY, 2)
    assert ranking == [Ranked("a", 0, 100), Ranked("b", 1, 99)]


def test_a_neighbour_among_the_best_is_shown_with_the_passage_it_touches() -> None:
    [ranking] = dense(Passages("a", "a", "b", "a"), QUERY, 3)
    assert ranking == [Ranked("a", 0, 100, (1,)), Ranked("b", 2, 98)]
    [ranking] = dense(Passages("a", "b", "c", "a"), QUERY, 3)
    assert ranking[0].neighbours == ()  # key 3 does not touch key 0


def test_a_document_can_have_more_hits_that_do_not_touch() -> None:
    store = Passages("a", "a", "b", "a", "a", "c")
    [ranking] = dense(store, QUERY, 4, passages=2)
    assert [(entry.document, entry.key, entry.neighbours) for entry in ranking] == [
        ("a", 0, (1,)),
        ("b", 2, ()),
        ("a", 3, ()),
        ("c", 5, ()),
    ]
    [ranking] = dense(store, QUERY, 4, passages=1)
    assert [entry.document for entry in ranking] == ["a", "b", "c"]


def test_it_asks_for_more_where_the_best_passages_are_of_one_document() -> None:
    store = Passages(*["a"] * 50, "b", "c")
    [ranking] = dense(store, QUERY, 2)
    assert [entry.document for entry in ranking] == ["a", "b"]
    assert store.asked == [8, 32, 128]


def test_it_stops_when_there_are_no_more_passages() -> None:
    [ranking] = dense(Passages(*["a"] * 50), QUERY, 2)
    assert [entry.document for entry in ranking] == ["a"]
    assert lexical(Passages(*["a"] * 50), "word", 2) == [Ranked("a", 0, 100, (1,), "lexical")]
    assert lexical(Passages(), "word", 2) == []


def test_each_query_gets_its_own_ranking() -> None:
    assert [len(ranking) for ranking in dense(Passages("a", "b"), np.zeros((3, 1), np.float32), 1)] == [1, 1, 1]


def test_several_good_passages_can_beat_one_that_is_better(tmp_path: Path) -> None:
    store = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    store.write(
        [
            entry("peak", ("p0", vector(0.9)), ("p1", vector(0.1)), ("p2", vector(0.0))),
            entry("broad", ("b0", vector(0.7)), ("b1", vector(0.5)), ("b2", vector(0.6))),
            entry("short", ("s0", vector(0.65))),
        ]
    )
    query = np.array(vector(1.0), np.float32)
    [ranking] = dense(store, query[None], 3)
    assert [entry.document for entry in ranking] == ["peak", "broad", "short"]
    means = mean_of_best(store, query, ranking, 2, 3)
    assert [entry.document for entry in means] == ["broad", "short", "peak"]
    assert [entry.score for entry in means] == pytest.approx([0.65, 0.65, 0.5])
    assert [entry.key for entry in means] == [3, 6, 0]
    threes = mean_of_best(store, query, ranking, 3, 2)
    assert [entry.document for entry in threes] == ["short", "broad"]
    assert [entry.score for entry in threes] == pytest.approx([0.65, 0.6])
    assert mean_of_best(store, query, [], 2, 3) == []
    store.close()
