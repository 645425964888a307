"""Headers of safetensors files: the tensors that they describe, checked against the size of the file.

A header is a claim. It is believed once it is certain that the file holds as many bytes, each of them once.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from reprlib import repr as short

from askew.errors import ModelError

ITEMS: Mapping[str, int] = {
    **dict.fromkeys(("BOOL", "U8", "I8", "F8_E4M3", "F8_E5M2", "F8_E8M0"), 1),
    **dict.fromkeys(("U16", "I16", "F16", "BF16"), 2),
    **dict.fromkeys(("U32", "I32", "F32"), 4),
    **dict.fromkeys(("U64", "I64", "F64", "C64"), 8),
}
"""Bytes of one number of each type."""
LARGEST_HEADER = 1 << 24
"""Bytes of a header; those of the largest models take 200 KB."""
INDEX = "model.safetensors.index.json"
"""Names the file of each tensor, where the weights are in several."""
FLOATS: Mapping[str, str] = {"F32": "<f4", "F16": "<f2", "BF16": "<u2", "F64": "<f8"}
"""Types of numbers that are read, and NumPy's type of the same bytes."""
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


def check(file: Path) -> None:
    """Raise `ModelError` unless the weights that the file describes are of a type that is read."""
    for name, entry in entries(file).items():
        if name.endswith(".weight") and entry.kind not in FLOATS:
            raise ModelError(
                f"The weights {file} hold {name[:80]!r} as {entry.kind}, and only {', '.join(FLOATS)} are read. Save "
                "the model without quantisation."
            )


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
