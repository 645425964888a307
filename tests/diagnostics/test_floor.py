import pytest
from helpers.patients import Make, plain_texts, spread

from askew.diagnostics.finding import Level
from askew.diagnostics.sample import draw
from askew.diagnostics.vector_checks import anisotropy


@pytest.mark.parametrize(("common", "level"), [(0.0, Level.FINE), (2.0, Level.NOTE)])
def test_a_high_floor_is_worth_a_note(patient: Make, common: float, level: Level) -> None:
    case = patient(plain_texts(100), spread(100, 512, common))
    [finding] = anisotropy(case, draw(case.index.store))
    assert finding.level is level
    assert finding.figure == pytest.approx(common**2 / (1 + common**2), abs=0.02)


def test_of_few_nothing_is_said(patient: Make) -> None:
    case = patient(plain_texts(9))
    assert anisotropy(case, draw(case.index.store))[0].level is Level.UNTOLD
