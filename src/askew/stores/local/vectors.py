"""The vector file: append-only rows of bytes (`askew.quantisation`), of which the catalogue says how many are valid.

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
from askew.quantisation import Bytes, RowFormat
from askew.stores.catalog import DAMAGED, signed
from askew.types import FloatMatrix

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


def rows_in(path: Path, width: int) -> int:
    """Count the complete rows of `width` bytes; ignores a torn last row."""
    return path.stat().st_size // width


def append(path: Path, added: Bytes, rows: int, last: int | None = None) -> dict[int, int]:
    """Append rows (n, width) after the first `rows` rows and sync; on failure the file is cut back to those rows.

    last: the checksum of the last block, verified if that is not full, as it gets a new one. Returns the checksums of
    the blocks that are new or changed.
    """
    width = added.shape[1]
    size = rows * width
    with path.open("r+b", buffering=0) as file:
        _check_rows(file, path, rows, width)
        begun = _partial(file, rows, width)
        if last is not None and len(begun) and checksum(begun) != last:
            raise damaged(path, rows // BLOCK)
        file.truncate(size)
        file.seek(size)
        added = np.ascontiguousarray(added)
        try:
            _write_all(file.fileno(), added)
            os.fsync(file.fileno())
        except OSError:
            file.truncate(size)
            raise
    first = rows // BLOCK
    return dict(enumerate(_sums(np.concatenate([begun, added]) if len(begun) else added), start=first))


def checksum(rows: Bytes) -> int:
    return signed(xxhash.xxh3_64_intdigest(_raw(np.ascontiguousarray(rows))))


def checksums(path: Path, rows: int, width: int) -> Iterator[int]:
    """Yield the checksum of each block of the file."""
    with path.open("rb", buffering=0) as file:
        _check_rows(file, path, rows, width)
        for start in range(0, rows, PIECE):
            yield from _sums(_read(file, start, min(start + PIECE, rows), width))


def damaged(path: Path, block: int) -> StoreError:
    return StoreError(
        f"{path}: the vectors {block * BLOCK:,} to {(block + 1) * BLOCK - 1:,} are damaged (their checksum differs). "
        f"{DAMAGED}"
    )


def cut(path: Path, rows: int, width: int) -> None:
    """Truncate the file to the first `rows` rows."""
    with path.open("r+b", buffering=0) as file:
        _check_rows(file, path, rows, width)
        size = rows * width
        if os.fstat(file.fileno()).st_size > size:
            file.truncate(size)


class VectorFile:
    """An open vector file of one generation, shared by the views of all its states. Thread-safe."""

    def __init__(self, path: Path, form: RowFormat) -> None:
        """Raises FileNotFoundError if a compaction has replaced the file."""
        self.path = path
        self.form = form
        self._width = form.width
        self._map: mmap | None = None
        rows_in(path, self._width)
        self._turn = threading.Lock()
        self._array: Bytes = np.empty((0, self._width), np.uint8)
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
            _check_rows(file, self.path, rows, self._width)
            size = rows * self._width
            if size > COPIED:
                if self._map is None:
                    self._marks = _marks(os.fstat(file.fileno()))
                self._map = mmap(file.fileno(), size, access=ACCESS_READ)
                self._array = np.frombuffer(self._map, np.uint8).reshape(rows, self._width)
            else:
                self._copy(file, rows)
        self._rows = rows

    def _copy(self, file: BinaryIO, rows: int) -> None:
        room = self._array.base if self._array.base is not None else self._array
        if rows > len(room):
            room = np.empty((rows if not self._rows else max(rows, 2 * self._rows), self._width), np.uint8)
            room[: self._rows] = self._array
        room[self._rows : rows] = _read(file, self._rows, rows, self._width)
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
    """Stored vectors of a file, float32, as an array that verifies what is first read. Indexed by slices and arrays of
    rows.
    """

    def __init__(self, file: VectorFile, array: Bytes) -> None:
        self.file = file
        self._array = array
        self.shape: tuple[int, int] = (array.shape[0], file.form.dim)
        self.nbytes = 4 * array.shape[0] * file.form.dim
        """Bytes in float32."""
        self.plain = file.form.decode(array) if file.form.plain else None
        """The rows as an array, if they are float32; to be read only while `file.sound`."""

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> FloatMatrix:
        found = self.encoded(rows)
        decoded = self.file.form.decode(found.reshape(-1, found.shape[-1]))
        return decoded.reshape(*found.shape[:-1], self.shape[1])

    def encoded(self, rows: Any) -> Bytes:
        """Return the rows as they are stored, verified."""
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

    def _rows(self, rows: Any) -> Bytes:
        found: Bytes = self._array[rows]
        return found

    def unverified(self, start: int, stop: int) -> FloatMatrix:
        """Return rows whether or not they are damaged."""
        self.file.verify(range(0))
        return self.file.form.decode(self._array[start:stop])


def _partial(file: BinaryIO, rows: int, width: int) -> Bytes:
    """Return the rows of the last block if that is not full."""
    return _read(file, rows - rows % BLOCK, rows, width)


def _read(file: Any, start: int, stop: int, width: int) -> Bytes:
    rows = np.empty((stop - start, width), np.uint8)
    rest = _raw(rows)
    file.seek(start * width)
    while rest:
        count = file.readinto(rest)
        if not count:
            raise StoreError(f"{file.name} was cut while it was read. {DAMAGED}")
        rest = rest[count:]
    return rows


def _raw(rows: Bytes) -> memoryview:
    """Return the bytes of contiguous rows."""
    return memoryview(rows.reshape(-1))  # type: ignore[arg-type]  # numpy arrays are buffers


def _sums(rows: Bytes) -> list[int]:
    return [checksum(rows[start : start + BLOCK]) for start in range(0, len(rows), BLOCK)]


def _write_all(handle: int, rows: Bytes) -> None:
    rest = _raw(rows)
    while rest:
        rest = rest[os.write(handle, rest) :]


def _check_rows(file: Any, path: Path, rows: int, width: int) -> None:
    held = os.fstat(file.fileno()).st_size // width
    if held < rows:
        raise StoreError(
            f"The index is damaged: {path} holds {held} vectors but the catalogue counts {rows}. {DAMAGED}"
        )
