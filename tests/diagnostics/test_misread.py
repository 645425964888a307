import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.patients import Make

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.model_checks import SETTINGS, similarity_mismatch
from askew.models import cards
from askew.models.cards import Card, Hub


def found(case: DiagnosticContext, card: Card, monkeypatch: pytest.MonkeyPatch) -> Finding:
    with monkeypatch.context() as patch:
        patch.setattr(DiagnosticContext, "card", card)
        [finding] = similarity_mismatch(case)
    return finding


def test_a_dot_model_under_cosine_is_given_away_by_its_own_folder(
    patient: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = patient(["one"])
    card = replace(cards.get("hashing"), files={"model.safetensors": ""}, folder=str(tmp_path))
    assert found(case, card, monkeypatch).level is Level.FINE
    for said, level in (("cosine", Level.FINE), (None, Level.FINE), ("dot", Level.ADVICE)):
        (tmp_path / SETTINGS).write_text(json.dumps({"similarity_fn_name": said}))
        finding = found(case, card, monkeypatch)
        assert finding.level is level
    assert f"by cosine, and the model's own {SETTINGS} says dot" in finding.sentence
    assert 'similarity = "dot"' in finding.remedy
    (tmp_path / SETTINGS).write_text("[")
    assert found(case, card, monkeypatch).level is Level.FINE


def test_and_by_askews_card_of_the_same_repository(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    theirs = cards.get("msmarco-distilbert-base-tas-b")
    assert theirs.hub is not None
    card = replace(cards.get("hashing"), name="mine", hub=Hub(theirs.hub.repository, "main"))
    assert f"askew's card of {theirs.hub.repository} says dot" in found(patient(["one"]), card, monkeypatch).sentence


def test_a_card_that_was_changed_since(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    card = replace(cards.get("hashing"), similarity=cards.get("msmarco-distilbert-base-tas-b").similarity)
    assert "the model's card says dot" in found(patient(["one"]), card, monkeypatch).sentence
