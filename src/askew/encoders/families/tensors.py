"""A file of weights: each tensor is read when it is asked for, as float32, and must have the shape that is expected."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from askew.encoders.families.shape import Array, Dense, Linear, Norm
from askew.errors import ModelError

# Older files have TensorFlow's words for the two.
SCALES = ("weight", "gamma")
SHIFTS = ("bias", "beta")


@dataclass(frozen=True)
class Tensors:
    """`handle` is the open file; `prefix` stands before every name that is asked for."""

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
        except (OSError, ValueError, SafetensorError) as fault:
            raise ModelError(f"The weights {file} cannot be read: {fault}.") from fault

    def under(self, prefixes: Sequence[str], anchor: str) -> "Tensors":
        """The tensors after the one of these prefixes with which `anchor` is there."""
        for prefix in prefixes:
            if prefix + anchor in self.names:
                return replace(self, prefix=prefix)
        raise ModelError(f"The weights {self.file} lack {' or '.join(prefix + anchor for prefix in prefixes)}.")

    def array(self, name: str, *shape: int) -> Array:
        found = self._read(name)
        if found.shape != shape:
            raise ModelError(
                f"In {self.file}: {self.prefix + name} has the shape {found.shape}, "
                f"and by config.json it should be {shape}."
            )
        return found

    def linear(self, name: str, inputs: int, outputs: int) -> Linear:
        weight = self.array(name + ".weight", outputs, inputs)
        return Linear(np.ascontiguousarray(weight.T), self.array(name + ".bias", outputs))

    def norm(self, name: str, width: int, epsilon: float) -> Norm:
        scale, shift = (self._first(name, words) for words in (SCALES, SHIFTS))
        return Norm(self.array(scale, width), self.array(shift, width), epsilon)

    def dense(self, name: str, inputs: int, activation: str) -> Dense:
        """A layer with as many outputs as its weights have; some have no bias."""
        outputs = self._read(name + ".weight").shape[0]
        if self.prefix + name + ".bias" in self.names:
            return Dense(self.linear(name, inputs, outputs), activation)
        weight = self.array(name + ".weight", outputs, inputs)
        return Dense(Linear(np.ascontiguousarray(weight.T), np.zeros(outputs, np.float32)), activation)

    def depth(self, stack: str) -> int:
        """How many numbered layers there are."""
        start = self.prefix + stack
        return len({name[len(start) :].split(".")[0] for name in self.names if name.startswith(start)})

    def _first(self, name: str, words: Sequence[str]) -> str:
        found = [f"{name}.{word}" for word in words if f"{self.prefix}{name}.{word}" in self.names]
        return found[0] if found else f"{name}.{words[0]}"

    def _read(self, name: str) -> Array:
        name = self.prefix + name
        if name not in self.names:
            raise ModelError(f"The weights {self.file} lack {name!r}.")
        kind = self.handle.get_slice(name).get_dtype()
        if kind not in ("F32", "F16", "BF16"):
            raise ModelError(f"In {self.file}: {name} is of the type {kind}; F32, F16 and BF16 can be read.")
        found = _bfloat16(self.file, name) if kind == "BF16" else self.handle.get_tensor(name).astype(np.float32)
        if not np.isfinite(found).all():
            raise ModelError(f"In {self.file}: {name} holds numbers that are none; the file is damaged.")
        return found


def _bfloat16(file: Path, name: str) -> Array:
    """As numpy has no such type: its 16 bits are the upper half of a float32."""
    with file.open("rb") as source:
        header = int.from_bytes(source.read(8), "little")
        entry = json.loads(source.read(header))[name]
        start, end = entry["data_offsets"]
        source.seek(8 + header + start)
        upper = np.frombuffer(source.read(end - start), "<u2").astype(np.uint32)
    return (upper << 16).view(np.float32).reshape(entry["shape"])
