"""Evidence for symmetric or asymmetric search: weighted features and the confidence they give together."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from askew.tasks import Kind

SCALE = 0.7
"""What is left of a sum of log-odds for signs that partly say the same."""
MOST = 3.5
"""Log-odds at the most: a confidence of 0.97. The kind of a search is what its user wants, and no text says it all."""
MOST_ALONE = 2.0
"""The same where there are no queries: 0.88."""
HALF = 5.0
"""Queries at which they count for as much as the corpus by itself does."""

Points = Sequence[tuple[float, float]]
"""A value and the log-odds that it stands for; between two, in a straight line."""


@dataclass(frozen=True)
class Feature:
    """value in `unit`; `weight` is in log-odds: above 0 it speaks for asymmetric, below for symmetric.

    sentence: what was found and what it means, for people.
    """

    name: str
    value: float
    unit: str
    weight: float
    sentence: str

    @property
    def kind(self) -> Kind:
        return Kind.ASYMMETRIC if self.weight >= 0 else Kind.SYMMETRIC


def weight(value: float, points: Points) -> float:
    """The log-odds of this value; beyond the first and the last point they stay as they are there."""
    at, odds = np.array(points, np.float64).T
    return round(float(np.interp(value, at, odds)), 3)


def combined(alone: Sequence[Feature], between: Sequence[Feature], queries: int) -> float:
    """The log-odds of all. The more queries, the less the corpus by itself has to say."""
    corpus = _capped(sum(sign.weight for sign in alone), MOST_ALONE)
    if not queries:
        return corpus
    share = queries / (queries + HALF)
    return share * _capped(SCALE * sum(sign.weight for sign in between), MOST) + (1 - share) * corpus


def confidence(odds: float) -> float:
    """0.5 to 1: how likely the kind is that log-odds of this sign speak for."""
    return float(1 / (1 + np.exp(-abs(odds))))


def _capped(odds: float, most: float) -> float:
    return max(-most, min(most, odds))
