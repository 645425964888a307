"""Static int8 quantisation: scales and zero points of activations and weights.

Activations have one fixed scale per place in the graph, calibrated beforehand. The usual dynamic quantisation picks a
new scale for every batch, which would make a vector depend on its neighbours. Weights have one scale per output
(Jacob et al. 2018, arXiv 1712.05877). The few channels of an activation that are far larger than all others stay in
single precision, because a grid that holds them has no steps left for the others (Dettmers et al. 2022, arXiv
2208.07339).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Seven bits, because processors without VNNI sum pairs of u8 × s8 products in 16 bits, which would overflow.
WEIGHT_STEPS = 63
ACTIVATION_STEPS = 255
OUTLIERS = 192
"""At most one channel of so many stays in single precision, which costs three times as much as int8."""
WORTH = 3.0
"""Channels only stay in single precision where this makes the grid of the others finer by this factor."""


@dataclass(frozen=True)
class Range:
    """Value range of a product's input; values outside are clipped. outliers: channels that are not quantised, and of
    which the range says nothing.
    """

    low: float
    high: float
    outliers: tuple[int, ...] = ()


def activation_grid(seen: Range) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Return scale and zero point of an unsigned grid that represents zero exactly."""
    low, high = min(seen.low, 0.0), max(seen.high, 0.0)
    scale = max(high - low, 1e-6) / ACTIVATION_STEPS
    return np.array(scale, np.float32), np.array(round(-low / scale), np.uint8)


def weight_grid(weight: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Quantise a weight (inputs, outputs): return the scale per output (outputs,) and the integer weights."""
    steps = np.maximum(np.abs(weight).max(axis=0), 1e-12) / WEIGHT_STEPS
    return steps.astype(np.float32), np.rint(weight / steps).astype(np.int8)


def ranges(watched: Iterable[Mapping[str, NDArray[np.float32]]]) -> dict[str, Range]:
    """Return the range of each place over all batches of tensors (…, channels).

    Outliers are kept: much of what a model knows is in a few large values, and clipping one value in ten thousand
    cost 3.4 points of nDCG@10 (docs/log.md).
    """
    lows: dict[str, NDArray[np.float32]] = {}
    highs: dict[str, NDArray[np.float32]] = {}
    for batch in watched:
        for place, tensor in batch.items():
            rows = tensor.reshape(-1, tensor.shape[-1])
            low, high = rows.min(axis=0), rows.max(axis=0)
            lows[place], highs[place] = np.minimum(lows.get(place, low), low), np.maximum(highs.get(place, high), high)
    return {place: _split(lows[place], highs[place]) for place in lows}


def _split(lows: NDArray[np.float32], highs: NDArray[np.float32]) -> Range:
    """Return the range of all channels, or of all but the largest where this makes it much narrower."""
    largest = np.argsort(-np.maximum(highs, -lows), kind="stable")[: lows.size // OUTLIERS]
    others = np.setdiff1d(np.arange(lows.size), largest)
    whole, rest = (Range(min(float(lows[of].min()), 0), max(float(highs[of].max()), 0)) for of in (slice(None), others))
    if whole.high - whole.low < WORTH * (rest.high - rest.low):
        return whole
    return Range(rest.low, rest.high, tuple(sorted(largest.tolist())))
