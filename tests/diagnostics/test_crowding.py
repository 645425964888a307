from helpers.patients import Make, plain_texts, spread

from askew.diagnostics.finding import Level
from askew.diagnostics.sample import draw, within
from askew.diagnostics.vector_checks import near_ties


def test_passages_in_one_place_are_found_whatever_the_floor(patient: Make) -> None:
    for common in (0.0, 2.0):
        rows = spread(200, 512, common=common)
        rows[:30] = rows[0]
        case = patient(plain_texts(200), rows)
        sample = draw(case.index.store)
        [finding] = near_ties(case, sample, within(sample))
        assert (finding.level, finding.figure) == (Level.ADVICE, 0.15)
        assert "15 % of the passages have nearly the same vector as 10 others" in finding.sentence


def test_a_narrow_cone_is_not_crowded(patient: Make) -> None:
    case = patient(plain_texts(200), spread(200, 512, common=3.0))
    sample = draw(case.index.store)
    [finding] = near_ties(case, sample, within(sample))
    assert finding.level is Level.FINE
