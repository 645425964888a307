"""Vectors like those of a text model, in any number, and fresh queries from the same distribution.

A mixture: thousands of gaussian centres around a few hundred themes, some with many rows and most with few, and
noise around each, whose strength differs from row to row. All vary most in few directions, as the vectors of a text
model do (the power below), and everything is turned by one random rotation, so that no direction is an axis.

How hard this is was set beside 160,000 real sentences in all-MiniLM-L6-v2, cut into 1,600 lists by k-means: to find
99 % of the ten nearest of held-out sentences one must look into the nearest 15 % of the lists.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

THEMES = 200
CENTRES = 4000
THEMATIC = 0.7
"""The share of a centre's variance that it has from its theme."""
NOISE = 1.4
"""The noise's length, relative to that of the centres; from row to row it differs by the factor exp(VARY * z)."""
VARY = 0.3
POWER = 0.5
"""The deviation along the i-th direction is i ** -POWER."""
ZIPF = 0.5
"""The i-th centre has rows in proportion to i ** -ZIPF."""
BLOCK = 50_000

Matrix = NDArray[np.float32]


class Mixture:
    def __init__(self, dim: int, seed: int = 1) -> None:
        rng = np.random.default_rng([seed, 0])
        self.dim, self.seed = dim, seed
        spread = np.arange(1, dim + 1) ** -POWER
        spread /= np.linalg.norm(spread)
        rotation = np.linalg.qr(rng.standard_normal((dim, dim)))[0]
        self._turned = (spread[:, None] * rotation).astype(np.float32)
        theme = self._normal(rng, THEMES)[rng.integers(0, THEMES, CENTRES)]
        self._centres = THEMATIC**0.5 * theme + (1 - THEMATIC) ** 0.5 * self._normal(rng, CENTRES)
        share = np.arange(1, CENTRES + 1) ** -ZIPF
        self._bounds = np.cumsum(share / share.sum())

    def block(self, start: int, count: int) -> Matrix:
        """Rows `start` and following; the same ones for the same start and count."""
        return self._draw(np.random.default_rng([self.seed, 1, start]), count)

    def queries(self, count: int) -> Matrix:
        return self._draw(np.random.default_rng([self.seed, 2]), count)

    def write(self, path: Path, rows: int) -> None:
        """A file of little-endian float32, row after row."""
        with path.open("wb") as file:
            for start in range(0, rows, BLOCK):
                file.write(self.block(start, min(BLOCK, rows - start)).astype("<f4").tobytes())

    def _normal(self, rng: np.random.Generator, count: int) -> Matrix:
        return rng.standard_normal((count, self.dim), np.float32) @ self._turned

    def _draw(self, rng: np.random.Generator, count: int) -> Matrix:
        centre = np.minimum(np.searchsorted(self._bounds, rng.random(count)), CENTRES - 1)
        strength = NOISE * np.exp(VARY * rng.standard_normal((count, 1), np.float32))
        drawn = self._normal(rng, count) * strength + self._centres[centre]
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
