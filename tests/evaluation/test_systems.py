from collections.abc import Iterator
from pathlib import Path

import pytest

from askew.errors import InputError
from askew.evaluation.index_runs import BATCH, absent, index_run, rank_queries, titles
from askew.index import Index
from askew.progress import Progress
from askew.types import Document

DOCUMENTS = [
    Document("a", "Dogs may come to the office on Fridays.", "Dogs"),
    Document("b", "Cats stay at home.\nAlways."),
    Document("c", "Paid holiday: " + "28 days of leave a year and more words " * 9),
]


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "book", "question-answering", model="hashing") as made:
        made.add(DOCUMENTS)
        yield made


def test_a_run_is_what_the_index_ranks(index: Index) -> None:
    texts = {"q1": "dogs in the office", "q2": "cats at home"}
    for mode in ("dense", "lexical", "hybrid"):
        run = index_run(index, texts, 2, mode)
        for query, ranking in zip(texts, index.rank(list(texts.values()), 2, mode=mode), strict=True):
            assert run[query] == {entry.document: entry.score for entry in ranking}
    assert next(iter(index_run(index, texts, 2)["q1"])) == "a"


def test_many_queries_are_asked_batch_by_batch(index: Index) -> None:
    steps: list[Progress] = []
    rankings = rank_queries(index, ["cats"] * (BATCH + 1), 1, report=steps.append)
    assert [step.done for step in steps] == [BATCH, BATCH + 1]
    assert len(rankings) == BATCH + 1
    assert {ranking[0].document for ranking in rankings} == {"b"}


def test_documents_that_the_index_does_not_hold_are_counted(index: Index) -> None:
    qrels = {"q1": {"a": 1, "x": 2, "y": 0}, "q2": {"z": 1}}
    assert absent(index, qrels, ["q1", "q2"]) == 2
    assert absent(index, qrels, ["q1"]) == 1
    with pytest.raises(InputError, match="holds none of the 1 documents that are judged relevant, like 'z'"):
        absent(index, qrels, ["q2"])


def test_documents_have_titles(index: Index) -> None:
    found = titles(index, ["c", "a", "gone", "b"])
    assert {id: found[id] for id in "ab"} == {"a": "Dogs", "b": "Cats stay at home. Always."}
    assert found["c"].startswith("Paid holiday: 28 days of leave")
    assert found["c"].endswith(" …")
    assert len(found["c"]) <= 122
    assert titles(index, []) == {}
