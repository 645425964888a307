"""Vectors of every kind that a comparison may meet, and what brute force says of them."""

import numpy as np
from numpy.typing import NDArray

from askew.dedup.exact.codes import Codes, Shape
from askew.dedup.exact.pairs import Found
from askew.dedup.exact.tiles import SLACK
from askew.types import FloatMatrix

KINDS = ("unit", "plain", "heavy", "flat", "zeros", "huge", "tiny", "mixed", "repeated", "negated", "equal", "group")
SCALES = {"huge": 1e4, "tiny": 1e-6}
BORDER = 1e-12
"""Two sums in float64 over some hundred products differ by less, relative to the vectors' lengths."""


def cloud(kind: str, count: int, dim: int, seed: int = 0) -> FloatMatrix:
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count, dim)) * SCALES.get(kind, 1.0)
    few = max(count // 8, 1)
    match kind:
        case "unit":
            rows[: count // 2] = rows[rng.integers(0, few, count // 2)] + 0.2 * rows[: count // 2]
            rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        case "heavy":
            rows *= rng.standard_cauchy(size=(count, dim))
        case "flat":  # almost all of it in one dimension
            rows = rows[:, :1] @ rng.normal(size=(1, dim)) + 1e-6 * rows
        case "zeros":
            rows[::3] = 0
        case "mixed":
            rows *= 10.0 ** rng.integers(-6, 5, size=(count, 1))
        case "repeated":
            rows = rows[rng.integers(0, few, count)]
        case "negated":
            rows[count // 2 :] = -rows[: count - count // 2]
        case "equal":
            rows[:] = rows[0]
        case "group":
            rows[: count // 2] = rows[0] + 1e-3 * rows[: count // 2]
    return rows.astype(np.float32)


def clustered(count: int, dim: int, noise: float = 0.3, seed: int = 2) -> FloatMatrix:
    """Unit vectors about centres, some ten about each."""
    rng = np.random.default_rng(seed)
    rows = rng.normal(size=(count // 10, dim))[rng.integers(0, count // 10, count)]
    rows = rows + noise * rng.normal(size=(count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def scores(left: FloatMatrix, right: FloatMatrix) -> NDArray[np.float64]:
    return left.astype(np.float64) @ right.astype(np.float64).T


def borders(left: FloatMatrix, right: FloatMatrix) -> NDArray[np.float64]:
    lengths = [np.linalg.norm(rows.astype(np.float64), axis=1) for rows in (left, right)]
    return BORDER * np.outer(*lengths)


def thresholds(rows: FloatMatrix) -> list[float]:
    """Below, among and above their scores."""
    held = scores(rows, rows)[np.triu_indices(len(rows), 1)]
    low, middle, high = np.quantile(held, (0.3, 0.9, 0.999))
    return [
        -float(np.abs(held).max()) / 2,
        0.0,
        0.5,
        1.0,
        float(low),
        float(middle),
        float(high),
        float(held.max()) + 1,
    ]


def holds(found: Found, threshold: float, left: FloatMatrix, right: FloatMatrix | None = None) -> None:
    """Every pair that reaches the threshold, no other, each once, with its score, in the order that is promised."""
    exact, border = scores(left, left if right is None else right), borders(left, left if right is None else right)
    there = np.zeros(exact.shape, bool)
    there[found.keys[:, 0], found.keys[:, 1]] = True
    assert there.sum() == len(found.keys) == len(found.scores)  # no pair twice
    pairs = np.ones(exact.shape, bool) if right is not None else np.triu(np.ones(exact.shape, bool), 1)
    assert not (there & ~pairs).any()
    assert not (~there & pairs & (exact >= threshold + border)).any()
    assert not (there & (exact < threshold - border)).any()
    at = tuple(found.keys.T)
    assert (np.abs(found.scores - exact[at]) <= border[at]).all()
    assert (found.scores >= threshold).all()
    order = np.lexsort((found.keys[:, 1], found.keys[:, 0], -found.scores))
    assert (order == np.arange(len(order))).all()


def bounds(codes: Codes, count: int, shape: Shape) -> NDArray[np.float64]:
    """(count, count): what the inner products of the first vectors cannot exceed, straight from the formula."""
    whole = shape.step * (codes.codes[:count].astype(np.float64) - 64)
    inner, error, tail, length = (fact[:count] for fact in (codes.inner, codes.error, codes.tail, codes.length))
    bound = whole @ whole.T + np.outer(inner, error) + np.outer(error, inner)
    return bound + np.outer(error, error) + np.outer(tail, tail) + SLACK * np.outer(length, length)
