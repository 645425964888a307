import math
import random

import pytest

from askew.confidence.record import LEAD, ConfidenceModel, TopHit, learn_confidence


def test_confidence_is_the_logistic_function_of_a_weighted_sum() -> None:
    model = ConfidenceModel((1.0, 2.0, -3.0), 0.5)
    assert model.of(TopHit("a", 0.4, 0.1, 0.5)) == pytest.approx(1 / (1 + math.exp(-(0.5 + 0.4 + 0.2 - 1.5))))
    assert ConfidenceModel((1.0, 0.0, 0.0), 0.0).of(TopHit("a", -1000.0, 0.0, 0.0)) == 0.0
    assert ConfidenceModel((1.0, 0.0, 0.0), 0.0).of(TopHit("a", 1000.0, 0.0, 0.0)) == 1.0


def test_the_informative_feature_gets_the_largest_weight() -> None:
    rng = random.Random(0)
    firsts = [TopHit("a", rng.random(), rng.random(), rng.choice([0.5, 1.0])) for _ in range(400)]
    model = learn_confidence(firsts, [first.lead + 0.1 * rng.random() > 0.5 for first in firsts])
    score, lead, agreed = model.weights
    assert lead > 10 * max(abs(score), abs(agreed))
    assert model.of(TopHit("a", 0.5, 0.9, 0.75)) > 0.9
    assert model.of(TopHit("a", 0.5, 0.1, 0.75)) < 0.1


def test_constant_features_get_weight_0() -> None:
    firsts = [TopHit("a", 0.5, number / 20, 1.0) for number in range(20)]
    assert learn_confidence(firsts, [number >= 10 for number in range(20)]).weights[::2] == (0.0, 0.0)


def test_with_too_few_labels_confidence_is_the_lead() -> None:
    firsts = [TopHit("a", 0.5, number / 20, 1.0) for number in range(20)]
    assert learn_confidence(firsts, [number > 3 for number in range(20)]) == LEAD
    assert LEAD.of(firsts[9]) > LEAD.of(firsts[3])
