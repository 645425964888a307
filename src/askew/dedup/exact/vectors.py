"""Vector sources for a comparison: in memory or in a file. (A store's snapshot satisfies the same protocol.)"""

import os
import weakref
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError, StoreError
from askew.stores import Keys
from askew.types import FloatMatrix

ITEM = np.dtype("<f4")
LARGEST = 1e15
"""Larger numbers could have an inner product beyond the range of float32."""


class Vectors(Protocol):
    @property
    def keys(self) -> Keys:
        """The key of every vector, ascending."""

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        """Return the vectors, (n, dim), in the order of the keys, which may repeat."""


@dataclass(frozen=True)
class InMemory:
    """Vectors in an array.

    rows: (n, dim). The keys are row positions.
    """

    rows: FloatMatrix

    @property
    def keys(self) -> Keys:
        return np.arange(len(self.rows), dtype=np.int64)

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        return np.asarray(self.rows[np.asarray(keys, np.int64)], np.float32)


@dataclass(frozen=True)
class OnDisk:
    """The first `rows` rows of a file of float32 numbers, (rows, dim). The keys are row positions."""

    path: Path
    rows: int
    dim: int
    held: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "held", os.open(self.path, os.O_RDONLY))  # so that its number is not given away
        weakref.finalize(self, os.close, self.held)
        if self.path.stat().st_size < self.rows * self.dim * ITEM.itemsize:
            raise InputError(f"{self.path} has fewer than {self.rows} vectors of {self.dim} dimensions.")

    @property
    def keys(self) -> Keys:
        return np.arange(self.rows, dtype=np.int64)

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        # Read, not mapped: mmap faults in sixteen pages around each row, and all of them count towards resident memory.
        places, back = np.unique(np.asarray(keys, np.int64), return_inverse=True)
        starts = np.flatnonzero(np.diff(places, prepend=-2) != 1)
        ends = np.append(starts, len(places))[1:]
        if len(places) and not 0 <= places[0] <= places[-1] < self.rows:
            raise IndexError(f"Row out of range: {self.path} has rows 0 to {self.rows - 1}.")
        width = self.dim * ITEM.itemsize
        held = np.empty(len(places) * width, np.uint8)
        with self.path.open("rb", buffering=0) as file:
            if not os.path.sameopenfile(file.fileno(), self.held):
                raise StoreError(f"Another process has begun {self.path} anew. Run this again.")
            for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
                file.seek(int(places[start]) * width)
                file.readinto(held[start * width : end * width].data)
        return held.view(ITEM).reshape(len(places), self.dim)[back].astype(np.float32, copy=False)


@dataclass(frozen=True)
class Part:
    """A subset of the vectors; keys: ascending."""

    whole: Vectors
    keys: Keys

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        return self.whole.vectors(keys)


def in_full(vectors: Vectors, keys: Keys) -> NDArray[np.float64]:
    """Return the vectors in float64, (n, dim); raise InputError if a number is not finite or too large."""
    rows = vectors.vectors(keys).astype(np.float64)
    bad = np.flatnonzero(~(np.abs(rows).max(axis=1, initial=0) <= LARGEST))
    if len(bad):
        raise InputError(
            f"Vector {keys[bad[0]]} has a value that is not finite or exceeds {LARGEST:g}: encode its text again."
        )
    return rows
