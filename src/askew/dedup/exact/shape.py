"""Quantiser choice: which leading dimensions, how many, and which step, judged on a sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.dedup.exact.codes import LARGEST, Floats, Shape
from askew.dedup.exact.vectors import Vectors, in_full
from askew.types import FloatMatrix

SAMPLE = 2048
"""Vectors from which the leading dimensions are computed."""
JUDGED = 1024
"""Held-out vectors on which the number of dimensions is chosen: axes fit the vectors they were computed from best."""
SIZES = (32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 512, 768, 1024)
ROOM = 1.1
"""Headroom above the largest coordinate of the sample. A larger coordinate is clipped: such a vector widens the
bounds of its whole block, which stay correct.
"""
FIXED, A_DIMENSION, IN_FULL = 30.0, 1.0, 4e5
"""Cost of a pair, in multiplications: fixed, per dimension of a code, and when computed in full."""
SEED = 20
TINY = np.finfo(np.float64).tiny
SMALL = 1 << 24
"""Up to this many pairs are all computed in full: choosing a quantiser would take longer."""


@dataclass(frozen=True)
class Choice:
    """The chosen quantiser with its estimates.

    share: estimated share of pairs that must be computed in full. found: estimated share that reaches the threshold.
    """

    shape: Shape
    share: float
    found: float


def choose(vectors: Vectors, threshold: float, pairs: int, most: int) -> Choice:
    """Choose the number of leading dimensions, at most `most`, that minimises the cost of comparing `pairs` pairs."""
    if pairs <= SMALL:
        dim = vectors.vectors(vectors.keys[:1]).shape[1]
        return Choice(Shape(np.empty((dim, 0)), 1.0), 1.0, 0.0)
    rng = np.random.default_rng(SEED)
    sample, judged = _samples(vectors, rng)
    axes = _leading(sample)
    best, cheapest = None, np.inf
    for m in _sizes(sample.shape[1], most):
        if best is not None and FIXED + A_DIMENSION * m >= cheapest:
            break
        shape = _shape(axes[:, :m], judged, rng)
        share = _share(_bound(judged, shape), threshold)
        cost = FIXED + A_DIMENSION * m + IN_FULL * share
        if cost < cheapest:
            best, cheapest = (shape, share), cost
    assert best is not None  # noqa: S101  # _sizes is never empty
    return Choice(*best, _share(judged @ judged.T, threshold))


def _samples(vectors: Vectors, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw two samples, disjoint if there are enough vectors."""
    keys = vectors.keys
    taken = rng.choice(keys, min(SAMPLE + JUDGED, len(keys)), replace=False)
    rows = in_full(vectors, np.sort(taken))[np.argsort(np.argsort(taken))]
    return rows[:SAMPLE], rows[-JUDGED:]


def _share(scores: NDArray[np.floating], threshold: float) -> float:
    """Return the share of pairs of different vectors that score at or above the threshold; 0 without pairs."""
    reached = scores >= threshold
    return int(reached.sum() - reached.diagonal().sum()) / max(len(scores) * (len(scores) - 1), 1)


def _sizes(dim: int, most: int) -> list[int]:
    return sorted({min(size, dim) for size in SIZES if size <= max(most, SIZES[0])})


def _leading(sample: Floats) -> Floats:
    """Return the principal axes about the origin, largest first, (dim, dim), including what all vectors have in
    common.

    In float32, which takes half the time: which axes are best is an estimate, and `_shape` makes them exact.
    """
    together = sample.T @ sample
    _, axes = np.linalg.eigh((together / max(together.trace(), TINY)).astype(np.float32))
    return axes[:, ::-1].astype(np.float64)


def _shape(axes: Floats, judged: Floats, rng: np.random.Generator) -> Shape:
    """Rotate the axes at random within their span, so no coordinate is much larger than another; keep them
    orthonormal.
    """
    turned, _ = np.linalg.qr(axes @ rng.normal(size=(axes.shape[1], axes.shape[1])))
    return Shape(turned, ROOM * float(np.abs(judged @ turned).max(initial=0)) / LARGEST or 1.0)


def _bound(vectors: Floats, shape: Shape) -> FloatMatrix:
    """Return the codes' upper bound on the inner products, (n, n), accurate enough for an estimate."""
    leading = vectors @ shape.axes
    codes = shape.step * np.clip(np.rint(leading / shape.step), -LARGEST, LARGEST)
    inner = np.linalg.norm(codes, axis=1)
    error = np.full(len(codes), np.linalg.norm(leading - codes, axis=1).max())  # the worst of a block
    tail = np.sqrt(np.maximum(np.sum(vectors**2, axis=1) - np.sum(leading**2, axis=1), 0))
    left = np.column_stack([codes, inner, error, error, tail]).astype(np.float32)
    right = np.column_stack([codes, error, inner, error, tail]).astype(np.float32)
    return left @ right.T  # float32 is twice as fast, and this is only an estimate
