"""Relative position bias of T5 and MPNet: bucketed token distances with one value per head."""

import numpy as np
from numpy.typing import NDArray

from askew.encoders.families.shape import Array

BUCKETS = 32
FARTHEST = 128
"""Distance in tokens from which on all share one bucket."""


def distances(table: Array, longest: int, farthest: int = FARTHEST) -> Array:
    """Expand a table (buckets, heads) into the attention bias (heads, longest, longest)."""
    steps = np.arange(longest)
    chosen = buckets(steps[None, :] - steps[:, None], len(table), farthest)
    return np.ascontiguousarray(table[chosen].transpose(2, 0, 1))


def buckets(relative: NDArray[np.int64], count: int = BUCKETS, farthest: int = FARTHEST) -> NDArray[np.int64]:
    """Return the bucket of each distance. Each direction has half of the buckets: half of those for exact distances,
    the others growing logarithmically (Raffel et al. 2020, arXiv 1910.10683, section 2.1). Computed in single
    precision throughout because the bucket borders depend on rounding.
    """
    half, exact = count // 2, count // 4
    far = np.abs(relative)
    with np.errstate(divide="ignore"):
        logs = np.log(far.astype(np.float32) / np.float32(exact))
    scaled = logs / np.float32(np.log(farthest / exact)) * np.float32(half - exact)
    wide = np.minimum(exact + np.maximum(scaled, 0).astype(np.int64), half - 1)
    return np.where(relative > 0, half, 0) + np.where(far < exact, far, wide)
