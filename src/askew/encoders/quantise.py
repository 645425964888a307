"""Static int8 quantisation: scales and zero points of activations and weights.

Activations have one fixed scale per place in the graph, calibrated beforehand. The usual dynamic quantisation picks a
new scale for every batch, which would make a vector depend on its neighbours. Weights have one scale per output
(Jacob et al. 2018, arXiv 1712.05877).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Seven bits, because processors without VNNI sum pairs of u8 × s8 products in 16 bits, which would overflow.
WEIGHT_STEPS = 63
ACTIVATION_STEPS = 255


@dataclass(frozen=True)
class Range:
    """Value range of a product's input; values outside are clipped."""

    low: float
    high: float


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
    """Return the range of each place over all batches.

    Outliers are kept: much of what a model knows is in a few large values, and clipping one value in ten thousand
    cost 3.4 points of nDCG@10 (docs/log.md).
    """
    found: dict[str, Range] = {}
    for batch in watched:
        for place, tensor in batch.items():
            old = found.get(place, Range(0.0, 0.0))
            found[place] = Range(min(old.low, float(tensor.min())), max(old.high, float(tensor.max())))
    return found
