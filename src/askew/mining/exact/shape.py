"""How vectors are made into codes: which leading dimensions, how many, in which steps. Judged on a sample."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.mining.exact.codes import LARGEST, Floats, Shape
from askew.mining.exact.vectors import Vectors, in_full
from askew.types import FloatMatrix

SAMPLE = 2048
"""Vectors by which the leading dimensions are found."""
JUDGED = 1024
"""Others, by whose pairs the number of dimensions is chosen: axes fit those best by which they were found."""
SIZES = (32, 64, 96, 128, 160, 192, 224, 256, 320, 384, 512, 768, 1024)
ROOM = 1.1
"""Above the greatest coordinate of the sample. What is greater still has a code that is far off: one such vector widens
the bounds of its whole block, which stay true.
"""
FIXED, A_DIMENSION, IN_FULL = 30.0, 1.0, 4e5
"""What a pair costs, in products of two numbers: fixed, for each dimension of a code, and to be computed in full."""
SEED = 20
TINY = np.finfo(np.float64).tiny
SMALL = 1 << 24
"""Of so few pairs all are computed in full: to choose would take longer."""


@dataclass(frozen=True)
class Choice:
    """share: of all pairs, those that the sample says must be computed in full. found: those that reach t in it."""

    shape: Shape
    share: float
    found: float


def choose(vectors: Vectors, threshold: float, pairs: int, most: int) -> Choice:
    """The number of leading dimensions, at most `most`, with which the `pairs` of these vectors cost least."""
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
    assert best is not None  # noqa: S101  # there is at least one size
    return Choice(*best, _share(judged @ judged.T, threshold))


def _samples(vectors: Vectors, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Apart from each other where there are enough."""
    keys = vectors.keys
    taken = rng.choice(keys, min(SAMPLE + JUDGED, len(keys)), replace=False)
    rows = in_full(vectors, np.sort(taken))[np.argsort(np.argsort(taken))]
    return rows[:SAMPLE], rows[-JUDGED:]


def _share(scores: NDArray[np.floating], threshold: float) -> float:
    """Of the pairs of two different vectors, those whose score is the threshold or more; 0 where there is no pair."""
    reached = scores >= threshold
    return int(reached.sum() - reached.diagonal().sum()) / max(len(scores) * (len(scores) - 1), 1)


def _sizes(dim: int, most: int) -> list[int]:
    return sorted({min(size, dim) for size in SIZES if size <= max(most, SIZES[0])})


def _leading(sample: Floats) -> Floats:
    """(dim, dim): the principal axes about the origin, greatest first. What all vectors share is among them.

    In float32, which takes half the time: which axes are good to take is an estimate, and `_shape` makes them exact.
    """
    together = sample.T @ sample
    _, axes = np.linalg.eigh((together / max(together.trace(), TINY)).astype(np.float32))
    return axes[:, ::-1].astype(np.float64)


def _shape(axes: Floats, judged: Floats, rng: np.random.Generator) -> Shape:
    """Orthonormal, and turned at random within their own space, so that no coordinate is much larger than another."""
    turned, _ = np.linalg.qr(axes @ rng.normal(size=(axes.shape[1], axes.shape[1])))
    return Shape(turned, ROOM * float(np.abs(judged @ turned).max(initial=0)) / LARGEST or 1.0)


def _bound(vectors: Floats, shape: Shape) -> FloatMatrix:
    """(n, n): what the inner product cannot exceed; the code's own bound, near enough to judge by."""
    leading = vectors @ shape.axes
    codes = shape.step * np.clip(np.rint(leading / shape.step), -LARGEST, LARGEST)
    inner = np.linalg.norm(codes, axis=1)
    error = np.full(len(codes), np.linalg.norm(leading - codes, axis=1).max())  # that of the worst of a block
    tail = np.sqrt(np.maximum(np.sum(vectors**2, axis=1) - np.sum(leading**2, axis=1), 0))
    left = np.column_stack([codes, inner, error, error, tail]).astype(np.float32)
    right = np.column_stack([codes, error, inner, error, tail]).astype(np.float32)
    return left @ right.T  # twice as fast in float32, and only an estimate
