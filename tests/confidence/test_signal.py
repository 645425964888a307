import math
import random

import pytest

from askew.confidence.confidence_model import LEAD, ConfidenceModel, TopHit, learn_confidence


def test_the_value_is_the_logistic_function_of_a_sum() -> None:
    signal = ConfidenceModel((1.0, 2.0, -3.0), 0.5)
    assert signal.of(TopHit("a", 0.4, 0.1, 0.5)) == pytest.approx(1 / (1 + math.exp(-(0.5 + 0.4 + 0.2 - 1.5))))
    assert ConfidenceModel((1.0, 0.0, 0.0), 0.0).of(TopHit("a", -1000.0, 0.0, 0.0)) == 0.0
    assert ConfidenceModel((1.0, 0.0, 0.0), 0.0).of(TopHit("a", 1000.0, 0.0, 0.0)) == 1.0


def test_labels_teach_what_tells_right_from_wrong() -> None:
    rng = random.Random(0)
    firsts = [TopHit("a", rng.random(), rng.random(), rng.choice([0.5, 1.0])) for _ in range(400)]
    signal = learn_confidence(firsts, [first.lead + 0.1 * rng.random() > 0.5 for first in firsts])
    score, lead, agreed = signal.weights
    assert lead > 10 * max(abs(score), abs(agreed))
    assert signal.of(TopHit("a", 0.5, 0.9, 0.75)) > 0.9
    assert signal.of(TopHit("a", 0.5, 0.1, 0.75)) < 0.1


def test_what_never_varies_counts_for_nothing() -> None:
    firsts = [TopHit("a", 0.5, number / 20, 1.0) for number in range(20)]
    assert learn_confidence(firsts, [number >= 10 for number in range(20)]).weights[::2] == (0.0, 0.0)


def test_of_too_few_labels_whoever_leads_by_more_is_surer() -> None:
    firsts = [TopHit("a", 0.5, number / 20, 1.0) for number in range(20)]
    assert learn_confidence(firsts, [number > 3 for number in range(20)]) == LEAD
    assert LEAD.of(firsts[9]) > LEAD.of(firsts[3])
