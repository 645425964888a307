"""What a score of one channel means: how seldom an unrelated text scores so high, and from where on it answers.

Both are learned from the FAQ itself, without labels, and lie in the channel's index as a note.
"""

import json
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np

from askew.types import FloatMatrix

FLOOR = 0.25
"""The share of stored questions whose best other answer a message must outdo: a quartile, fitted to no data set."""
STEPS = 100
FEW_PAIRS = 30  # fewer scores than these tell no spread
SMALLEST = 1e-6  # a smaller spread is rounding
BELOW = 0.1587  # of a normal distribution lies more than one standard deviation below its centre


@dataclass(frozen=True)
class Scale:
    """centre, spread: of the scores of unrelated texts, as a normal distribution. entries: how many there were.

    best: quantiles, from 0 to 1 in equal steps, of the best score that stored questions get when their own answer is
    left out; empty where there were no two answers to tell apart.
    """

    centre: float
    spread: float
    best: tuple[float, ...]
    entries: int

    def floor(self, share: float) -> float:
        """The score below which lies this share of stored questions whose own answer is left out; -inf for 0.

        Never below the centre: what scores as unrelated texts do is no answer, however small the FAQ.
        """
        if share == 0 or not self.best:
            return -math.inf
        return max(self.centre, float(np.interp(share, np.linspace(0, 1, len(self.best)), self.best)))

    def share(self, score: float) -> float:
        """The share of stored questions whose best score, their own answer left out, lies below this one."""
        return bisect_left(self.best, score) / len(self.best) if self.best else 0.0

    def surprise(self, score: float) -> float:
        """-log p: of unrelated texts the share p scores as high by chance."""
        return log_tail((score - self.centre) / self.spread)

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        noted = json.loads(text)
        return cls(noted["centre"], noted["spread"], tuple(noted["best"]), noted["entries"])

    def fits(self, entries: int, growth: float) -> bool:
        """Whether it may still stand for so many entries."""
        return abs(entries - self.entries) <= growth * self.entries


def scale(scores: FloatMatrix, unrelated: FloatMatrix, best: Sequence[float], entries: int) -> Scale:
    """scores: some of stored questions with stored texts, any shape; `unrelated` is true where they are of different
    entries. best: for each question the best score of another answer than its own.
    """
    drawn = scores[unrelated.astype(bool)]
    quantiles = np.quantile(best, np.linspace(0, 1, STEPS + 1)) if len(best) else np.empty(0)
    return Scale(*_normal(drawn), tuple(float(value) for value in quantiles), entries)


def _normal(drawn: FloatMatrix) -> tuple[float, float]:
    """Centre and spread. Some of the pairs drawn are related after all, and score high: the spread is read from the
    lower half, where they are not (the empirical null of Efron 2004, doi 10.1198/016214504000000089).
    """
    if drawn.size < FEW_PAIRS:
        return 0.0, 1.0
    centre, below = np.quantile(drawn, [0.5, BELOW])
    # Where so many scores are equal that the lower half tells no spread, all of them have to tell it.
    spreads = (float(centre - below), float(drawn.std()))
    return float(centre), next((spread for spread in spreads if spread > SMALLEST), 1.0)


def log_tail(z: float) -> float:
    """-log of the share of a normal distribution that lies above z standard deviations."""
    tail = math.erfc(z / math.sqrt(2)) / 2
    if tail > 0:
        return -math.log(tail)
    return z * z / 2 + math.log(
        z * math.sqrt(2 * math.pi)
    )  # its asymptote, where the share itself is no number any more


def together(surprises: Sequence[float], channels: int) -> float:
    """The surprise of all channels: that of the harmonic mean of their shares p, in powers of ten.

    A channel that did not find the text has p = 1. The harmonic mean holds where the channels depend on each other
    as well, and lets either speak alone: Wilson 2019, doi 10.1073/pnas.1814092116.
    """
    padded = [*surprises, *[0.0] * (channels - len(surprises))]
    return float(np.logaddexp.reduce(padded) - math.log(channels)) / math.log(10)
