import math
import sys
from pathlib import Path
from typing import Any

import pytest
from helpers.hashing_card import hashing_card
from helpers.to_migrate import documents, model

from askew.errors import ContractError, InputError
from askew.evaluation.significance import Interval
from askew.faq.faq import Faq
from askew.index import Index
from askew.migration.migrate import migrate, model_mismatch
from askew.migration.steps import state
from askew.progress import Progress
from askew.types import Document


def test_build_compare_switch_and_drop(book: Path, card: str) -> None:
    steps: list[Progress] = []
    built = migrate(book, to=card, k=3, progress=steps.append)
    assert (built.written, built.removed, built.switched, model(book)) == (300, 0, False, "hashing")
    assert built.parity is not None
    assert (built.parity.k, built.parity.new.model) == (3, "hashing-64")
    assert built.overlap == built.parity.overlap
    assert built.interval.low <= built.overlap <= built.interval.high
    assert {step.what for step in steps} >= {"documents", "queries"}
    switched = migrate(book, switch=True)
    assert (switched.written, switched.switched, switched.parity, model(book)) == (0, True, None, "hashing-64")
    assert (switched.overlap, switched.interval) == (built.overlap, built.interval)  # of the earlier comparison
    dropped = migrate(book, drop_old=True)
    with pytest.raises(InputError):
        _ = dropped.overlap
    with pytest.raises(InputError):
        migrate(book, back=True)


def test_going_back_and_abandoning(book: Path, card: str) -> None:
    migrate(book, to=card, switch=True, k=1)
    with Index.open(book, writable=True) as index:
        index.add([Document("late", "added after the switch")])
    assert (migrate(book, back=True).written, model(book)) == (1, "hashing")
    migrate(book, abandon=True)
    with pytest.raises(InputError):
        migrate(book, switch=True)


def test_it_resumes_and_refuses_another_change(book: Path, card: str) -> None:
    migrate(book, to=card, chunk_tokens=9, prompts={"query": "q: "}, k=1)
    again = migrate(book, k=1)
    assert (again.written, again.parity is not None) == (0, True)
    with pytest.raises(ContractError):
        migrate(book, to="hashing")


def test_it_switches_only_if_the_overlap_is_large_enough(book: Path, tmp_path: Path) -> None:
    narrow = hashing_card(tmp_path, 16)
    kept = migrate(book, to=narrow, switch=True, if_overlap=0.999)
    assert (kept.switched, model(book)) == (False, "hashing")
    assert kept.overlap < 0.999
    assert migrate(book, switch=True, if_overlap=kept.overlap).switched
    assert model(book) == "hashing-16"


def test_a_condition_is_not_met_by_a_comparison_of_another_kind(book: Path, tmp_path: Path) -> None:
    narrow = hashing_card(tmp_path, 16)
    assert migrate(book, to=narrow, mode="lexical", k=1).overlap == 1
    kept = migrate(book, switch=True, if_overlap=0.999)
    assert (kept.switched, kept.parity is not None and kept.parity.mode, kept.overlap < 0.999) == (False, "dense", True)
    assert migrate(book, mode="lexical", k=1).overlap == 1
    assert not migrate(book, switch=True, if_overlap=0.999, mode="dense").switched
    assert migrate(book, mode="lexical", k=1).overlap == 1
    assert migrate(book, switch=True, if_overlap=0.999, mode="lexical", k=1).switched


