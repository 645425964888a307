import random
from pathlib import Path

import pytest
from helpers.counting import counting
from helpers.judged import corpus, queries

from askew.calibration.labelled import calibrate_faq, calibrate_search, judged_queries, train_and_score
from askew.confidence.record import NOTE, TopHit, read
from askew.confidence.risk_control import guarantee
from askew.errors import InputError
from askew.evaluation.qrels import by_id
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
from askew.faq.reply import calibrated
from askew.index import Index
from askew.progress import Progress
from askew.search.ranking import SearchParams

QUERIES = {"a": "one", "b": "two", "c": "three"}
QRELS = {"a": {"x": 1.0, "y": 0.0}, "b": {"x": 0.0}}


def test_unanswerable_queries_count_only_on_request() -> None:
    assert [(one.text, one.relevant) for one in judged_queries(QUERIES, QRELS, unanswerable=False)] == [("one", {"x"})]
    assert [len(one.relevant) for one in judged_queries(QUERIES, QRELS, unanswerable=True)] == [1, 0, 0]
    with pytest.raises(InputError):
        judged_queries(QUERIES, {"z": {"x": 1.0}}, unanswerable=True)


def test_training_queries_are_not_scored() -> None:
    rng = random.Random(0)
    firsts = [TopHit("d", rng.random(), rng.random(), 1.0) for _ in range(200)]
    right = [one.lead > 0.4 for one in firsts]
    model, scores = train_and_score(firsts, right)
    assert (len(scores.values), scores.total) == (160, 160)
    assert model.weights[1] > 0
    assert set(scores.values) < {model.of(one) for one in firsts}
    assert train_and_score(firsts, right) == (model, scores)


def test_queries_without_hits_count_but_have_no_score() -> None:
    firsts = [TopHit("d" if number % 2 else "", 0.5, number / 100, 1.0) for number in range(100)]
    _, scores = train_and_score(firsts, [bool(one.document) for one in firsts])
    assert scores.total == 80
    assert 20 < len(scores.values) < 60
    assert all(scores.right)


def test_first_hits_are_scored_and_stored_in_the_index(tmp_path: Path) -> None:
    texts, qrels = queries(corpus())
    known = judged_queries(by_id(texts, ""), qrels, unanswerable=True)
    steps: list[Progress] = []
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as index:
        index.add(corpus())
        record = calibrate_search(index, known, SearchParams(), confidence=0.8, report=steps.append)
        hits = [index.rank([query.text], 10)[0][0].document in query.relevant for query in known]
        other = calibrate_search(index, known, SearchParams(mode="hybrid"))
    assert (record.documents, record.confidence, record.scores.total) == (60, 0.8, 240)
    assert 0 <= sum(hits) - sum(record.scores.right) <= 60
    assert [(one.done, one.total) for one in steps] == [(256, 300), (300, 300)]
    with Index.open(tmp_path / "x") as index:
        assert read(index.store.note(NOTE)) == [record, other]


def test_an_answer_of_a_faq_is_right_for_any_of_its_questions(tmp_path: Path) -> None:
    documents = corpus(30)
    texts, qrels = queries(documents, 200)
    entries = [QuestionAnswer(one.id, one.text, f"Answer {one.id}") for one in documents]
    twins = [QuestionAnswer(f"{one.id}-again", one.text, f"Answer {one.id}") for one in documents]
    with Faq.create(
        tmp_path / "x",
        question_encoder=counting("duplicate-questions"),
        answer_encoder=counting("question-answering"),
    ) as faq:
        faq.add([*twins, *entries])
        record = calibrate_faq(faq, judged_queries(by_id(texts, ""), qrels, unanswerable=True))
        assert faq.estimate().labels == 40
        assert calibrated(faq.answers.store.note(NOTE), faq.settings()) == record
        found = guarantee(record.scores, 0.8)
        given = [faq.ask(text.text, min_confidence=0.8) for text in texts]
    assert record.scores.total == 160
    assert sum(record.scores.right) > 0.5 * len(record.scores.right)
    right = [
        reply.hits[0].entry.answer == f"Answer {next(iter(qrels.get(text.id, {'': 0})))}"
        for text, reply in zip(texts, given, strict=True)
        if reply.hits
    ]
    assert sum(right) / len(right) >= 0.8
    assert abs(len(right) / 200 - found.coverage) < 0.1
