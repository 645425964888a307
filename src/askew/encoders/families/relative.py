"""How far apart two tokens are, as MPNet's attention takes it: in buckets, with one number for each head."""

import numpy as np
from numpy.typing import NDArray

from askew.encoders.families.shape import Array

BUCKETS = 32
FARTHEST = 128
"""Tokens; all that is farther is in one bucket."""


def distances(table: Array, longest: int) -> Array:
    """Table (buckets, heads) → what is added to the attention, (heads, longest, longest)."""
    steps = np.arange(longest)
    return np.ascontiguousarray(table[buckets(steps[None, :] - steps[:, None])].transpose(2, 0, 1))


def buckets(relative: NDArray[np.int64]) -> NDArray[np.int64]:
    """Half the buckets for each direction, and of those half for single steps, the rest ever wider (Raffel et al. 2020,
    arXiv 1910.10683, section 2.1). In single precision throughout: the borders depend on the rounding.
    """
    half, exact = BUCKETS // 2, BUCKETS // 4
    far = np.abs(relative)
    with np.errstate(divide="ignore"):
        logs = np.log(far.astype(np.float32) / np.float32(exact))
    scaled = logs / np.float32(np.log(FARTHEST / exact)) * np.float32(half - exact)
    wide = np.minimum(exact + np.maximum(scaled, 0).astype(np.int64), half - 1)
    return np.where(relative > 0, half, 0) + np.where(far < exact, far, wide)