def test_queries_and_judgements_come_from_objects_or_files(book: Path, card: str, tmp_path: Path) -> None:
    listed = migrate(book, to=card, queries=["red tent", "blue kayak", "red tent"])
    assert listed.parity is not None
    assert (listed.parity.asked, listed.parity.total) == (2, 2)
    named = {"q1": documents(1)[0].text, "q2": "nothing judged"}
    judged = migrate(book, queries=named, qrels={"q1": {"d0": 1}})
    (tmp_path / "queries.csv").write_text(f"id,text\nq1,{named['q1']}\nq2,{named['q2']}\n")
    (tmp_path / "qrels.tsv").write_text("q1\td0\t1\n")
    (tmp_path / "log.txt").write_text("red tent\nblue kayak\n")
    read = migrate(book, queries=tmp_path / "queries.csv", qrels=tmp_path / "qrels.tsv")
    assert judged.parity is not None
    assert read.parity is not None
    assert read.parity.judged == judged.parity.judged
    assert (judged.parity.asked, judged.parity.judged[0].measure) == (1, "nDCG@10")
    logged = migrate(book, queries=str(tmp_path / "log.txt"), report=tmp_path / "parity.html")
    assert logged.parity is not None
    assert (logged.parity.asked, logged.parity.queries) == (2, str(tmp_path / "log.txt"))
    assert "red tent" in (tmp_path / "parity.html").read_text("utf-8")


def test_an_empty_index_is_migrated_without_a_comparison(tmp_path: Path, card: str) -> None:
    Index.create(tmp_path / "none", "question-answering", model="hashing").close()
    found = migrate(tmp_path / "none", to=card, switch=True)
    assert (found.switched, found.parity, len(found.notes)) == (True, None, 1)
    with pytest.raises(InputError):
        _ = found.interval
    migrate(tmp_path / "none", drop_old=True)
    assert not migrate(tmp_path / "none", to="hashing", switch=True, if_overlap=0.5).switched


def test_a_model_that_does_not_suit_the_task_is_named(book: Path, card: str) -> None:
    assert model_mismatch(book, card) == ""
    assert "all-MiniLM-L6-v2" not in model_mismatch(book, "hashing")


def test_impossible_arguments_are_refused(book: Path, card: str, tmp_path: Path) -> None:
    for arguments in (
        {},
        {"back": True},
        {"drop_old": True},
        {"abandon": True},
        {"switch": True},
        {"switch": True, "back": True},
        {"abandon": True, "to": card},
        {"back": True, "queries": ["a"]},
        {"to": card, "if_overlap": 0.5},
        {"to": card, "switch": True, "if_overlap": 5.0},
        {"to": card, "qrels": {"q": {"d0": 1}}},
        {"to": card, "k": 0},
        {"to": card, "queries": []},
        {"to": "hashing"},
        {"to": "nothing-like-it"},
    ):
        with pytest.raises(InputError):
            migrate(book, **arguments)  # type: ignore[arg-type]
    assert migrate(book, to=card, k=1).interval == Interval(*vars(migrate(book, k=1).interval).values())
    Faq.create(tmp_path / "help", question_model="hashing", answer_model="hashing").close()
    with pytest.raises(InputError):
        migrate(tmp_path / "help", to=card)


def files_in(folder: Path) -> set[Path]:
    """All files but locks and what SQLite keeps beside a catalogue that is read."""
    return {path for path in folder.rglob("*") if path.suffix != ".lock" and not path.name.endswith(("-wal", "-shm"))}


@pytest.mark.parametrize(
    "wrong",
    [
        {"queries": {"q": "words"}, "qrels": {"other": {"d": 1}}},
        {"queries": {"q": "words"}, "qrels": {"q": {"d": 0}}},
        {"queries": {"q": "words"}, "qrels": {"q": {"d": "high"}}},
        {"mode": "fuzzy"},
        {"report": " "},
        {"report": "no folder/parity.html"},
        {"switch": "yes"},
        {"overlap": math.nan},
        {"prompts": {"reader": "read: "}},
    ],
)
def test_a_wrong_argument_is_refused_before_anything_is_written(
    book: Path, card: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: dict[str, Any]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = files_in(tmp_path)
    with pytest.raises(InputError):
        migrate(book, to=card, **wrong)
    assert state(book).next is None
    assert files_in(tmp_path) == before


def test_a_report_without_jinja_is_refused_before_the_work(
    book: Path, card: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(InputError):
        migrate(book, to=card, report=tmp_path / "parity.html")
    assert state(book).next is None
