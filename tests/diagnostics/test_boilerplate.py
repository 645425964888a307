import pytest
from helpers.patients import Make, plain_texts

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import draw
from askew.diagnostics.text_checks import boilerplate

HEADER = "Brown & Sons Ltd. – internal – do not copy without leave"


def found(case: DiagnosticContext) -> Finding:
    [finding] = boilerplate(case, draw(case.index.store))
    return finding


@pytest.mark.parametrize("between", ["\n", ". "])
def test_a_header_of_every_page(patient: Make, between: str) -> None:
    finding = found(patient([f"{HEADER}{between}{text}" for text in plain_texts(80)]))
    assert finding.level is Level.ADVICE
    assert 0.2 < finding.figure < 0.7
    assert "Brown & Sons" in finding.sentence
    assert "100 % of them" in finding.sentence


def test_one_in_few_documents_or_between_long_texts(patient: Make) -> None:
    texts = plain_texts(100)
    assert found(patient([f"{HEADER}\n{text}" if i < 10 else text for i, text in enumerate(texts)])).figure == 0
    finding = found(patient([f"{HEADER}\n{(text + ' ') * 40}" for text in texts]))
    assert finding.level is Level.NOTE


def test_documents_that_are_the_same_altogether_are_another_finding(patient: Make) -> None:
    assert found(patient([*plain_texts(60), *["The same notice stands here again."] * 40])).level is Level.FINE
    assert found(patient([*plain_texts(9), *["The same notice stands here again."] * 90])).level is Level.UNTOLD
