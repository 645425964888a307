"""Score scale of a channel: how rarely an unrelated text scores as high, and the floor for answering.

Both are estimated from the FAQ itself, without labels, and stored in the channel's index as a note.
"""

import json
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Self

import numpy as np

from askew.search.background import Background
from askew.types import FloatMatrix

FLOOR = 0.25
"""Default share of stored questions whose best other answer a message must beat: a quartile, not tuned on any data."""
STEPS = 100
FEW_PAIRS = 30  # fewer scores are not enough to estimate a spread


@dataclass(frozen=True)
class Scale:
    """Scale of a channel. centre, spread: normal distribution of the scores of unrelated texts. entries: number of
    entries at the time of measurement.

    best: equally spaced quantiles, from 0 to 1, of the best score of stored questions without their own answer; empty
    if there were no two distinct answers.
    """

    centre: float
    spread: float
    best: tuple[float, ...]
    entries: int

    def floor(self, share: float) -> float:
        """Return the score that this share of stored questions stays below without their own answer; -inf for 0.

        Never below the centre: a text that scores like an unrelated one is not an answer, however small the FAQ.
        """
        if share == 0 or not self.best:
            return -math.inf
        return max(self.centre, float(np.interp(share, np.linspace(0, 1, len(self.best)), self.best)))

    def share(self, score: float) -> float:
        """Return the share of stored questions whose best score without their own answer is below this one."""
        return bisect_left(self.best, score) / len(self.best) if self.best else 0.0

    def surprise(self, score: float) -> float:
        """Return -log p, where p is the share of unrelated texts that score as high by chance."""
        return log_tail((score - self.centre) / self.spread)

    def as_text(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, text: str) -> Self:
        noted = json.loads(text)
        return cls(noted["centre"], noted["spread"], tuple(noted["best"]), noted["entries"])

    def fits(self, entries: int, growth: float) -> bool:
        """Return whether the scale is still valid for this number of entries."""
        return abs(entries - self.entries) <= growth * self.entries


def scale(scores: FloatMatrix, unrelated: FloatMatrix, best: Sequence[float], entries: int) -> Scale:
    """Estimate a scale. scores: scores between stored questions and stored texts, any shape; `unrelated` marks those of
    different entries. best: for each question, the best score of an answer other than its own.
    """
    drawn = scores[unrelated.astype(bool)]
    quantiles = np.quantile(best, np.linspace(0, 1, STEPS + 1)) if len(best) else np.empty(0)
    centre, deviation = Background(drawn).null() if drawn.size >= FEW_PAIRS else (0.0, 1.0)
    return Scale(centre, deviation, tuple(float(value) for value in quantiles), entries)


def log_tail(z: float) -> float:
    """Return -log of the share of a normal distribution above z standard deviations."""
    tail = math.erfc(z / math.sqrt(2)) / 2
    if tail > 0:
        return -math.log(tail)
    # The asymptotic form, once the share itself underflows.
    return z * z / 2 + math.log(z * math.sqrt(2 * math.pi))


def together(surprises: Sequence[float], channels: int) -> float:
    """Combine the channels with the harmonic mean p-value, in powers of ten.

    A channel that did not find the text has p = 1. The harmonic mean is valid for dependent channels, and one strong
    channel suffices: Wilson 2019, doi 10.1073/pnas.1814092116.
    """
    padded = [*surprises, *[0.0] * (channels - len(surprises))]
    return float(np.logaddexp.reduce(padded) - math.log(channels)) / math.log(10)
