from dataclasses import replace

import pytest
from helpers.patients import Make, entry, spread

from askew.diagnostics.finding import DiagnosticContext, Level
from askew.diagnostics.text_checks import truncation


def cut(patient: Make, seen: int) -> DiagnosticContext:
    case = patient(["whole"] * 9)
    case.index.store.write([entry("long", "text", spread(1, 512)[0], tokens=1000, seen=seen)])
    return replace(case, sizes=case.index.sizes())


def test_whole_documents_are_fine(patient: Make) -> None:
    assert truncation(patient(["whole"]))[0].level is Level.FINE


def test_tokens_that_nobody_saw(patient: Make) -> None:
    [finding] = truncation(cut(patient, 256))
    assert finding.level is Level.ADVICE
    assert finding.figure == pytest.approx(744 / 1081)
    assert "10 % of the documents (1) were not seen whole, and 69 % of all tokens (744)" in finding.sentence
    assert "'long' 744 of 1,000" in finding.sentence
    assert finding.remedy == "askew migrate patient --policy chunk --switch"


def test_a_few_tokens_are_a_note(patient: Make) -> None:
    assert truncation(cut(patient, 998))[0].level is Level.NOTE


def test_what_was_accepted_is_a_note(patient: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    case = cut(patient, 256)
    monkeypatch.setattr(case.index, "contract", replace(case.contract, policy="accept"))
    assert truncation(case)[0].level is Level.NOTE
