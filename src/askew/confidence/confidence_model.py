"""Confidence model: a logistic function of score, lead over the second hit and agreement of rankings."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askew.environment import require

FEWEST = 5  # right and wrong hits each that are needed to fit the model


@dataclass(frozen=True)
class TopHit:
    """The first hit of a query, as features.

    document: "" if nothing was found. lead: score minus that of the second hit, or the score if there is none. agreed:
    share of the rankings (dense and BM25, or the two channels of a FAQ) that have the same first hit.
    """

    document: str
    score: float
    lead: float
    agreed: float


@dataclass(frozen=True)
class ConfidenceModel:
    """Weights of score, lead and agreement, in this order."""

    weights: tuple[float, float, float]
    intercept: float

    def of(self, first: TopHit) -> float:
        """Return the estimated probability that the hit is right, 0 to 1."""
        parts = zip(self.weights, (first.score, first.lead, first.agreed), strict=True)
        z = self.intercept + sum(weight * value for weight, value in parts)
        return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


LEAD = ConfidenceModel((0.0, 1.0, 0.0), 0.0)
"""Fallback for too few labels: the larger the lead, the higher the confidence."""


def learn_confidence(firsts: Sequence[TopHit], right: Sequence[bool]) -> ConfidenceModel:
    """Fit a logistic regression (scikit-learn, default penalty) on standardised features; `LEAD` for too few labels."""
    if min(sum(right), len(right) - sum(right)) < FEWEST:
        return LEAD
    require("sklearn", "scikit-learn", "evaluation", "Learning a confidence model")
    from sklearn.linear_model import LogisticRegression

    values = np.array([(first.score, first.lead, first.agreed) for first in firsts], np.float64)
    centre, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression().fit((values - centre) / spread, np.asarray(right, bool))
    weights = model.coef_[0] / spread
    score, lead, agreed = (float(weight) for weight in weights)
    return ConfidenceModel((score, lead, agreed), float(model.intercept_[0] - weights @ centre))
