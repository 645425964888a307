"""Safetensors files: tensors are read on demand as float32, and their shapes are checked."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from askew.encoders.families.shape import Array, Dense, Linear, Norm
from askew.errors import ModelError

# Older files use TensorFlow's names.
SCALES = ("weight", "gamma")
SHIFTS = ("bias", "beta")


@dataclass(frozen=True)
class Tensors:
    """Open weights file. `prefix` is prepended to every requested name."""

    file: Path
    handle: Any
    names: frozenset[str]
    prefix: str = ""

    @classmethod
    def open(cls, file: Path) -> "Tensors":
        from safetensors import SafetensorError, safe_open

        try:
            handle = safe_open(file, framework="np")  # also checks that the file is as long as it says
            return cls(file, handle, frozenset(handle.keys()))  # type: ignore[no-untyped-call]  # safetensors is untyped here
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

    def array(self, name: str, *shape: int) -> Array:
        found = self._read(name)
        if found.shape != shape:
            raise ModelError(
                f"{self.file}: {self.prefix + name} has shape {found.shape}, but config.json implies {shape}."
            )
        return found

    def linear(self, name: str, inputs: int, outputs: int) -> Linear:
        weight = self.array(name + ".weight", outputs, inputs)
        return Linear(np.ascontiguousarray(weight.T), self.array(name + ".bias", outputs))

    def norm(self, name: str, width: int, epsilon: float) -> Norm:
        scale, shift = (self._first(name, words) for words in (SCALES, SHIFTS))
        return Norm(self.array(scale, width), self.array(shift, width), epsilon)

    def dense(self, name: str, inputs: int, activation: str) -> Dense:
        """Read a dense layer; the weights determine its number of outputs, and the bias is optional."""
        outputs = self._read(name + ".weight").shape[0]
        if self.prefix + name + ".bias" in self.names:
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

    def _read(self, name: str) -> Array:
        name = self.prefix + name
        if name not in self.names:
            raise ModelError(f"The weights {self.file} have no tensor {name!r}.")
        kind = self.handle.get_slice(name).get_dtype()
        if kind not in ("F32", "F16", "BF16"):
            raise ModelError(f"{self.file}: {name} has the unsupported type {kind}; supported: F32, F16, BF16.")
        found = _bfloat16(self.file, name) if kind == "BF16" else self.handle.get_tensor(name).astype(np.float32)
        if not np.isfinite(found).all():
            raise ModelError(
                f"{self.file}: {name} contains NaN or infinity; the file is corrupt. Pull the model again."
            )
        return found


def _bfloat16(file: Path, name: str) -> Array:
    """Read a bfloat16 tensor, a type numpy lacks: its 16 bits are the upper half of a float32."""
    with file.open("rb") as source:
        header = int.from_bytes(source.read(8), "little")
        entry = json.loads(source.read(header))[name]
        start, end = entry["data_offsets"]
        source.seek(8 + header + start)
        upper = np.frombuffer(source.read(end - start), "<u2").astype(np.uint32)
    return (upper << 16).view(np.float32).reshape(entry["shape"])
