"""The vector file: append-only float32 rows, of which the catalogue says how many are valid.

Rows are written and synced to disk before the catalogue counts them. Anything beyond that count is left over from a
crash: readers ignore it, and the next append overwrites it. The catalogue has a checksum of each block of rows; a
block is verified when it is first read.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import suppress
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import xxhash
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.files import sync_folder
from askew.stores.catalog import DAMAGED, signed
from askew.types import FloatMatrix

ITEM = np.dtype("<f4")
BLOCK = 64
"""Rows per checksum."""
COPIED = 64 << 20
"""Bytes up to which a file is read into memory, where nothing can change it; a larger one is mapped."""
PIECE = 1 << 14
"""Rows read at a time to make checksums."""

Sums = NDArray[np.int64]


def create(path: Path) -> None:
    with path.open("xb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def blocks_of(rows: int) -> int:
    return -(-rows // BLOCK)


def rows_in(path: Path, dim: int) -> int:
    """Count the complete rows; ignores a torn last row."""
    return path.stat().st_size // (dim * ITEM.itemsize)


def append(path: Path, vectors: FloatMatrix, rows: int, last: int | None = None) -> dict[int, int]:
    """Append vectors after the first `rows` rows and sync; on failure the file is cut back to those rows.

    last: the checksum of the last block, verified if that is not full, as it gets a new one. Returns the checksums of
    the blocks that are new or changed.
    """
    dim = vectors.shape[1]
    size = rows * dim * ITEM.itemsize
    with path.open("r+b", buffering=0) as file:
        _check_rows(file, path, rows, dim)
        begun = _partial(file, rows, dim)
        if last is not None and len(begun) and checksum(begun) != last:
            raise damaged(path, rows // BLOCK)
        file.truncate(size)
        file.seek(size)
        added = np.ascontiguousarray(vectors, ITEM)
        try:
            _write_all(file.fileno(), added)
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise
    first = rows // BLOCK
    return dict(enumerate(_sums(np.concatenate([begun, added]) if len(begun) else added), start=first))


def checksum(rows: FloatMatrix) -> int:
    return signed(xxhash.xxh3_64_intdigest(_raw(np.ascontiguousarray(rows, ITEM))))


def checksums(path: Path, rows: int, dim: int) -> Iterator[int]:
    """Yield the checksum of each block of the file."""
    with path.open("rb", buffering=0) as file:
        _check_rows(file, path, rows, dim)
        for start in range(0, rows, PIECE):
            yield from _sums(_read(file, start, min(start + PIECE, rows), dim))


def damaged(path: Path, block: int) -> StoreError:
    return StoreError(
        f"{path}: the vectors {block * BLOCK:,} to {(block + 1) * BLOCK - 1:,} are damaged (their checksum differs). "
        f"{DAMAGED}"
    )


def cut(path: Path, rows: int, dim: int) -> None:
    """Truncate the file to the first `rows` rows."""
    with path.open("r+b", buffering=0) as file:
        _check_rows(file, path, rows, dim)
        size = rows * dim * ITEM.itemsize
        if os.fstat(file.fileno()).st_size > size:
            file.truncate(size)


class VectorFile:
    """An open vector file of one generation, shared by the views of all its states. Thread-safe."""

    def __init__(self, path: Path, dim: int) -> None:
        """Raises FileNotFoundError if a compaction has replaced the file."""
        self.path = path
        self._dim = dim
        self._map: mmap | None = None
        rows_in(path, dim)
        self._turn = threading.Lock()
        self._array: FloatMatrix = np.empty((0, dim), np.float32)
        self._rows = 0
        self._sums: Sums = np.empty(0, np.int64)
        self._verified = np.empty(0, np.bool_)
        self._marks: tuple[int, ...] = ()
        self.sound = False

    def at(self, rows: int, sums: Mapping[int, int] | None) -> "Vectors":
        """Return the first `rows` rows. sums: checksums from block `known` on; None for a file that has none."""
        with self._turn:
            if rows > self._rows:
                self._extend(rows)
            if sums is None:
                self._verified = np.ones(blocks_of(self._rows), np.bool_)
            elif rows == self._rows:  # otherwise a later state is known, and with it the same rows
                self._note(sums)
            self.sound = bool(self._verified.all()) and not self.mapped
        return Vectors(self, self._array[:rows])

    @property
    def known(self) -> int:
        """The number of blocks whose checksums cannot change any more."""
        return min(self._rows // BLOCK, len(self._sums))

    def verify(self, blocks: NDArray[np.int64] | range) -> None:
        """Verify these blocks once. Raises StoreError if one is damaged, or the file was cut."""
        if self.sound:
            return
        self._check_file()
        flags = self._verified
        if (
            len(blocks)
            and not (flags[blocks.start : blocks.stop] if isinstance(blocks, range) else flags[blocks]).all()
        ):
            for block in blocks:
                if not flags[block]:
                    self._verify(int(block))
            self.sound = bool(self._verified.all()) and not self.mapped

    def _verify(self, block: int) -> None:
        with self._turn:
            if checksum(self._array[block * BLOCK : min((block + 1) * BLOCK, self._rows)]) != self._sums[block]:
                raise damaged(self.path, block)
            self._verified[block] = True

    def _note(self, sums: Mapping[int, int]) -> None:
        count = blocks_of(self._rows)
        grown, flags = np.zeros(count, np.int64), np.zeros(count, np.bool_)
        kept = min(count, len(self._sums))
        grown[:kept], flags[:kept] = self._sums[:kept], self._verified[:kept]
        numbers = np.fromiter(sums.keys(), np.int64, len(sums))
        values = np.fromiter(sums.values(), np.int64, len(sums))
        inside = (numbers >= 0) & (numbers < count)
        numbers, values = numbers[inside], values[inside]
        flags[numbers[grown[numbers] != values]] = False
        grown[numbers] = values
        self._sums, self._verified = grown, flags

    def _extend(self, rows: int) -> None:
        with self.path.open("rb", buffering=0) as file:
            _check_rows(file, self.path, rows, self._dim)
            size = rows * self._dim * ITEM.itemsize
            if size > COPIED:
                if self._map is None:
                    self._marks = _marks(os.fstat(file.fileno()))
                self._map = mmap(file.fileno(), size, access=ACCESS_READ)
                self._array = np.frombuffer(self._map, ITEM).reshape(rows, self._dim)
            else:
                self._copy(file, rows)
        self._rows = rows

    def _copy(self, file: BinaryIO, rows: int) -> None:
        room = self._array.base if self._array.base is not None else self._array
        if rows > len(room):
            room = np.empty((rows if not self._rows else max(rows, 2 * self._rows), self._dim), ITEM)
            room[: self._rows] = self._array
        room[self._rows : rows] = _read(file, self._rows, rows, self._dim)
        self._array = room[:rows]

    def _check_file(self) -> None:
        """Raise StoreError if the file was cut: touching a page beyond its end would kill the process.

        What was changed, if only by an append, is verified anew.
        """
        if self._map is None:
            return
        if self._map.size() < len(self._map):
            raise StoreError(f"{self.path} was cut while it was open. {DAMAGED}")
        with suppress(FileNotFoundError):  # replaced by a compaction; what is mapped stays
            marks = _marks(self.path.stat())
            if marks[:2] == self._marks[:2] and marks != self._marks:
                with self._turn:
                    self._marks = marks
                    if len(self._sums):
                        self._verified = np.zeros(len(self._verified), np.bool_)

    @property
    def mapped(self) -> bool:
        return self._map is not None


def _marks(found: os.stat_result) -> tuple[int, ...]:
    return found.st_dev, found.st_ino, found.st_mtime_ns


class Vectors:
    """Rows of a vector file as an array that verifies what is first read. Indexed by slices and arrays of rows."""

    def __init__(self, file: VectorFile, array: FloatMatrix) -> None:
        self.file = file
        self.array = array
        """The rows, to be read only while `file.sound`."""
        self.shape: tuple[int, int] = (array.shape[0], array.shape[1])
        self.nbytes = array.nbytes

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> FloatMatrix:
        if self.file.sound:
            return self._rows(rows)
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            self.file.verify(range(start // BLOCK, blocks_of(stop)) if stop > start else range(0))
        else:
            given = np.asarray(rows)
            given = np.flatnonzero(given) if given.dtype == np.bool_ else given
            self.file.verify(np.unique(given // BLOCK))
        return self._rows(rows)

    def _rows(self, rows: Any) -> FloatMatrix:
        found: FloatMatrix = self.array[rows]
        return found

    def unverified(self, start: int, stop: int) -> FloatMatrix:
        """Return rows whether or not they are damaged."""
        self.file.verify(range(0))
        return self._rows(slice(start, stop))


def _partial(file: BinaryIO, rows: int, dim: int) -> FloatMatrix:
    """Return the rows of the last block if that is not full."""
    return _read(file, rows - rows % BLOCK, rows, dim)


def _read(file: Any, start: int, stop: int, dim: int) -> FloatMatrix:
    rows = np.empty((stop - start, dim), ITEM)
    rest = _raw(rows)
    place = start * dim * ITEM.itemsize
    file.seek(place)
    while rest:
        count = file.readinto(rest)
        if not count:
            raise StoreError(f"{file.name} was cut while it was read. {DAMAGED}")
        rest = rest[count:]
    return rows


def _raw(rows: FloatMatrix) -> memoryview:
    """Return the bytes of contiguous rows."""
    return memoryview(rows.reshape(-1).view(np.uint8))  # type: ignore[arg-type]  # numpy arrays are buffers


def _sums(rows: FloatMatrix) -> list[int]:
    return [checksum(rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK)]


def _write_all(handle: int, vectors: FloatMatrix) -> None:
    rest = _raw(vectors)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _check_rows(file: Any, path: Path, rows: int, dim: int) -> None:
    held = os.fstat(file.fileno()).st_size // (dim * ITEM.itemsize)
    if held < rows:
        raise StoreError(
            f"The index is damaged: {path} holds {held} vectors but the catalogue counts {rows}. {DAMAGED}"
        )
