import numpy as np
from helpers.patients import Make, plain_texts, spread

from askew.diagnostics.finding import DiagnosticContext, Finding, Level
from askew.diagnostics.sample import QueryResults, ask_passages, draw, within
from askew.diagnostics.vector_checks import hubs
from askew.progress import silent


def found(case: DiagnosticContext, asked: QueryResults | None = None) -> list[Finding]:
    sample = draw(case.index.store)
    return hubs(case, asked or ask_passages(case.index, sample, silent), within(sample))


def test_a_document_that_comes_up_for_everything_is_named(patient: Make) -> None:
    rows = spread(300, 512, common=1.0)
    rows[7] = 0
    rows[7, 0] = 1
    [finding] = found(patient(plain_texts(300), rows))
    assert finding.level is Level.ADVICE
    assert finding.figure > 0.9
    assert "up for everything, where an average one is found by 3 % of 300 passages" in finding.sentence
    assert "queries: 'd7' ('In the year 1007" in finding.sentence
    assert "askew delete patient ID" in finding.remedy


def test_random_directions_have_no_hub(patient: Make) -> None:
    [finding] = found(patient(plain_texts(300)))
    assert finding.level is Level.FINE
    assert "skewness" in finding.sentence


def test_the_middle_of_a_large_theme_is_no_hub(patient: Make) -> None:
    """Forty documents of one theme all find its middle: they have the theme in common."""
    rows = spread(300, 512)
    rows[:40] = 0.6 * rows[:40] + 0.8 * rows[0]
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    [finding] = found(patient(plain_texts(300), rows))
    assert finding.level is Level.FINE


def test_what_users_ask_for_all_the_time_is_no_hub_and_what_all_of_them_get_is(patient: Make) -> None:
    case = patient(plain_texts(300))
    directions = spread(100, 512)
    popular = [{"d1": 1} if row < 30 else {f"d{row}": row} for row in range(100)]
    directions[:30] = directions[0]
    [finding] = found(case, QueryResults(directions, [""] * 100, popular, real=True))
    assert finding.level is Level.FINE
    [finding] = found(case, QueryResults(spread(100, 512), [""] * 100, popular, real=True))
    assert finding.level is Level.ADVICE
    assert "30 %" in finding.sentence
    assert "users' queries" in finding.sentence


def test_of_few_documents_nothing_is_said(patient: Make) -> None:
    case = patient(plain_texts(30))
    [finding] = found(case, QueryResults(spread(1, 512), [""], [{}], real=True))
    assert finding.level is Level.UNTOLD
