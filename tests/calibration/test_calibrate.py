from pathlib import Path

import pytest
from helpers.counting import counting
from helpers.judged import corpus, queries

from askew.calibration.calibrate import calibrate, guarantees
from askew.confidence.record import NOTE, CalibrationRecord, read
from askew.confidence.risk_control import Guarantee, Infeasible, labelled_scores
from askew.errors import InputError, StoreError
from askew.evaluation.qrels import by_id
from askew.faq.entries import QuestionAnswer
from askew.faq.faq import Faq
from askew.index import Index
from askew.paths import calibrations
from askew.progress import Progress

TEXTS = by_id(queries(corpus())[0], "")
QRELS = queries(corpus())[1]
PAIRS = [
    (f"red tent number {n}", text, label)
    for n in range(60)
    for text, label in ((f"red tent number {n} here", 1.0), (f"blue kayak of {n} friends", 0.0))
]


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    with Index.create("book", "question-answering", model="hashing") as made:
        made.add(corpus())
    return tmp_path


def test_an_open_index_answers_with_the_guarantee(index: Path) -> None:
    steps: list[Progress] = []
    with Index.open("book", writable=True) as opened:
        found = calibrate(opened, queries=TEXTS, qrels=QRELS, unanswerable=True, promise=0.9, progress=steps.append)
        assert len(opened.search(corpus()[7].text, min_confidence=0.9)) == 1
    assert [one.promise for one in found.guarantees] == [0.9]
    assert (found.threshold, found.coverage) == (found.guarantee.threshold, found.guarantee.coverage)
    assert 0 < found.coverage <= 1
    assert (found.left_out, found.file, steps[-1].done) == (0, None, 300)


def test_a_name_and_files_give_the_same(index: Path) -> None:
    rows = "".join(f"{id},{text}\n" for id, text in TEXTS.items())
    (index / "queries.csv").write_text(f"id,text\n{rows}")
    (index / "qrels.tsv").write_text(
        "".join(f"{id}\t{document}\t1\n" for id, known in QRELS.items() for document in known)
    )
    given = calibrate("book", queries=TEXTS, qrels=QRELS, unanswerable=True)
    assert calibrate("book", queries="queries.csv", qrels=index / "qrels.tsv", unanswerable=True) == given
    assert [one.promise for one in given.guarantees] == [0.8, 0.9, 0.95, 0.99]
    assert given.guarantee.promise == max(one.promise for one in given.guarantees if isinstance(one, Guarantee))


def test_each_way_of_searching_has_its_own_calibration(index: Path) -> None:
    calibrate("book", queries=TEXTS, qrels=QRELS, confidence=0.8)
    found = calibrate("book", queries=TEXTS, qrels=QRELS, mode="hybrid", weights=(2.0, 1.0))
    assert (found.record.settings["mode"], found.record.settings["weights"], found.left_out) == (
        "hybrid",
        "evidence 2,1",
        100,
    )
    with Index.open("book") as opened:
        assert [one.confidence for one in read(opened.store.note(NOTE))] == [0.8, 0.9]


def test_a_faq_is_calibrated_in_its_one_way(tmp_path: Path) -> None:
    with Faq.create(
        tmp_path / "x", question_encoder=counting("duplicate-questions"), answer_encoder=counting("question-answering")
    ) as faq:
        faq.add([QuestionAnswer(one.id, one.text, f"Answer {one.id}") for one in corpus()])
        found = calibrate(faq, queries=TEXTS, qrels=QRELS, unanswerable=True)
        assert (found.record.of, found.record.scores.total) == ("faq", 240)
        for way in ({"mode": "hybrid"}, {"weights": (1.0, 1.0)}, {"document_score": "mean2"}, {"labels": PAIRS}):
            with pytest.raises(InputError):
                calibrate(faq, queries=TEXTS, qrels=QRELS, **way)  # type: ignore[arg-type]
        with pytest.raises(InputError):
            calibrate(faq, labels=PAIRS)


def test_pairs_are_stored_in_the_index_or_for_files(index: Path) -> None:
    inside = calibrate("book", labels=PAIRS, promise=0.9)
    assert (inside.record.of, inside.record.documents, inside.file) == ("pairs", 60, None)
    (index / "texts.txt").write_text("red tent\n")
    outside = calibrate("texts.txt", labels=PAIRS, promise=0.9, model="hashing")
    assert outside.file is not None
    assert outside.file.parent == calibrations()
    assert outside.threshold == pytest.approx(inside.threshold)


def test_a_precision_out_of_reach_is_an_error_unless_it_is_in_the_table(index: Path) -> None:
    with pytest.raises(InputError, match="2,302"):
        calibrate("book", queries=TEXTS, qrels=QRELS, unanswerable=True, promise=0.999)
    wrong = {query: {"d0": 1.0} for query in QRELS}
    found = calibrate("book", queries=TEXTS, qrels=wrong)
    assert all(isinstance(one, Infeasible) for one in found.guarantees)
    with pytest.raises(InputError):
        _ = found.threshold


def test_impossible_arguments_are_refused(index: Path) -> None:
    for arguments in (
        {},
        {"queries": TEXTS},
        {"qrels": QRELS},
        {"queries": TEXTS, "qrels": QRELS, "labels": PAIRS},
        {"labels": PAIRS, "where": {"a": 1}},
        {"labels": ["a", "b"]},
        {"queries": ["a"], "qrels": QRELS},
        {"queries": TEXTS, "qrels": {"q0": ["d1"]}},
        {"queries": TEXTS, "qrels": QRELS, "promise": 1.5},
        {"queries": TEXTS, "qrels": QRELS, "mode": "wise"},
    ):
        with pytest.raises(InputError):
            calibrate("book", **arguments)  # type: ignore[arg-type]
    with pytest.raises(InputError):
        calibrate("nowhere", labels=PAIRS)
    with Index.open("book") as opened, pytest.raises(StoreError):
        calibrate(opened, queries=TEXTS, qrels=QRELS)


def test_the_standard_table_has_four_precisions() -> None:
    scores = labelled_scores([1.0 - n / 1000 for n in range(200)], [True] * 100 + [False] * 100)
    found = guarantees(CalibrationRecord("pairs", {}, scores, 100, 0.9))
    assert [(one.promise, type(one)) for one in found] == [
        (0.8, Guarantee), (0.9, Guarantee), (0.95, Guarantee), (0.99, Infeasible),
    ]  # fmt: skip
