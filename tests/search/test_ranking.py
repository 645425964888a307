"""Rankings from a store written in the test: passages with given scores, and nothing else."""

from collections.abc import Sequence

import numpy as np

from askew.search.ranking import Ranked, dense, lexical
from askew.stores import Neighbours
from askew.types import FloatMatrix, Where


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
