"""Evidence for symmetric or asymmetric search: weighted features, and their combined confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askew.tasks import Kind

SCALE = 0.7
"""Factor for a sum of log-odds, as features are correlated."""
MOST = 3.5
"""Maximum log-odds, a confidence of 0.97: texts alone cannot tell what users want."""
MOST_ALONE = 2.0
"""Maximum log-odds without queries, a confidence of 0.88."""
HALF = 5.0
"""Number of queries that count as much as the corpus."""

Points = Sequence[tuple[float, float]]
"""Values with their log-odds, linearly interpolated."""


@dataclass(frozen=True)
class Feature:
    """value: in `unit`. weight: log-odds, above 0 for asymmetric, below for symmetric. sentence: for people."""

    name: str
    value: float
    unit: str
    weight: float
    sentence: str

    @property
    def kind(self) -> Kind:
        return Kind.ASYMMETRIC if self.weight >= 0 else Kind.SYMMETRIC


def weight(value: float, points: Points) -> float:
    """Return the log-odds of a value; constant beyond the first and last point."""
    at, odds = np.array(points, np.float64).T
    return round(float(np.interp(value, at, odds)), 3)


def combined(alone: Sequence[Feature], between: Sequence[Feature], queries: int) -> float:
    """Return the log-odds of all features. The more queries, the less the corpus counts."""
    corpus = _capped(sum(sign.weight for sign in alone), MOST_ALONE)
    if not queries:
        return corpus
    share = queries / (queries + HALF)
    return share * _capped(SCALE * sum(sign.weight for sign in between), MOST) + (1 - share) * corpus


def confidence(odds: float) -> float:
    """Return the probability, 0.5 to 1, of the kind that these log-odds favour."""
    return float(1 / (1 + np.exp(-abs(odds))))


def _capped(odds: float, most: float) -> float:
    return max(-most, min(most, odds))
