"""PyTorch's weights files (`pytorch_model.bin`), read without PyTorch and without running what is in them.

Such a file is a zip archive: a pickle that describes the tensors, and one member with the numbers of each storage. The
pickle may name the types of storages and how a tensor is put together; anything else in it is refused, not called.
"""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from askew.errors import ModelError

LARGEST_PICKLE = 1 << 24
"""Bytes of the description; those of the largest models take 1 MB."""
STORAGES: Mapping[str, tuple[str, int]] = {
    "FloatStorage": ("F32", 4),
    "HalfStorage": ("F16", 2),
    "BFloat16Storage": ("BF16", 2),
    "DoubleStorage": ("F64", 8),
    "LongStorage": ("I64", 8),
    "IntStorage": ("I32", 4),
    "BoolStorage": ("BOOL", 1),
    "ByteStorage": ("U8", 1),
}
"""PyTorch's types of numbers, their names in safetensors, and their bytes."""
HEADER = 30  # bytes of a member's own header, before its name and its extra field


@dataclass(frozen=True)
class Stored:
    """Numbers of one tensor. start, end: bytes from the beginning of the file."""

    kind: str
    shape: tuple[int, ...]
    start: int
    end: int


def entries(file: Path) -> Mapping[str, Stored]:
    """Read where each tensor lies. `ModelError` if the file is damaged, or describes anything but tensors."""
    try:
        with zipfile.ZipFile(file) as archive:
            [described] = [member for member in archive.infolist() if member.filename.endswith("/data.pkl")]
            if described.file_size > LARGEST_PICKLE:
                raise ValueError("its description is larger than that of any model")
            places = _places(file, archive, described.filename.removesuffix("data.pkl") + "data/")
            with archive.open(described) as source:
                found = _Tensors(source, places).load()
        if not isinstance(found, dict):
            raise ValueError("it holds no tensors by name")
        return {str(name): tensor for name, tensor in found.items() if isinstance(tensor, Stored)}
    except Exception as error:  # a pickle made to harm raises what it likes
        raise ModelError(f"Cannot read the weights {file}: {error or type(error).__name__}.") from error


def _places(file: Path, archive: zipfile.ZipFile, folder: str) -> Mapping[str, tuple[int, int]]:
    """Return where the bytes of each storage start and end."""
    places = {}
    with file.open("rb") as source:
        for member in archive.infolist():
            if not member.filename.startswith(folder):
                continue
            if member.compress_type != zipfile.ZIP_STORED:
                raise ValueError("its numbers are compressed")
            source.seek(member.header_offset)
            header = source.read(HEADER)
            lengths = (int.from_bytes(header[at : at + 2], "little") for at in (26, 28))
            start = member.header_offset + HEADER + sum(lengths)
            places[member.filename.removeprefix(folder)] = (start, start + member.file_size)
    return places


class _Tensors(pickle.Unpickler):
    """Unpickler that makes places of tensors, and nothing else."""

    def __init__(self, source: Any, places: Mapping[str, tuple[int, int]]) -> None:
        super().__init__(source)
        self._places = places

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in STORAGES:
            return STORAGES[name]
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _tensor
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return _parameter
        raise ValueError(f"it names {module[:40]}.{name[:40]}, and no code of a model's file is run")

    def persistent_load(self, pid: Any) -> Any:
        _, kind, key, *_ = pid
        return kind, self._places[str(key)]


def _tensor(storage: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object) -> Stored:
    (kind, size), (start, end) = storage
    numbers = 1
    wanted: list[int] = []
    for length in reversed(shape):
        wanted.insert(0, numbers)
        numbers *= length
    if any(length > 1 and given != step for length, given, step in zip(shape, strides, wanted, strict=True)):
        raise ValueError("a tensor in it is not stored row by row")
    first = start + offset * size
    if not (offset >= 0 and min(shape, default=1) >= 0 and first + numbers * size <= end):
        raise ValueError("a tensor in it goes beyond its numbers")
    return Stored(str(kind), tuple(shape), first, first + numbers * size)


def _parameter(tensor: Stored, *_: object) -> Stored:
    return tensor
