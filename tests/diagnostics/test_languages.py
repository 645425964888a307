from dataclasses import replace
from pathlib import Path

import pytest
from helpers.patients import Make, plain_texts

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import draw
from askew.diagnostics.text_checks import unknown_languages
from askew.models import cards

GERMAN = "Wer am Freitag in das Büro kommt, soll den Schlüssel mitbringen, denn es ist nicht vor neun Uhr offen, Nummer"
CHINESE = "星期五来办公室的人应该带上钥匙，因为九点以前门是不开的。"


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    """The weightless model's card, if it knew English only."""
    card = replace(cards.get("hashing"), languages=("en",))
    monkeypatch.setattr("askew.diagnostics.finding.cards.get", lambda name: card)


def found(case: DiagnosticContext) -> Finding:
    [finding] = unknown_languages(case, draw(case.index.store))
    return finding


@pytest.mark.usefixtures("english")
def test_texts_that_the_model_cannot_read_are_counted_by_language(patient: Make) -> None:
    foreign = [*[f"{GERMAN} {i}." for i in range(20)], *[f"{CHINESE}{i}" for i in range(10)]]
    finding = found(patient([*plain_texts(70), *foreign]))
    assert (finding.level, finding.figure) == (Level.ADVICE, 0.3)
    assert "30 % of the passages" in finding.sentence
    assert "(20 % de, 10 % zh)" in finding.sentence
    assert "--languages en,de,zh" in finding.remedy


@pytest.mark.usefixtures("english")
def test_a_quotation_or_two_are_no_matter(patient: Make) -> None:
    finding = found(patient([*plain_texts(98), f"{GERMAN} 1.", f"{GERMAN} 2."]))
    assert finding.level is Level.FINE
    assert found(patient(plain_texts(98))).figure == 0


def test_a_model_of_no_language_knows_all(patient: Make, tmp_path: Path) -> None:
    assert cards.get("hashing").languages == ("any",)
    assert found(patient([f"{CHINESE}{i}" for i in range(60)])).level is Level.FINE
