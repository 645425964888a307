import dataclasses
import json
import shlex
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_families
from helpers.patients import Make, plain_texts
from helpers.tiny_prompts import card_of

from askew.cli.app import run
from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.model_checks import SETTINGS, missing_prompt, similarity_mismatch, stored_vectors, task_mismatch
from askew.diagnostics.run import diagnose
from askew.diagnostics.sample import draw
from askew.encoders import Encoded
from askew.encoders.onnx.encoder import OnnxEncoder
from askew.index import Index
from askew.models import cards
from askew.models.card import Card, Hub
from askew.types import Document

TEXTS = ["the cat sat on the mat", "a dog can stay home", "how long is it not back"]


@pytest.fixture
def tiny(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DiagnosticContext:
    """An index by a random model with prompts."""
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    card = card_of(tiny_families.save("bert", tmp_path / "model"))
    index = Index.create(tmp_path / "tiny", "question-answering", model=str(card))
    index.add([Document(f"d{i}", text, title="the mat" if i else "") for i, text in enumerate(TEXTS)])
    return DiagnosticContext(index, "tiny", index.sizes())


def found(case: DiagnosticContext) -> dict[str, Finding]:
    return {finding.name: finding for finding in stored_vectors(case, draw(case.index.store))}


def test_a_model_and_its_own_vectors(tiny: DiagnosticContext) -> None:
    assert {name: finding.level for name, finding in found(tiny).items()} == {
        "vectors": Level.FINE,
        "prompt-effect": Level.FINE,
    }


def test_prompts_that_change_nothing(tiny: DiagnosticContext, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a library that takes a prompt and encodes without it."""

    def deaf(self: OnnxEncoder, texts, role, report=None, titles=()) -> Encoded:
        rows = np.tile(draw(tiny.index.store).vectors[:1], (len(texts), 1))
        return Encoded(rows, np.ones(len(texts)), np.ones(len(texts)))

    monkeypatch.setattr("askew.encoders.onnx.encoder.OnnxEncoder.encode", deaf)
    dead = [finding for finding in stored_vectors(tiny, draw(tiny.index.store)) if finding.name == "prompt-effect"]
    assert [finding.level for finding in dead] == [Level.ADVICE] * 2
    assert "'how long: ' (query)" in dead[0].sentence
    assert dead[0].remedy == "askew models check tiny"


def test_vectors_of_another_model(patient: Make) -> None:
    """The texts are there, and the vectors are random."""
    finding = found(patient(plain_texts(20)))["vectors"]
    assert (finding.level, finding.figure) == (Level.ADVICE, 1)
    assert "4 of 4 passages" in finding.sentence


def test_a_model_that_is_no_more_the_sealed_one_or_is_gone(tiny: DiagnosticContext, tmp_path: Path) -> None:
    again = Index.open(tmp_path / "tiny")
    card = tmp_path / "cards" / "tiny.toml"
    card.write_text(card.read_text().replace("how long: ", "how much: "))
    finding = found(dataclasses.replace(tiny, index=again))["vectors"]
    assert finding.level is Level.ADVICE
    assert "how much: " in finding.sentence
    again.close()


def test_weights_that_are_not_here(tiny: DiagnosticContext, tmp_path: Path) -> None:
    (tmp_path / "model" / "model.safetensors").unlink()
    with Index.open(tmp_path / "tiny") as again:
        assert found(dataclasses.replace(tiny, index=again))["vectors"].level is Level.UNKNOWN


def test_nothing_stored_yet(patient: Make) -> None:
    assert found(patient([]))["vectors"].level is Level.UNKNOWN


PROMPTS = {"default": {"query": "query: ", "document": "passage: "}}


@pytest.fixture
def prompted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weightless model's card, if it had E5's prompts; the index is sealed without."""
    card = replace(cards.get("hashing"), prompts=PROMPTS)
    monkeypatch.setattr("askew.diagnostics.finding.cards.get", lambda name: card)


def test_a_card_without_prompts_forgets_none(patient: Make) -> None:
    [finding] = missing_prompt(patient(["one"]))
    assert finding.level is Level.FINE


@pytest.mark.parametrize(("task", "roles"), [("question-answering", 2), ("paraphrase", 1)])
def test_prompts_of_the_roles_that_the_task_uses_are_missed(
    patient: Make, request: pytest.FixtureRequest, task: str, roles: int
) -> None:
    case = patient(["one"], task=task)
    request.getfixturevalue("prompted")
    found = missing_prompt(case)
    assert [finding.level for finding in found] == [Level.ADVICE] * roles
    assert "document prompt 'passage: '" in found[-1].sentence
    query = "--query-prompt 'query: ' " if roles == 2 else ""
    assert found[-1].remedy == f"askew migrate patient {query}--document-prompt 'passage: ' --switch"


def test_an_index_that_was_really_made_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model whose card has prompts as E5's has, and an index without: it is told, and the remedy mends it."""
    monkeypatch.setenv("ASKEW_CARDS", str(tmp_path / "cards"))
    monkeypatch.setenv("ASKEW_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    card = str(card_of(tiny_families.save("bert", tmp_path / "model")))
    none = {"query": "", "document": ""}
    with Index.create("bare", "question-answering", model=card, prompts=none) as index:
        index.add([Document("d0", "the cat sat on the mat"), Document("d1", "a dog can stay home")])
        found = [one for one in diagnose(index, "bare").findings if one.name == "prompts"]
    assert [(one.level, one.remedy) for one in found] == [(Level.ADVICE, found[0].remedy)] * 2
    monkeypatch.setattr("sys.argv", shlex.split(found[0].remedy))
    assert run() == 0
    with Index.open("bare") as index:
        mended = next(one for one in diagnose(index, "bare").findings if one.name == "prompts")
    assert mended.level is not Level.ADVICE


def found_misread(case: DiagnosticContext, card: Card, monkeypatch: pytest.MonkeyPatch) -> Finding:
    with monkeypatch.context() as patch:
        patch.setattr(DiagnosticContext, "card", card)
        [finding] = similarity_mismatch(case)
    return finding


def test_a_dot_model_under_cosine_is_given_away_by_its_own_folder(
    patient: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = patient(["one"])
    card = replace(cards.get("hashing"), files={"model.safetensors": ""}, folder=str(tmp_path))
    assert found_misread(case, card, monkeypatch).level is Level.FINE
    for said, level in (("cosine", Level.FINE), (None, Level.FINE), ("dot", Level.ADVICE)):
        (tmp_path / SETTINGS).write_text(json.dumps({"similarity_fn_name": said}))
        finding = found_misread(case, card, monkeypatch)
        assert finding.level is level
    assert f"{SETTINGS} says dot" in finding.sentence
    assert 'similarity = "dot"' in finding.remedy
    (tmp_path / SETTINGS).write_text("[")
    assert found_misread(case, card, monkeypatch).level is Level.FINE


def test_and_by_askews_card_of_the_same_repository(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = cards.get("msmarco-distilbert-base-tas-b")
    assert theirs.hub is not None
    card = replace(cards.get("hashing"), name="mine", hub=Hub(theirs.hub.repository, "main"))
    assert (
        f"askew's card of {theirs.hub.repository} says dot"
        in found_misread(patient(["one"]), card, monkeypatch).sentence
    )


def test_a_card_that_was_changed_since(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    card = replace(cards.get("hashing"), similarity=cards.get("msmarco-distilbert-base-tas-b").similarity)
    assert "the model's card says dot" in found_misread(patient(["one"]), card, monkeypatch).sentence


def level(case: DiagnosticContext, model: str, monkeypatch: pytest.MonkeyPatch, **changes: object) -> Level:
    card = replace(cards.get(model), **changes)
    with monkeypatch.context() as patch:
        patch.setattr(DiagnosticContext, "card", card)
        [finding] = task_mismatch(case)
    return finding.level


def test_the_kind_of_training_against_the_task(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, alike = patient(["one"]), patient(["one"], task="paraphrase")
    assert level(asked, "multi-qa-MiniLM-L6-cos-v1", monkeypatch) is Level.FINE
    assert level(asked, "all-MiniLM-L6-v2", monkeypatch) is Level.NOTE  # its card names the task all the same
    assert level(asked, "paraphrase-MiniLM-L6-v2", monkeypatch) is Level.ADVICE
    assert level(alike, "paraphrase-MiniLM-L6-v2", monkeypatch) is Level.FINE
    assert level(alike, "hashing", monkeypatch, tasks=("faq",)) is Level.NOTE
