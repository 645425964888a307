from dataclasses import replace

import pytest
from helpers.patients import Make

from askew.diagnostics.finding import DiagnosticContext, Level
from askew.diagnostics.model_checks import task_mismatch
from askew.models import cards


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
