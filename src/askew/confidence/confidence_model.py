"""Confidence model: score, lead over the second hit and agreement of rankings, weighted from labels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askew.environment import require

FEW = 5  # of right and of wrong ones; fewer teach nothing


@dataclass(frozen=True)
class TopHit:
    """The first hit of a query. lead: its score less the second's; the score itself where there is no second.

    agreed: of the rankings that there are (by meaning and by words; a FAQ's two channels) the share whose first hit it
    is. document: "" where nothing was found.
    """

    document: str
    score: float
    lead: float
    agreed: float


@dataclass(frozen=True)
class ConfidenceModel:
    """A logistic function of score, lead and agreement, in that order."""

    weights: tuple[float, float, float]
    intercept: float

    def of(self, first: TopHit) -> float:
        """0 to 1, higher is surer; what labels taught as the chance that the hit is right."""
        parts = zip(self.weights, (first.score, first.lead, first.agreed), strict=True)
        z = self.intercept + sum(weight * value for weight, value in parts)
        return 1 / (1 + math.exp(-z)) if z >= 0 else math.exp(z) / (1 + math.exp(z))


LEAD = ConfidenceModel((0.0, 1.0, 0.0), 0.0)
"""Where there are too few labels to learn from: whoever leads by more is surer."""


def learn_confidence(firsts: Sequence[TopHit], right: Sequence[bool]) -> ConfidenceModel:
    """Logistic regression by scikit-learn on standardised values, with its standard penalty."""
    if min(sum(right), len(right) - sum(right)) < FEW:
        return LEAD
    require("sklearn", "scikit-learn", "evaluation", "Learning what tells right from wrong")
    from sklearn.linear_model import LogisticRegression

    values = np.array([(first.score, first.lead, first.agreed) for first in firsts], np.float64)
    centre, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    model = LogisticRegression().fit((values - centre) / spread, np.asarray(right, bool))
    weights = model.coef_[0] / spread
    score, lead, agreed = (float(weight) for weight in weights)
    return ConfidenceModel((score, lead, agreed), float(model.intercept_[0] - weights @ centre))
