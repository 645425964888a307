from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.search.hybrid import rank
from askew.search.ranking import SearchParams
from askew.stores.local import LocalStore
from askew.types import FloatMatrix

MEANING = {"water": vector(1.0), "camp": vector(0.0, 1.0)}


def encode(texts: Sequence[str]) -> FloatMatrix:
    return np.array([MEANING[text] for text in texts], np.float32)


@pytest.fixture
def store(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    made.write(
        [
            entry("boats", ("kayak", vector(0.9)), ("canoe", vector(0.8))),
            entry("words", ("water", vector(0.1, 0.2))),
            entry("tents", ("camp", vector(0.0, 0.9)), ("fire", vector(0.3, 0.1))),
        ]
    )
    yield made
    made.close()


def names(rankings) -> list[list[str]]:
    return [[entry.document for entry in ranking] for ranking in rankings]


def test_each_mode_ranks_in_its_own_way(store: LocalStore) -> None:
    assert names(rank(store, encode, ["water", "camp"], SearchParams(3))) == [
        ["boats", "tents", "words"],
        ["tents", "words", "boats"],
    ]
    assert names(rank(store, encode, ["water", "camp"], SearchParams(3, "lexical"))) == [["words"], ["tents"]]
    [hybrid] = rank(store, encode, ["water"], SearchParams(3, "hybrid"))
    assert names([hybrid]) == [["boats", "words", "tents"]]  # the best by meaning, the best by words, neither
    assert [entry.score for entry in hybrid] == pytest.approx([0.5, 0.5, 0.0], abs=1e-6)
    assert {entry.method for entry in hybrid} == {"hybrid"}


def test_by_words_no_model_is_asked(store: LocalStore) -> None:
    def refuse(texts: Sequence[str]) -> FloatMatrix:
        raise AssertionError

    assert names(rank(store, refuse, ["water"], SearchParams(3, "lexical"))) == [["words"]]


def test_no_query_is_no_ranking(store: LocalStore) -> None:
    assert rank(store, lambda texts: np.empty((0, DIM), np.float32), [], SearchParams(3, "hybrid")) == []


def test_documents_can_be_scored_by_several_passages(store: LocalStore) -> None:
    [best] = rank(store, encode, ["water"], SearchParams(2, document_score="mean2"))
    assert [(entry.document, round(entry.score, 4)) for entry in best] == [("boats", 0.85), ("tents", 0.15)]


def test_several_passages_of_a_document_can_be_hits_unless_they_touch(store: LocalStore) -> None:
    far = [("x", vector(0.0, 0.0, 0.1)) for _ in range(3)]
    store.write([entry("long", ("one", vector(0.7)), *far, ("two", vector(0.6)))])
    [hits] = rank(store, encode, ["water"], SearchParams(4, passages=2))
    assert [(entry.document, entry.key) for entry in hits] == [("boats", 0), ("long", 5), ("long", 9), ("tents", 4)]
    [once] = rank(store, encode, ["water"], SearchParams(3))
    assert names([once]) == [["boats", "long", "tents"]]
    assert hits[0].neighbours == (1,)
