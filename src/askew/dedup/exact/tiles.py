"""Block comparison: which pairs cannot reach the threshold, by which proof, and which do reach it."""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from askew.dedup.exact.codes import TILE, Cells, Codes, Product
from askew.dedup.exact.vectors import Vectors
from askew.errors import InputError
from askew.types import FloatMatrix

ROUNDING = 1.01 / (1 << 24)
"""Maximum rounding error of a float32 score per dimension, in any order of summation, relative to the vectors'
lengths.
"""
UNDERFLOW = float(np.finfo(np.float32).tiny)
"""A smaller number may be lost in float32."""
SLACK = 1e-9
"""More than the rounding of the float64 lengths and their sums, relative to the vectors' lengths."""
DENSE = 1 / 128
"""If more than this share of a tile must be computed in full, the whole tile is computed as one product."""
HELD = 1 << 18  # candidates collected before they are computed in full
PART = 1 << 13  # candidates per float64 batch
NEVER = np.iinfo(np.int32).max


@dataclass(frozen=True)
class Counts:
    """Pair counts. length: in blocks whose vectors are too short to reach the threshold, never examined. bound:
    ruled out by their codes. computed: in full. possible is the sum.
    """

    length: int = 0
    bound: int = 0
    computed: int = 0

    @property
    def possible(self) -> int:
        return self.length + self.bound + self.computed

    def __add__(self, other: Self) -> "Counts":
        return Counts(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


@dataclass(frozen=True)
class Bar:
    """The conditions for recording a pair.

    threshold: the score to reach. step: the value of 1 in the codes of both sides. most: the largest number of pairs
    that may be held.
    """

    threshold: float
    step: float
    most: int = sys.maxsize


@dataclass(frozen=True)
class Pairs:
    """Scored pairs of keys.

    keys: (n, 2). scores: (n,) float64.
    """

    keys: NDArray[np.int64]
    scores: NDArray[np.float64]


NONE = Pairs(np.empty((0, 2), np.int64), np.empty(0))


def joined(parts: Iterable[Pairs]) -> Pairs:
    kept = [NONE, *parts]
    return Pairs(np.concatenate([part.keys for part in kept]), np.concatenate([part.scores for part in kept]))


def refuse(count: float, threshold: float, most: int) -> None:
    """Raise InputError if there are too many pairs to hold."""
    if count > most:
        raise InputError(
            f"At least {count:,.0f} pairs reach the threshold {threshold:g}, but only {most:,} fit within the memory "
            "limit: raise the threshold or the limit."
        )


class Column:
    """A block on the right, compared with the blocks on the left one after another."""

    def __init__(self, left: Vectors, right: Vectors, block: Codes, bar: Bar, product: Product | None) -> None:
        self._left, self._right, self._block, self._bar, self._product = left, right, block, bar, product
        self._live = block.keys >= 0
        if product is not None:
            product.set_right(block.codes)

    def compare(self, blocks: Iterable[tuple[Codes, bool]]) -> tuple[Pairs, Counts]:
        """Compare with each block on the left; True marks this very block, whose pairs count once."""
        found, total, counts, held, waiting = [NONE], 0, Counts(), 0, [NONE.keys]
        for block, same in blocks:
            cells, count = self._candidates(block, same)
            counts += count
            if len(cells) > DENSE * TILE * TILE:
                cells = self._dense(block, cells)
            if len(cells):
                waiting.append(np.stack([block.keys[cells // TILE], self._block.keys[cells % TILE]], axis=1))
                held += len(cells)
            if held > HELD:
                found.append(self._reaching(np.concatenate(waiting)))
                total += len(found[-1].scores)
                refuse(total, self._bar.threshold, self._bar.most)
                held, waiting = 0, [NONE.keys]
        found.append(self._reaching(np.concatenate(waiting)))
        return joined(found), counts

    def _candidates(self, left: Codes, same: bool) -> tuple[Cells, Counts]:
        rows, columns = int((left.keys >= 0).sum()), int(self._live.sum())
        possible = rows * (rows - 1) // 2 if same else rows * columns
        bars = self._bars(left)
        if (bars == NEVER).all():
            return np.empty(0, np.int64), Counts(length=possible)
        cells = self._product.reached(left.codes, bars) if self._product else _all(bars)
        cells = cells[self._live[cells % TILE]]
        if same:
            cells = cells[cells // TILE < cells % TILE]
        computed = possible if len(cells) > DENSE * TILE * TILE else len(cells)
        return cells, Counts(bound=possible - computed, computed=computed)

    def _bars(self, left: Codes) -> NDArray[np.int32]:
        """Return, for each row, the code product below which no pair with this block can reach the threshold."""
        right, step = self._block, self._bar.step
        inner, error, tail, length = (values.max() for values in (right.inner, right.error, right.tail, right.length))
        unseen = left.inner * error + left.error * inner + left.error * error + left.tail * tail
        bars = np.floor((self._bar.threshold - unseen - SLACK * left.length * length) / step**2)
        never = (left.keys < 0) | (bars > left.inner * inner / step**2 + 1)
        return np.where(never, NEVER, np.clip(bars, -NEVER, NEVER - 1)).astype(np.int32)

    def _dense(self, left: Codes, cells: Cells) -> Cells:
        """Drop cells that are certainly below the threshold: with so many candidates one full product is faster."""
        rows, columns = np.unique(cells // TILE), np.unique(cells % TILE)
        a, b = self._left.vectors(left.keys[rows]), self._right.vectors(self._block.keys[columns])
        scores = np.zeros((TILE, TILE), np.float32)
        scores[np.ix_(rows, columns)] = a @ b.T
        return cells[scores.reshape(-1)[cells] >= self._bar.threshold - _rounding(a, b)]

    def _reaching(self, keys: NDArray[np.int64]) -> Pairs:
        return joined(self._exact(keys[start : start + PART]) for start in range(0, len(keys), PART))

    def _exact(self, keys: NDArray[np.int64]) -> Pairs:
        a, b = self._left.vectors(keys[:, 0]), self._right.vectors(keys[:, 1])
        near = np.einsum("ij,ij->i", a, b) >= self._bar.threshold - _rounding(a, b)
        scores = np.einsum("ij,ij->i", a[near].astype(np.float64), b[near].astype(np.float64))
        keep = scores >= self._bar.threshold
        return Pairs(keys[near][keep], scores[keep])


def _all(bars: NDArray[np.int32]) -> Cells:
    """Return, without codes, every cell of the rows that can reach the threshold at all."""
    rows = np.flatnonzero(bars < NEVER)
    return (rows[:, None] * TILE + np.arange(TILE)).reshape(-1)


def _rounding(a: FloatMatrix, b: FloatMatrix) -> float:
    dim = int(a.shape[1])
    unseen = dim * math.sqrt(UNDERFLOW)  # numbers whose squares underflow
    longest = [float(np.linalg.norm(rows, axis=1).max(initial=0)) + unseen for rows in (a, b)]
    return (dim + 2) * (ROUNDING * longest[0] * longest[1] + UNDERFLOW)
