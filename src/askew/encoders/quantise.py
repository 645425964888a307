"""Int8: which grid each number is rounded to.

Activations take one fixed grid for each place in the graph, found beforehand on a calibration text. The usual
dynamic quantisation chooses the grid anew for every batch, so a vector would depend on its neighbours.
Weights take one grid for each output (Jacob et al. 2018, arXiv 1712.05877).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Seven bits: products of u8 and s8 are summed in pairs in 16 bits on processors without VNNI, and would overflow.
WEIGHT_STEPS = 63
ACTIVATION_STEPS = 255


@dataclass(frozen=True)
class Range:
    """What enters a product; values beyond are clipped to it."""

    low: float
    high: float


def activation_grid(seen: Range) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    """Scale and zero point of an unsigned grid that holds zero exactly."""
    low, high = min(seen.low, 0.0), max(seen.high, 0.0)
    scale = max(high - low, 1e-6) / ACTIVATION_STEPS
    return np.array(scale, np.float32), np.array(round(-low / scale), np.uint8)


def weight_grid(weight: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.int8]]:
    """Weight (inputs, outputs) → the step of each output (outputs,), and the weights in steps."""
    steps = np.maximum(np.abs(weight).max(axis=0), 1e-12) / WEIGHT_STEPS
    return steps.astype(np.float32), np.rint(weight / steps).astype(np.int8)


def ranges(watched: Iterable[Mapping[str, NDArray[np.float32]]]) -> dict[str, Range]:
    """The range of each place over all batches seen.

    Nothing is left out at the ends: a model keeps much of what it knows in a few large values, and cutting
    one value in ten thousand cost 3.4 points of nDCG@10 (docs/log.md).
    """
    found: dict[str, Range] = {}
    for batch in watched:
        for place, tensor in batch.items():
            old = found.get(place, Range(0.0, 0.0))
            found[place] = Range(min(old.low, float(tensor.min())), max(old.high, float(tensor.max())))
    return found
