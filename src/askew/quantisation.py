"""Quantisation of stored vectors: the precision of an index, and vectors as rows of bytes.

A row is all that is kept of a vector, and depends on nothing but that vector: an index built anew, or in another order,
holds the same bytes. What is decoded from a row is the stored vector, which every search and comparison uses.

    float32   four bytes per dimension
    float16   two bytes per dimension (IEEE half precision)
    int8      one byte per dimension, from -127 to 127, and a scale per row, which keeps the vector's length
    binary    the sign of each dimension, by which candidates are found (Hamming distance), and three bits of its
              magnitude, by which they are rescored; with the scale, half a byte per dimension

Rescoring candidates of binary codes with the query in full precision is Yamada et al. 2021 (doi
10.18653/v1/2021.acl-short.123).
"""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError
from askew.types import FloatMatrix

Bytes = NDArray[np.uint8]
"""Rows (n, width) of encoded vectors."""


class Precision(StrEnum):
    """The precision in which an index stores its vectors."""

    FLOAT32 = "float32"
    FLOAT16 = "float16"
    INT8 = "int8"
    BINARY = "binary"


SUFFIXES = {Precision.FLOAT32: "f32", Precision.FLOAT16: "f16", Precision.INT8: "i8", Precision.BINARY: "b4"}
"""Ending of the vector file."""
SCALE = np.dtype("<f4")
STEPS = 127
"""Largest code of int8."""
PLANES = 4
"""Bits of a binary row per dimension: the sign, and three of the magnitude."""
LEVELS = 8
"""Magnitudes of a binary row, 0.5 to 7.5 steps."""
BEST_STEP = 0.3352
"""Step of the uniform quantiser with 16 levels that fits a normal distribution best, in standard deviations (Max 1960,
doi 10.1109/TIT.1960.1057548).
"""
WIDER = (1.0, 1.2, 1.5, 2.0)
"""Multiples of that step that are tried, for vectors with a few large dimensions."""
LARGEST_HALF = 65_504.0
"""Largest number of float16."""


