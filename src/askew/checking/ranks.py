"""Do two figures rise together? Spearman's rank correlation, with an interval."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

NORMAL = 1.96  # of a normal distribution 95 % lie within so many standard deviations


@dataclass(frozen=True)
class Correlation:
    """value: from -1 to 1. low, high: 95 % of such intervals hold the true one (Bonett and Wright 2000,
    doi 10.1007/BF02294183).
    """

    value: float
    low: float
    high: float

    @property
    def sure(self) -> float:
        """How strong it is at least, whichever way it goes; 0 where that is not known."""
        return max(self.low, -self.high, 0.0)

    def __str__(self) -> str:
        return f"{self.value:.2f}, 95 % interval {self.low:.2f} to {self.high:.2f}"


def spearman(one: ArrayLike, other: ArrayLike) -> Correlation:
    """Equal values share their mean rank. 0, and an interval that says nothing, where either does not vary."""
    a, b = _ranks(np.asarray(one)), _ranks(np.asarray(other))
    if len(a) < 4 or not a.std() or not b.std():
        return Correlation(0.0, -1.0, 1.0)
    value = float(np.corrcoef(a, b)[0, 1])
    centre = math.atanh(min(max(value, -0.999999), 0.999999))
    half = NORMAL * math.sqrt((1 + value * value / 2) / (len(a) - 3))
    return Correlation(value, math.tanh(centre - half), math.tanh(centre + half))


def _ranks(values: NDArray[np.generic]) -> NDArray[np.float64]:
    _, back, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middles: NDArray[np.float64] = ends - (counts - 1) / 2
    return middles[back]
