"""Rankings in memory are those of a real index."""

from pathlib import Path

import numpy as np
import pytest

from askew.encoders.loading import load
from askew.index import Index
from askew.ingest import entries
from askew.models import cards
from askew.recommend.grid_search import TOP, BenchmarkCorpus, Best, as_run, by_meaning, by_words, fused
from askew.types import Document, Role

THINGS = ("tent", "boot", "stove", "lamp", "rope", "axe", "bag", "map")
COLOURS = ("red", "blue", "old", "cheap", "heavy")
DOCUMENTS = [
    Document(
        f"{colour}-{thing}", f"# The {colour} {thing}\n\nIt is {colour}. " + f"Every {thing} has a {colour} box. " * 9
    )
    for colour in COLOURS
    for thing in THINGS
]
QUERIES = ["a red tent", "heavy stove box", "where is the cheap map", "blue"]


@pytest.mark.parametrize("mode", ["dense", "lexical", "hybrid"])
def test_a_ranking_is_that_of_an_index(mode: str, tmp_path: Path) -> None:
    encoder = load(cards.get("hashing"), "question-answering")
    with Index.create(
        tmp_path / "shop", "question-answering", encoder=encoder, policy="chunk", chunk_tokens=40, overlap=8
    ) as index:
        index.add(DOCUMENTS)
        expected = index.rank(QUERIES, TOP, mode=mode, weights=(1.0, 3.0))
        made = entries(DOCUMENTS, encoder, index.contract)
        contract = index.contract
    corpus = BenchmarkCorpus.of(made)
    assert len(corpus.owners) > len(DOCUMENTS)
    queries = encoder.encode(QUERIES, Role.QUERY).vectors
    passages = np.concatenate([entry.vectors for entry in made])
    meaning, words = by_meaning(queries, passages, corpus), by_words(QUERIES, made, corpus, contract.language)
    best = {"dense": meaning, "lexical": words, "hybrid": fused(meaning, words, (1.0, 3.0))}[mode]
    run = as_run(best, QUERIES, corpus)
    for query, ranking in zip(QUERIES, expected, strict=True):
        scores = {entry.document: entry.score for entry in ranking}
        mine = list(run[query])
        cut = min(scores.values())
        # Equal scores may stand in either order, and either of two may be the last.
        surely = {id for id, score in scores.items() if score > cut + 1e-5}
        assert surely <= set(mine)
        shared = [scores[id] for id in mine if id in scores]
        assert shared == pytest.approx(sorted(shared, reverse=True), abs=1e-4)
    for row, ranking in enumerate(expected):
        scores = [entry.score for entry in ranking]
        assert best.scores[row, : len(scores)].tolist() == pytest.approx(scores, abs=1e-4)


def test_a_run_keeps_the_scores_and_leaves_out_what_is_not_there() -> None:
    best = Best(np.array([[2, 0, -1]]), np.array([[0.9, 0.9, 0.0]], np.float32), np.zeros(1, np.float32))
    run = as_run(best, ["q"], BenchmarkCorpus(["a", "b", "c"], np.arange(3)))
    assert list(run["q"]) == ["c", "a"]
    assert run["q"]["c"] == run["q"]["a"] == pytest.approx(0.9)


def test_shares_lie_between_the_floor_and_the_best() -> None:
    best = Best(np.array([[0, 1, 2]]), np.array([[0.8, 0.5, 0.1]], np.float32), np.array([0.2], np.float32))
    assert best.shares()[0].tolist() == pytest.approx([1, 0.5, 0])


def test_equal_scores_go_to_the_document_that_stands_first_by_meaning() -> None:
    zero, count = np.zeros(1, np.float32), 40
    downwards = np.arange(count - 1, -1, -1)[None]
    meaning = Best(downwards, np.ones((1, count), np.float32), zero)
    none = Best(np.full((1, 3), -1), np.zeros((1, 3), np.float32), zero)
    assert fused(meaning, none, (1.0, 1.0), TOP).places.tolist() == downwards[:, :TOP].tolist()
    assert fused(none, meaning, (1.0, 1.0), TOP).places.tolist() == downwards[:, :TOP].tolist()


def test_equal_scores_by_meaning_go_to_the_document_that_was_there_first() -> None:
    ones = np.ones((200, 2), np.float32)
    best = by_meaning(ones[:3], ones, BenchmarkCorpus([str(n) for n in range(200)], np.arange(200)), TOP)
    assert best.places.tolist() == [list(range(TOP))] * 3


def test_long_documents_do_not_crowd_out_the_others(tmp_path: Path) -> None:
    """One document's passages alone are more than are asked for at first."""
    many = [Document("long", "A tent. " * 5000), *(Document(f"d{n}", f"The tent {n} is in box {n}.") for n in range(9))]
    encoder = load(cards.get("hashing"), "question-answering")
    with Index.create(
        tmp_path / "shop", "question-answering", encoder=encoder, policy="chunk", chunk_tokens=16, overlap=0
    ) as index:
        index.add(many)
        [expected] = index.rank(["tent"], TOP, mode="lexical")
        made = entries(many, encoder, index.contract)
    corpus = BenchmarkCorpus.of(made)
    assert len(made[0].passages) > 400
    found = as_run(by_words(["tent"], made, corpus, ""), ["q"], corpus)["q"]
    assert set(found) == {entry.document for entry in expected} == {document.id for document in many}
