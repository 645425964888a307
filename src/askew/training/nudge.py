"""NUDGE: bounded shifts of stored document vectors towards the queries that they answer, in closed form.

Zeighami, Wellmer and Parameswaran 2024 (arXiv 2409.02343). Only documents with a judgement move, so that others gain
nothing, and lose where those that moved now come before them: measure both. NUDGE-M bounds the length of the shift and
leaves vectors that are compared by their inner product; NUDGE-N also keeps them at length one, and so fits the cosine.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.similarity import normalise
from askew.types import FloatMatrix

M, N = "nudge-m", "nudge-n"
BOUNDS = tuple(round(float(bound), 3) for bound in np.geomspace(0.05, 1.4, 16))
"""Largest lengths of a shift that are tried. The paper solves for the bound with the most correct first hits of the
development queries; here the measure of the search decides, and it has no such solution."""


@dataclass(frozen=True)
class Shifts:
    """places: of the passages that moved. vectors: (n, dim), which count instead of the stored ones. bound: length."""

    method: str
    bound: float
    places: NDArray[np.int64]
    vectors: FloatMatrix

    @property
    def moved(self) -> Mapping[int, NDArray[np.float32]]:
        return dict(zip(self.places.tolist(), self.vectors, strict=True))


def nudged(
    method: str, vectors: FloatMatrix, places: NDArray[np.int64], queries: FloatMatrix, pairs: NDArray[np.int64]
) -> Iterator[Shifts]:
    """Yield the shifts for each bound that is tried; which of them is best, development data tells.

    vectors: (n, dim), prepared, of the passages at `places`. queries: (m, dim). pairs: (k, 2), rows of a query and of a
    passage that is relevant for it. Passages that no query pulls stay as they are, and are not among the shifts.
    """
    pull = np.zeros_like(vectors)
    np.add.at(pull, pairs[:, 1], queries[pairs[:, 0]])
    wanted = normalise(pull)
    pulled = np.linalg.norm(wanted, axis=1) > 0
    vectors, wanted, places = vectors[pulled], wanted[pulled], places[pulled]
    for bound in BOUNDS:
        found = vectors + np.float32(bound) * wanted if method == M else _rotated(vectors, wanted, bound)
        yield Shifts(method, bound, places, found.astype(np.float32))


def _rotated(vectors: FloatMatrix, wanted: FloatMatrix, bound: float) -> FloatMatrix:
    """Return unit vectors at most `bound` from the given ones, as near as possible to the wanted directions."""
    along = np.einsum("ij,ij->i", vectors, wanted)[:, None]
    across = normalise(wanted - along * vectors)
    near = 1 - bound**2 / 2
    turned = near * vectors + bound * np.sqrt(max(0.0, 1 - bound**2 / 4)) * across
    return np.where(along >= near, wanted, normalise(turned)).astype(np.float32)  # straight across, no way is nearer
