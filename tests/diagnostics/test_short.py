import numpy as np
from helpers.patients import Make, plain_texts, spread

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import draw, within
from askew.diagnostics.text_checks import short_passages


def found(case: DiagnosticContext) -> Finding:
    sample = draw(case.index.store)
    [finding] = short_passages(case, sample, within(sample))
    return finding


def test_passages_without_a_word(patient: Make) -> None:
    finding = found(patient([*plain_texts(98), "--- * ---", "…"]))
    assert (finding.level, finding.figure) == (Level.ADVICE, 0.02)
    assert "2 % of the passages hold no word, the first in 'd98'" in finding.sentence


def test_very_short_ones_that_come_up_everywhere(patient: Make) -> None:
    texts, rows = [*plain_texts(190), *["OK, thanks!"] * 10], spread(200, 512, common=1.0)
    rows[190:] = spread(10, 512, common=4.0)
    finding = found(patient(texts, rows))
    assert finding.level is Level.ADVICE
    assert finding.figure > 3
    assert "as 'OK, thanks!'" in finding.sentence


def test_very_short_ones_that_do_not(patient: Make) -> None:
    texts = [*plain_texts(190), *["OK, thanks!"] * 10]
    assert found(patient(texts, spread(200, 512))).level is Level.FINE
    assert np.isclose(found(patient(texts, spread(200, 512))).figure, 0.05)
