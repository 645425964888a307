"""Where does a value stand on an axis, and which round values are written on it?"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

ROUND = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Steps that people count in, times a power of ten."""
STEPS = 5
SLACK = 1e-9


@dataclass(frozen=True)
class Scale:
    """From low to high; both are among the ticks, which stand a step apart."""

    low: float
    high: float
    step: float

    def percent(self, value: float) -> float:
        """How far along the axis, 0 to 100; what lies outside stands at the end."""
        return 100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

    def ticks(self) -> list[float]:
        count = round((self.high - self.low) / self.step)
        return [self.low + i * self.step for i in range(count + 1)]

    def label(self, value: float) -> str:
        """With as many decimals as tell two ticks apart."""
        digits = next((d for d in range(9) if abs(round(self.step, d) - self.step) < self.step * 1e-6), 9)
        return f"{round(value, digits) + 0.0:,.{digits}f}".replace("-", "−")


def scale(values: Iterable[float], steps: int = STEPS) -> Scale:
    """From the least to the greatest of the finite values, moved out to round ones; about so many steps between."""
    finite = [value for value in values if math.isfinite(value)] or [0.0, 1.0]
    low, high = min(finite), max(finite)
    if high - low <= SLACK * max(abs(low), abs(high)):
        low, high = (low - abs(low or 1) / 2, high + abs(high or 1) / 2) if low else (0.0, 1.0)
    rough = (high - low) / steps
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in ROUND if power * times >= rough * (1 - SLACK))
    return Scale(math.floor(low / step + SLACK) * step, math.ceil(high / step - SLACK) * step, step)
