"""Quantised vectors: a few small integers each, with the exact length of everything they leave out."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.dedup.exact.vectors import Vectors, in_full
from askew.stores import Keys

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float64]

TILE = 1024
"""Vectors per block of codes; a tile is a block against a block."""
ZERO = 64
"""The stored value of the number 0: codes are unsigned bytes, from 1 to 127."""
LARGEST = 63
"""The sum of two products of such numbers fits in 16 bits, which some processors accumulate in."""
ROWS = 8192  # vectors projected at a time
TINY = 1e-12
"""Relative to a squared length: far more than float64's rounding and the axes' deviation from orthonormality."""


@dataclass(frozen=True)
class Shape:
    """A quantiser.

    axes: (dim, m) float64, orthonormal columns. step: the value of 1 in a code.
    """

    axes: Floats
    step: float

    @property
    def m(self) -> int:
        return int(self.axes.shape[1])


@dataclass(frozen=True)
class Codes:
    """Codes of n vectors, in blocks of TILE; the last block is padded with zeros, whose key is -1.

    keys, inner, error, tail, length: (blocks * TILE,). codes: (blocks * TILE, m). inner: the length of the code's
    vector; error: its distance from the projection; tail: the length of the part outside the leading dimensions;
    length: of the whole vector.
    """

    keys: Keys
    codes: Bytes
    inner: Floats
    error: Floats
    tail: Floats
    length: Floats

    @property
    def blocks(self) -> int:
        return len(self.keys) // TILE

    def block(self, number: int) -> "Codes":
        part = slice(number * TILE, (number + 1) * TILE)
        values = (self.inner[part], self.error[part], self.tail[part], self.length[part])
        return Codes(self.keys[part], self.codes[part], *values)


def encode(vectors: Vectors, keys: Keys, shape: Shape) -> Codes:
    """Quantise these vectors, sorted by ascending tail so that a block's tails are nearly equal."""
    n = len(keys)
    rows = -(-n // TILE) * TILE
    codes = np.full((rows, shape.m), ZERO, np.uint8)
    facts = np.zeros((4, rows))
    for start, part in _parts(vectors, keys):
        stop = start + len(part)
        codes[start:stop], facts[:, start:stop] = _coded(part, shape)
    order = np.argsort(facts[2, :n], kind="stable")
    codes[:n], facts[:, :n] = codes[order], facts[:, order]
    return Codes(np.append(keys[order], np.full(rows - n, -1)), codes, *facts)


def _parts(vectors: Vectors, keys: Keys) -> Iterator[tuple[int, Floats]]:
    for start in range(0, len(keys), ROWS):
        yield start, in_full(vectors, keys[start : start + ROWS])


def _coded(part: Floats, shape: Shape) -> tuple[Bytes, Floats]:
    """Return the codes and the rows inner, error, tail and length."""
    leading = part @ shape.axes
    whole = np.clip(np.rint(leading / shape.step), -LARGEST, LARGEST)
    squared = np.einsum("ij,ij->i", part, part)
    left = np.maximum(squared - np.einsum("ij,ij->i", leading, leading), 0) + TINY * squared
    inner = shape.step * np.linalg.norm(whole, axis=1)
    error = np.linalg.norm(leading - shape.step * whole, axis=1)
    return (whole + ZERO).astype(np.uint8), np.stack([inner, error, np.sqrt(left), np.sqrt(squared)])


Cells = NDArray[np.int64]
STARTING = threading.Lock()


class Product:
    """int8 product of blocks with one block, `right`. Holds the buffers of one tile, so each thread needs its
    instance.
    """

    def __init__(self, m: int) -> None:
        with STARTING:
            self._session = _session()
        self._binding = self._session.io_binding()
        self._out = np.empty((TILE, TILE), np.int32)
        self._reached = np.empty((TILE, TILE), np.bool_)
        self._right = np.empty((m, TILE), np.int8)
        self._binding.bind_output("products", "cpu", 0, np.int32, self._out.shape, self._out.ctypes.data)

    def set_right(self, codes: Bytes) -> None:
        """Set the right block; codes: (TILE, m)."""
        self._right[:] = codes.T.astype(np.int8) - ZERO
        self._binding.bind_cpu_input("right", self._right)

    def reached(self, codes: Bytes, bars: NDArray[np.int32]) -> Cells:
        """Return the cells, row * TILE + column, whose product is at least the row's bar. codes: (TILE, m)."""
        self._binding.bind_cpu_input("left", np.ascontiguousarray(codes))
        self._session.run_with_iobinding(self._binding)
        np.greater_equal(self._out, bars[:, None], out=self._reached)
        eights = self._reached.reshape(-1, 8)
        some = np.flatnonzero(eights.view(np.uint64))  # eight cells at once: few reach their bar
        which, cell = np.nonzero(eights[some])
        return np.asarray(some[which] * 8 + cell, np.int64)


@cache
def _session() -> Any:  # onnxruntime has no types
    """Create the session, shared by all threads; each brings its buffers and computes on one core."""
    import onnxruntime
    from onnx import TensorProto, helper

    graph = helper.make_graph(
        [helper.make_node("MatMulInteger", ["left", "right", "zero"], ["products"])],
        "products",
        [
            helper.make_tensor_value_info("left", TensorProto.UINT8, [TILE, None]),
            helper.make_tensor_value_info("right", TensorProto.INT8, [None, TILE]),
        ],
        [helper.make_tensor_value_info("products", TensorProto.INT32, [TILE, TILE])],
        [helper.make_tensor("zero", TensorProto.UINT8, [], [ZERO])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
