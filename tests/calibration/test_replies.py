from pathlib import Path

from helpers.counting import counting
from helpers.judged import corpus, queries

from askew.calibration.answers import calibrate_faq, judged_queries
from askew.confidence.record import NOTE
from askew.confidence.risk_control import guarantee
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
from askew.faq.promised import calibrated


def test_an_answer_is_right_whoever_of_its_questions_was_found(tmp_path: Path) -> None:
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
        record = calibrate_faq(faq, judged_queries(texts, qrels, unanswerable=True))
        assert calibrated(faq.answers.store.note(NOTE), faq.settings()) == record
        found = guarantee(record.evidence, 0.8)
        given = [faq.ask(text.text, min_confidence=0.8) for text in texts]
    assert record.evidence.asked == 160
    assert sum(record.evidence.right) > 0.5 * len(record.evidence.right)
    right = [
        reply.hits[0].entry.answer == f"Answer {next(iter(qrels.get(text.id, {'': 0})))}"
        for text, reply in zip(texts, given, strict=True)
        if reply.hits
    ]
    assert sum(right) / len(right) >= 0.8
    assert abs(len(right) / 200 - found.coverage) < 0.1
