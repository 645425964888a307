from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from askew.errors import InputError
from askew.evaluation.systems import evaluate_reranking, reordered
from askew.index import Index
from askew.progress import Progress
from askew.search.rerank import Reranker
from askew.types import Document

DOCUMENTS = [
    Document("a", "Tents are red.\n\n" + "Nothing here. " * 30 + "\n\nA kayak paddle for the river."),
    Document("b", "kayak paddle", "Boats"),
    Document("c", "A map of the mountains."),
]
RUN = {"q": {"c": 3.0, "a": 2.0, "b": 1.0}, "r": {"c": 1.0}}


class Shortest:
    """Likes short passages best, and remembers what it read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        self.read += [text for _, text in pairs]
        return np.array([-len(text) for _, text in pairs], np.float32)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "x", "question-answering", model="hashing", chunk_tokens=20, overlap=0) as made:
        made.add(DOCUMENTS)
        yield made


def test_a_document_counts_by_its_best_passage_as_in_a_search(index: Index) -> None:
    asked = {"q": "kayak paddle", "r": "map"}
    told: list[Progress] = []
    found = reordered(index, RUN, asked, report=told.append)
    assert set(found["q"]) == {"a", "b", "c"}
    assert found["q"]["b"] > found["q"]["a"] > found["q"]["c"]
    [searched] = index.rank(["kayak paddle"], 3, mode="dense")
    assert found["q"] == {entry.document: pytest.approx(entry.score, abs=1e-6) for entry in searched}
    assert list(found["r"]) == ["c"]
    assert told[-1] == Progress("queries", 2, 2)


def test_queries_without_a_text_are_left_out(index: Index) -> None:
    assert list(reordered(index, RUN, {"r": "map", "z": "x"})) == ["r"]
    with pytest.raises(InputError, match="ids do not meet"):
        reordered(index, RUN, {"z": "x"})


def test_a_second_model_reads_the_best_passage(index: Index) -> None:
    model = Shortest()
    found = reordered(index, {"q": RUN["q"]}, {"q": "kayak paddle"}, Reranker("shortest", model))
    passage, *others = model.read[1], model.read[2], model.read[0]
    assert passage.endswith("A kayak paddle for the river.")
    assert "Tents" not in passage
    assert others == ["Boats\nkayak paddle", "A map of the mountains."]
    assert found["q"] == {"b": -18.0, "c": -23.0, "a": -float(len(passage))}


def test_the_first_stage_of_a_reranker_is_that_of_the_run(index: Index) -> None:
    """Not that of the index, by whose vectors b is the best."""
    words = {"a": 1.0, "b": 2.0, "c": 12.0}
    weighed = Reranker("none", Indifferent(), first_stage_weight=1.0)
    found = reordered(index, {"q": words}, {"q": "kayak paddle"}, weighed)
    deviations = (np.array([*words.values()]) - 5) / np.std([*words.values()])
    assert found["q"] == dict(zip(words, map(pytest.approx, deviations), strict=True))


class Indifferent:
    def score(self, pairs: Sequence[tuple[str, str]]) -> np.ndarray:
        return np.zeros(len(pairs), np.float32)


def test_a_candidate_that_the_index_lacks_is_named(index: Index) -> None:
    with pytest.raises(InputError, match="holds no document 'zz', which the run has for query 'q'"):
        reordered(index, {"q": {"a": 1.0, "zz": 0.5}}, {"q": "kayak"})


def test_the_new_order_is_compared_with_the_original(index: Index) -> None:
    run = {"q": {"c": 3.0, "a": 2.0, "b": 1.0}, "r": {"c": 1.0, "b": 0.5}, "unjudged": {"a": 1.0}}
    queries = {"q": "kayak paddle", "r": "a map of the mountains", "unjudged": "x", "not in the run": "y"}
    qrels = {"q": {"b": 1}, "r": {"c": 1}, "elsewhere": {"a": 1}}
    found = evaluate_reranking(index, run, queries=queries, qrels=qrels)
    assert (found.model, found.queries) == ("hashing", 2)
    assert found.before["AP"] == {"q": pytest.approx(1 / 3), "r": 1}
    assert found.after["AP"] == {"q": 1, "r": 1}
    compared = found.comparisons["AP"]
    assert (compared.won, compared.lost, compared.difference) == (1, 0, pytest.approx(1 / 3))
    with pytest.raises(InputError):
        evaluate_reranking(index, run, queries=queries, qrels={"other": {"a": 1}})
