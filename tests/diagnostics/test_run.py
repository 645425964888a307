from dataclasses import replace
from pathlib import Path

import pytest
from helpers.patients import Make, plain_texts, spread

from askew.demo import handbook
from askew.diagnostics.finding import Level, fine, too_few, unknown
from askew.diagnostics.run import Depth, diagnose
from askew.index import Index
from askew.progress import Progress
from askew.types import Document

NAMES = {
    "prompts", "similarity", "training", "truncation", "room", "recall", "vectors", "languages", "boilerplate",
    "lengths", "floor", "hubs", "repeats", "length-bias", "crowding", "short",
}  # fmt: skip


def test_every_question_is_asked_and_the_worst_comes_first(patient: Make) -> None:
    case = patient(plain_texts(120))
    steps: list[Progress] = []
    look = diagnose(case.index, "patient", report=steps.append)
    assert {finding.name for finding in look.findings} == NAMES
    assert look.passages == 120
    [finding] = look.of(Level.ADVICE)
    assert finding == look.findings[0]
    assert finding.name == "vectors"  # they are random
    assert "search" in {step.what for step in steps}


def test_quick_looks_at_no_vector(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    case = patient(plain_texts(120))
    monkeypatch.delattr(type(case.index.store), "vectors")
    look = diagnose(case.index, "patient", Depth.QUICK)
    assert look.passages == 0
    assert {finding.name for finding in look.findings} == {
        "prompts", "similarity", "training", "truncation", "room", "recall",
    }  # fmt: skip


def test_users_queries_take_the_place_of_passages(patient: Make) -> None:
    rows = spread(120, 512)
    case = patient(plain_texts(120), rows)
    look = diagnose(case.index, "patient", queries=["the glacier"] * 5)
    assert next(finding for finding in look.findings if finding.name == "hubs").level is Level.UNKNOWN


def test_few_documents_and_none(patient: Make) -> None:
    for count in (0, 5):
        look = diagnose(patient(plain_texts(count)).index, "patient")
        assert "neighbours" in {finding.name for finding in look.of(Level.UNKNOWN)}


def test_a_sound_index_gives_no_advice(tmp_path: Path) -> None:
    """The beginnings of the demo's handbook, by the real model."""
    with Index.create(tmp_path / "book", "enterprise-search") as index:
        index.add([replace(document, text=document.text[:300]) for document in handbook()])
        look = diagnose(index, "book")
    assert look.of(Level.ADVICE) == []
    assert look.passages > 50


def test_chinese_in_a_model_of_english(tmp_path: Path) -> None:
    places = ["办公室", "图书馆", "医院", "学校", "车站", "银行"]
    texts = [f"{place}在第{number}层，九点以前门是不开的。" for number in range(10) for place in places]
    with Index.create(tmp_path / "zh", "question-answering") as index:
        index.add([Document(f"d{number}", text) for number, text in enumerate(texts)])
        found = {finding.name: finding for finding in diagnose(index, "zh").of(Level.ADVICE)}
    assert found["languages"].figure == 1
    assert "(100 % zh)" in found["languages"].sentence


def test_levels() -> None:
    assert fine("room", 0.1, "Little.").level is Level.FINE
    assert unknown("vectors", "Why.").level is Level.UNKNOWN
    assert "3 of the 50 documents" in too_few("hubs", 3, 50).sentence


def test_remedies_name_the_index_as_the_user_calls_it(patient: Make) -> None:
    case = patient(["one"])
    assert case.rebuild_command() == "askew index patient-2 PATH… --task question-answering --model hashing"
    assert (
        case.rebuild_command("--model other") == "askew index patient-2 PATH… --task question-answering --model other"
    )
    assert case.migrate_command("--policy chunk") == "askew migrate patient --policy chunk --switch"
    assert case.known
    assert case.card.name == "hashing"
