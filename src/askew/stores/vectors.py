"""The vector file: append-only float32 rows, of which the catalogue says how many are valid.

Rows are written and synced to disk before the catalogue counts them. Anything beyond that count is left over from a
crash: readers ignore it, and the next append overwrites it.
"""

import os
from pathlib import Path

import numpy as np

from askew.errors import StoreError
from askew.files import sync_folder
from askew.types import FloatMatrix

PREFIX = "vectors-"
SUFFIX = ".f32"
ITEM = np.dtype("<f4")


def file_of(folder: Path, generation: int) -> Path:
    return folder / f"{PREFIX}{generation}{SUFFIX}"


def create(path: Path) -> None:
    with path.open("xb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def rows_in(path: Path, dim: int) -> int:
    """Count the complete rows; ignores a torn last row."""
    return path.stat().st_size // (dim * ITEM.itemsize)


def read(path: Path, rows: int, dim: int) -> FloatMatrix:
    """Memory-map the first `rows` rows. Raises FileNotFoundError if a compaction has replaced the file."""
    _check(path, rows, dim)
    if rows == 0:
        return np.empty((0, dim), np.float32)
    mapped = np.memmap(path, dtype=ITEM, mode="r", shape=(rows, dim))
    # As a plain array: indexing a memmap costs microseconds on every access.
    return np.asarray(mapped).view(np.ndarray)


def append(path: Path, vectors: FloatMatrix, rows: int) -> None:
    """Append vectors after the first `rows` rows and sync; on failure the file is cut back to those rows."""
    _check(path, rows, vectors.shape[1])
    size = rows * vectors.shape[1] * ITEM.itemsize
    with path.open("r+b", buffering=0) as file:
        file.truncate(size)
        file.seek(size)
        try:
            _write_all(file.fileno(), np.ascontiguousarray(vectors, ITEM))
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise


def _write_all(handle: int, vectors: FloatMatrix) -> None:
    rest = memoryview(vectors.reshape(-1).view(np.uint8))  # type: ignore[arg-type]  # numpy arrays are buffers
    while rest:
        rest = rest[os.write(handle, rest) :]


def cut(path: Path, rows: int, dim: int) -> None:
    """Truncate the file to the first `rows` rows."""
    _check(path, rows, dim)
    size = rows * dim * ITEM.itemsize
    if path.stat().st_size > size:
        os.truncate(path, size)


def _check(path: Path, rows: int, dim: int) -> None:
    held = rows_in(path, dim)
    if held < rows:
        raise StoreError(
            f"The index is damaged: {path} holds {held} vectors but the catalogue counts {rows}. "
            "Restore the index from a backup, or index the documents again."
        )
