import dataclasses
from pathlib import Path

import numpy as np
import pytest
from helpers import tiny_families
from helpers.patients import Make, plain_texts
from helpers.tiny_prompts import card_of

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.model_checks import stored_vectors
from askew.diagnostics.sample import draw
from askew.encoders import Encoded
from askew.encoders.onnx import OnnxEncoder
from askew.index import Index
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

    monkeypatch.setattr("askew.encoders.onnx.OnnxEncoder.encode", deaf)
    dead = [finding for finding in stored_vectors(tiny, draw(tiny.index.store)) if finding.name == "prompt-effect"]
    assert [finding.level for finding in dead] == [Level.ADVICE] * 2
    assert "'how long: ' (query)" in dead[0].sentence
    assert dead[0].remedy == "askew models check tiny"


def test_vectors_of_another_model(patient: Make) -> None:
    """The texts are there, and the vectors are random."""
    finding = found(patient(plain_texts(20)))["vectors"]
    assert (finding.level, finding.figure) == (Level.ADVICE, 1)
    assert "4 of 4 passages encoded once more give another vector" in finding.sentence


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
        assert found(dataclasses.replace(tiny, index=again))["vectors"].level is Level.UNTOLD


def test_nothing_stored_yet(patient: Make) -> None:
    assert found(patient([]))["vectors"].level is Level.UNTOLD
