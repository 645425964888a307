import pytest

from askew.errors import InputError
from askew.recommend.configurations import labelled_benchmark, synthetic_benchmark
from askew.types import Document

DOCUMENTS = [
    Document(f"d{n}", f"The number {n} is written on this page. It is a large page, with much else on it too, to read.")
    for n in range(50)
]
QUERIES = [Document(f"q{n}", f"page {n}") for n in range(20)]
QRELS = {f"q{n}": {f"d{n}": 1.0, f"d{n + 1}": 0.0} for n in range(20)}


def test_what_answers_is_always_among_the_sample() -> None:
    trial = labelled_benchmark(DOCUMENTS, QUERIES, QRELS, most_documents=30, most_queries=10)
    assert (len(trial.documents), len(trial.queries), trial.among, trial.labelled) == (30, 10, 50, True)
    here = {document.id for document in trial.documents}
    assert all(id in here for query in trial.queries for id, value in trial.qrels[query.id].items() if value > 0)
    assert [document.id for document in trial.documents] == [d.id for d in DOCUMENTS if d.id in here]
    assert trial == labelled_benchmark(DOCUMENTS, QUERIES, QRELS, most_documents=30, most_queries=10)


def test_a_larger_sample_holds_the_smaller_queries_only_where_they_are_judged() -> None:
    extra = [*QUERIES, Document("unjudged", "x")]
    trial = labelled_benchmark([*DOCUMENTS, Document("empty", " ")], extra, {**QRELS, "q0": {"gone": 1.0}})
    assert {query.id for query in trial.queries} == {f"q{n}" for n in range(1, 20)}
    assert "empty" not in {document.id for document in trial.documents}


def test_judgements_of_other_documents_are_refused() -> None:
    with pytest.raises(InputError, match="same ids"):
        labelled_benchmark(DOCUMENTS, QUERIES, {"q1": {"elsewhere": 1.0}})


def test_queries_from_the_documents_say_from_where() -> None:
    trial = synthetic_benchmark(DOCUMENTS, most_documents=40, most_queries=15)
    assert (trial.labelled, len(trial.queries), len(trial.documents)) == (False, 15, 40)
    assert set(trial.ways) == {query.id for query in trial.queries}


def test_documents_that_are_not_there_take_no_room() -> None:
    absent = {id: {**marks, **{f"gone-{id}-{n}": 1.0 for n in range(5)}} for id, marks in QRELS.items()}
    assert len(labelled_benchmark(DOCUMENTS, QUERIES, absent, most_documents=30).documents) == 30


def test_what_only_an_empty_document_answers_is_not_asked() -> None:
    trial = labelled_benchmark([*DOCUMENTS, Document("empty", " ")], QUERIES, {**QRELS, "q0": {"empty": 1.0}})
    assert "q0" not in trial.qrels
