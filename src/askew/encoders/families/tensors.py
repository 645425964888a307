"""Safetensors files: tensors are read on demand as float32, once their header is known to describe the file.

No memory is taken for a shape before it is certain that it is the one that was asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from askew.encoders.families import pickled
from askew.encoders.families.shape import EMPTY, Array, Dense, Linear, Norm
from askew.errors import ModelError
from askew.models.weight_headers import FLOATS, INDEX, Entry, entries, shards

# Older files use TensorFlow's names.
SCALES = ("weight", "gamma")
SHIFTS = ("bias", "beta")
PICKLED = "pytorch_model.bin"
"""PyTorch's own file of weights, read where there is no other."""


@dataclass(frozen=True)
class Tensors:
    """Open weights file. `prefix` is prepended to every requested name."""

    file: Path
    handle: Any
    names: Mapping[str, Entry]
    prefix: str = ""

    @classmethod
    def open(cls, file: Path) -> "Tensors":
        """Open a weights file, or if there is none, the shards or PyTorch's own file beside it."""
        if not file.exists() and (index := file.with_name(INDEX)).is_file():
            return cls(index, None, shards(index))
        if not file.exists() and (beside := file.with_name(PICKLED)).is_file():
            stored = pickled.entries(beside)
            return cls(beside, None, {name: Entry(t.kind, t.shape, t.start, t.end) for name, t in stored.items()})
        from safetensors import SafetensorError, safe_open

        found = entries(file)
        try:
            return cls(file, safe_open(file, framework="np"), found)
        except (OSError, ValueError, SafetensorError) as error:
            raise ModelError(f"Cannot read the weights {file}: {error}.") from error

    def under(self, prefixes: Sequence[str], anchor: str) -> "Tensors":
        """Return a view with the first of these prefixes under which `anchor` exists."""
        for prefix in prefixes:
            if prefix + anchor in self.names:
                return replace(self, prefix=prefix)
        raise ModelError(
            f"The weights {self.file} have no tensor {' or '.join(prefix + anchor for prefix in prefixes)}."
        )

    def has(self, name: str) -> bool:
        return self.prefix + name in self.names

    def array(self, name: str, *shape: int) -> Array:
        found = self._entry(name).shape
        if found != shape:
            raise ModelError(f"{self.file}: {self.prefix + name} has shape {found}, but config.json implies {shape}.")
        return self._read(name)

    def linear(self, name: str, inputs: int, outputs: int) -> Linear:
        weight = self.array(name + ".weight", outputs, inputs)
        return Linear(np.ascontiguousarray(weight.T), self.array(name + ".bias", outputs))

    def norm(self, name: str, width: int, epsilon: float) -> Norm:
        scale, shift = (self._first(name, words) for words in (SCALES, SHIFTS))
        return Norm(self.array(scale, width), self.array(shift, width), epsilon)

    def part(self, name: str, inputs: int, *outputs: int) -> tuple[Linear, ...]:
        """Read a linear layer whose bias is optional, and split its outputs into layers of these widths."""
        weight, bias = self.array(name + ".weight", sum(outputs), inputs), EMPTY
        if self.has(name + ".bias"):
            bias = self.array(name + ".bias", sum(outputs))
        ends = np.cumsum(outputs)[:-1]
        biases = np.split(bias, ends) if bias.size else [EMPTY] * len(outputs)
        weights = np.split(weight, ends)
        return tuple(Linear(np.ascontiguousarray(w.T), b) for w, b in zip(weights, biases, strict=True))

    def scale(self, name: str, width: int, epsilon: float, centred: bool) -> Norm:
        """Read a norm whose bias is optional."""
        scale, bias = self.array(name + ".weight", width), np.zeros(width if centred else 0, np.float32)
        if self.has(name + ".bias"):
            bias = self.array(name + ".bias", bias.size)
        return Norm(scale, bias, epsilon, centred)

    def dense(self, name: str, inputs: int, activation: str) -> Dense:
        """Read a dense layer; the weights determine its number of outputs, and the bias is optional."""
        outputs = next(iter(self._entry(name + ".weight").shape), 0)
        if not outputs:
            raise ModelError(f"{self.file}: {self.prefix + name}.weight has no rows.")
        if self.has(name + ".bias"):
            return Dense(self.linear(name, inputs, outputs), activation)
        weight = self.array(name + ".weight", outputs, inputs)
        return Dense(Linear(np.ascontiguousarray(weight.T), np.zeros(outputs, np.float32)), activation)

    def depth(self, stack: str) -> int:
        """Return the number of layers."""
        start = self.prefix + stack
        return len({name[len(start) :].split(".")[0] for name in self.names if name.startswith(start)})

    def _first(self, name: str, words: Sequence[str]) -> str:
        found = [f"{name}.{word}" for word in words if f"{self.prefix}{name}.{word}" in self.names]
        return found[0] if found else f"{name}.{words[0]}"

    def _entry(self, name: str) -> Entry:
        name = self.prefix + name
        if name not in self.names:
            raise ModelError(f"The weights {self.file} have no tensor {name!r}.")
        return self.names[name]

    def _read(self, name: str) -> Array:
        entry, name = self._entry(name), self.prefix + name
        if entry.kind not in FLOATS:
            known = ", ".join(FLOATS)
            raise ModelError(f"{self.file}: {name} has the unsupported type {entry.kind}; supported: {known}.")
        try:
            if entry.kind == "BF16":
                found = _bfloat16(entry.shard or self.file, entry)
            elif self.handle is None:
                found = _plain(entry.shard or self.file, entry)
            else:
                found = self.handle.get_tensor(name).astype(np.float32, copy=False)
        except MemoryError as error:
            raise ModelError(f"{self.file}: {name} does not fit into memory.") from error
        if not np.isfinite(found).all():
            raise ModelError(
                f"{self.file}: {name} contains NaN or infinity; the file is corrupt. Pull the model again."
            )
        return found


def _plain(file: Path, entry: Entry) -> Array:
    with file.open("rb") as source:
        source.seek(entry.start)
        numbers = np.frombuffer(source.read(entry.end - entry.start), FLOATS[entry.kind])
    return numbers.astype(np.float32).reshape(entry.shape)


def _bfloat16(file: Path, entry: Entry) -> Array:
    """Read a bfloat16 tensor, a type numpy lacks: its 16 bits are the upper half of a float32."""
    with file.open("rb") as source:
        source.seek(entry.start)
        upper = np.frombuffer(source.read(entry.end - entry.start), "<u2").astype(np.uint32)
    upper <<= 16  # in place: the largest of these tensors take gigabytes
    return upper.view(np.float32).reshape(entry.shape)
