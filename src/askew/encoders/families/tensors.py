"""Safetensors files: tensors are read on demand as float32, once their header is known to describe the file.

A header is a claim. No memory is taken for a shape before it is certain that the file holds as many bytes, each of them
once, and that the shape is the one that was asked for.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as short
from typing import Any

import numpy as np

from askew.encoders.families import pickled
from askew.encoders.families.shape import EMPTY, Array, Dense, Linear, Norm
from askew.errors import ModelError

# Older files use TensorFlow's names.
SCALES = ("weight", "gamma")
SHIFTS = ("bias", "beta")
ITEMS: Mapping[str, int] = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 8),
}
"""Bytes of one number of each type."""
LARGEST_HEADER = 1 << 24
"""Bytes of a header; those of the largest models take 200 KB."""
PICKLED = "pytorch_model.bin"
"""PyTorch's own file of weights, read where there is no other."""
INDEX = "model.safetensors.index.json"
"""Names the file of each tensor, where the weights are in several."""
METADATA = "__metadata__"
DIMENSIONS = 8


@dataclass(frozen=True)
class Entry:
    """One tensor of a file. start, end: bytes from the beginning of the file. shard: the file, where there are many."""

    kind: str
    shape: tuple[int, ...]
    start: int
    end: int
    shard: Path | None = None


def entries(file: Path) -> Mapping[str, Entry]:
    """Read a header, and check it against the size of the file. `ModelError` if anything does not fit."""
    try:
        size = file.stat().st_size
        with file.open("rb") as source:
            length = int.from_bytes(source.read(8), "little")
            if not file.is_file() or length > min(LARGEST_HEADER, size - 8):
                raise ValueError(f"its header claims {length} bytes")
            header = json.loads(source.read(length))
        if not isinstance(header, dict):
            raise ValueError("its header is no JSON object")
        found = {name: _entry(name, told, 8 + length) for name, told in header.items() if name != METADATA}
        _covering(found, 8 + length, size)
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"Cannot read the weights {file}: {error or type(error).__name__}.") from error
    return found


def _entry(name: str, told: object, data: int) -> Entry:
    """Check one entry of a header; data: where the tensors begin. ValueError says what is wrong."""
    fields = told if isinstance(told, dict) else {}
    kind, shape, places = fields.get("dtype"), _counts(fields.get("shape")), _counts(fields.get("data_offsets"))
    if kind not in [*ITEMS]:  # a list, because a header may hold anything here
        raise ValueError(f"{name[:80]!r} has the unsupported type {short(kind)}")
    if len(places) != 2 or math.prod(shape) * ITEMS[str(kind)] != places[1] - places[0]:
        raise ValueError(f"{name[:80]!r} has a shape that does not fit its bytes")
    return Entry(str(kind), tuple(shape), data + places[0], data + places[1])


def _counts(values: object) -> list[int]:
    """Return a list of a few numbers, none of them negative or larger than any file."""
    if not isinstance(values, list) or len(values) > DIMENSIONS:
        raise ValueError("its header lacks a shape or a place")
    if not all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 48 for value in values):
        raise ValueError("its header has a shape or a place that no tensor has")
    return values


def _covering(found: Mapping[str, Entry], start: int, size: int) -> None:
    """Check that the tensors follow each other without gaps or overlaps, up to the end of the file."""
    for entry in sorted(found.values(), key=lambda entry: (entry.start, entry.end)):
        if entry.start != start:
            raise ValueError("its tensors overlap or leave gaps")
        start = entry.end
    if start != size:
        raise ValueError(f"its tensors end at byte {start}, and the file at {size}: it is not complete")


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
        if entry.kind not in ("F32", "F16", "BF16"):
            raise ModelError(f"{self.file}: {name} has the unsupported type {entry.kind}; supported: F32, F16, BF16.")
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


def shards(index: Path) -> Mapping[str, Entry]:
    """Read the headers of all shards. `ModelError` unless each tensor is in the shard that the index names, once."""
    try:
        with index.open("rb") as source:
            content = source.read(LARGEST_HEADER + 1)
        mapped = json.loads(content)["weight_map"] if len(content) <= LARGEST_HEADER else None
        if not isinstance(mapped, dict) or not all(isinstance(name, str) for name in mapped.values()):
            raise ValueError("it maps no tensors to files")
        if outside := [name for name in mapped.values() if Path(name).name != name or "\\" in name]:
            raise ValueError(f"the shard {outside[0][:80]!r} is not beside it")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"Cannot read the weights {index}: {error or type(error).__name__}.") from error
    found: dict[str, Entry] = {}
    for shard in dict.fromkeys(mapped.values()):
        held = entries(index.with_name(shard))
        if strange := [name for name in held if mapped.get(name) != shard]:
            raise ModelError(f"{index} does not say that {strange[0][:80]!r} is in {shard}.")
        found |= {name: replace(entry, shard=index.with_name(shard)) for name, entry in held.items()}
    if missing := sorted(set(mapped) - set(found)):
        raise ModelError(f"The weights {index.with_name(mapped[missing[0]])} have no tensor {missing[0][:80]!r}.")
    return found


def _plain(file: Path, entry: Entry) -> Array:
    with file.open("rb") as source:
        source.seek(entry.start)
        numbers = np.frombuffer(source.read(entry.end - entry.start), "<f4" if entry.kind == "F32" else "<f2")
    return numbers.astype(np.float32).reshape(entry.shape)


def _bfloat16(file: Path, entry: Entry) -> Array:
    """Read a bfloat16 tensor, a type numpy lacks: its 16 bits are the upper half of a float32."""
    with file.open("rb") as source:
        source.seek(entry.start)
        upper = np.frombuffer(source.read(entry.end - entry.start), "<u2").astype(np.uint32)
    upper <<= 16  # in place: the largest of these tensors take gigabytes
    return upper.view(np.float32).reshape(entry.shape)