@dataclass(frozen=True)
class RowFormat:
    """How a vector of `dim` dimensions is stored as a row of bytes."""

    dim: int
    precision: Precision = Precision.FLOAT32

    @property
    def plain(self) -> bool:
        """Whether a row is the vector itself, in float32."""
        return self.precision is Precision.FLOAT32

    @property
    def width(self) -> int:
        """Bytes per row."""
        return {
            Precision.FLOAT32: 4 * self.dim,
            Precision.FLOAT16: 2 * self.dim,
            Precision.INT8: SCALE.itemsize + self.dim,
            Precision.BINARY: SCALE.itemsize + PLANES * self.plane,
        }[self.precision]

    @property
    def plane(self) -> int:
        """Bytes of one bit of every dimension."""
        return -(-self.dim // 8)

    def encode(self, vectors: FloatMatrix) -> Bytes:
        """Return the rows (n, width) of vectors (n, dim). Raises InputError for numbers beyond float16."""
        if self.plain:
            return np.ascontiguousarray(vectors, "<f4").reshape(len(vectors), self.dim).view(np.uint8)
        if self.precision is Precision.FLOAT16:
            return _halves(vectors)
        return _int8(vectors) if self.precision is Precision.INT8 else _binary(vectors)

    def decode(self, rows: Bytes) -> FloatMatrix:
        """Return the stored vectors (n, dim) of rows (n, width); of float32 without a copy."""
        if self.plain:
            return rows.view("<f4")
        if self.precision is Precision.FLOAT16:
            return np.ascontiguousarray(rows).view("<f2").astype(np.float32)
        return _from_int8(rows) if self.precision is Precision.INT8 else _from_binary(rows, self.dim)

    def signs(self, rows: Bytes) -> Bytes:
        """Return the signs of binary rows, (n, plane): a bit per dimension, 1 for negative numbers."""
        return rows[:, SCALE.itemsize : SCALE.itemsize + self.plane]


def signs_of(vectors: FloatMatrix) -> Bytes:
    """Return the signs of vectors (n, dim), packed as in binary rows."""
    return np.packbits(vectors < 0, axis=1)


def _halves(vectors: FloatMatrix) -> Bytes:
    if len(vectors) and float(np.abs(vectors).max(initial=0)) > LARGEST_HALF:
        raise InputError(
            f"A vector has a number beyond {LARGEST_HALF:,.0f}, the largest of float16. Store vectors as float32 "
            "instead."
        )
    return np.ascontiguousarray(vectors, "<f2").view(np.uint8)


def _int8(vectors: FloatMatrix) -> Bytes:
    largest, shares = _shares(vectors)
    codes = np.rint(shares * STEPS)
    return _joined(_scale(shares, codes) * largest, codes.astype(np.int8).view(np.uint8))


def _scale(shares: FloatMatrix, codes: FloatMatrix) -> NDArray[np.float32]:
    """Return the scale (n,) that gives the codes the length of the vector, so that a cosine stays one."""
    lengths = np.linalg.norm(codes, axis=1)
    found: NDArray[np.float32] = (np.linalg.norm(shares, axis=1) / np.where(lengths > 0, lengths, 1)).astype(SCALE)
    return found


def _shares(vectors: FloatMatrix) -> tuple[NDArray[np.float32], FloatMatrix]:
    """Return the largest magnitude of each vector, (n,), and the vectors divided by it."""
    largest = np.abs(vectors).max(axis=1, initial=0).astype(SCALE)
    return largest, np.divide(vectors, np.where(largest > 0, largest, 1)[:, None], dtype=np.float32)


def _from_int8(rows: Bytes) -> FloatMatrix:
    found: FloatMatrix = np.multiply(rows[:, SCALE.itemsize :].view(np.int8), _scales(rows), dtype=np.float32)
    return found


NIBBLES = np.concatenate([np.arange(LEVELS) + 0.5, -np.arange(LEVELS) - 0.5]).astype(np.float32)
"""Number of steps that each four-bit code of a binary row stands for; the first bit is the sign."""


def _binary(vectors: FloatMatrix) -> Bytes:
    largest, shares = _shares(vectors)
    sizes = np.abs(shares)
    codes = _magnitudes(sizes, _steps(sizes))
    scale = _scale(shares, codes + np.float32(0.5))
    planes = [shares < 0, *((codes >> bit & 1).astype(np.bool_) for bit in (2, 1, 0))]
    return _joined(scale * largest, np.concatenate([np.packbits(one, axis=1) for one in planes], axis=1))


def _steps(sizes: FloatMatrix) -> FloatMatrix:
    """Return the step for each vector, (n, 1): of those tried the one whose codes are most like the vector."""
    deviation = np.sqrt(np.vecdot(sizes, sizes)[:, None] / np.float32(sizes.shape[1]))
    best, least = np.ones_like(deviation), np.full_like(deviation, np.inf)
    for wider in WIDER:
        steps = np.where(deviation > 0, np.float32(BEST_STEP * wider) * deviation, np.float32(1))
        errors = sizes - steps * (_magnitudes(sizes, steps) + np.float32(0.5))
        error = np.vecdot(errors, errors)[:, None]
        best, least = np.where(error < least, steps, best), np.minimum(error, least)
    found: FloatMatrix = best
    return found


def _magnitudes(sizes: FloatMatrix, steps: FloatMatrix) -> Bytes:
    found: Bytes = np.minimum(sizes / steps, LEVELS - 1).astype(np.uint8)
    return found


def _from_binary(rows: Bytes, dim: int) -> FloatMatrix:
    planes = rows[:, SCALE.itemsize :].reshape(len(rows), PLANES, -(-dim // 8))
    codes = np.zeros((len(rows), dim), np.uint8)
    for place in range(PLANES):
        codes <<= 1
        codes |= np.unpackbits(planes[:, place], axis=1, count=dim)
    found: FloatMatrix = NIBBLES[codes]
    found *= _scales(rows)
    return found


def _scales(rows: Bytes) -> FloatMatrix:
    return np.ascontiguousarray(rows[:, : SCALE.itemsize]).view(SCALE)


def _joined(scales: NDArray[np.float32], codes: Bytes) -> Bytes:
    return np.concatenate([scales[:, None].view(np.uint8), codes], axis=1)
