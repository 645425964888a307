"""Two Lance datasets, documents and vectors: appending to a known version, reading a known version, compaction.

Lance makes a version of its own with every append, whoever is the writer, and bases it on the latest one, also on what
a killed or superseded writer left there. An append that does not yield the very next version was therefore not alone:
the known version is restored as the latest, and the append repeated.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from askew.errors import StoreError
from askew.progress import Progress, Report
from askew.quantisation import Precision
from askew.stores import Keys, Layout
from askew.stores.catalog import chunks
from askew.stores.lance.objects import Objects, Place
from askew.stores.replica.rows import Row
from askew.types import FloatMatrix

if TYPE_CHECKING:
    import pyarrow as pa
    from lance import LanceDataset

DOCUMENTS, VECTORS = "documents", "vectors"
ATTEMPTS = 5
ROWS = 512
"""Documents read at a time."""
SMALL, MANY = 8192, 64
"""Fragments with fewer rows are merged when there are so many of them."""
TARGET = 64 << 20
"""Bytes of the vectors of a fragment after `optimise`: what a compaction holds grows with it."""
FILE = 512 << 20
"""Bytes of a data file."""
BATCH = 1024
"""Rows that compaction holds at a time."""
RANGES = 1000
"""Ranges of one statement that deletes rows."""


class Datasets:
    """The datasets of one store. Thread-safe."""

    def __init__(self, objects: Objects, folder: str, layout: Layout) -> None:
        """folder: of the store, below the place of the objects."""
        self._objects, self._folder, self._layout = objects, folder, layout
        self._turn = Lock()
        self._held: dict[tuple[str, int], LanceDataset] = {}

    def create(self) -> dict[str, int]:
        """Create both, empty, and return their versions."""
        import lance

        made = {}
        for name, table in ((DOCUMENTS, as_documents([])), (VECTORS, self._as_vectors(np.empty(0, np.int64), None))):
            with self._objects.explained():
                dataset = lance.write_dataset(table, self._uri(name), storage_options=self._options)
            made[name] = int(dataset.version)
        return made

    def _uri(self, name: str) -> str:
        return self._objects.place.path(self._folder, f"{name}.lance")

    @property
    def _options(self) -> dict[str, str] | None:
        place: Place = self._objects.place
        found = place.options()
        if place.endpoint.startswith("http://"):
            found["allow_http"] = "true"
        return found or None

    def at(self, name: str, version: int) -> "LanceDataset":
        """Return a dataset as of this version, not to be written to."""
        with self._turn:
            held = self._held.get((name, version))
        if held is None:
            held = self._opened(name, version)
            with self._turn:
                for key in [key for key in self._held if key[0] == name][:-3]:
                    del self._held[key]
                self._held[name, version] = held
        return held

    def _opened(self, name: str, version: int) -> "LanceDataset":
        import lance

        with self._objects.explained():
            return lance.dataset(self._uri(name), version=version, storage_options=self._options)

    def append_documents(self, version: int, rows: Sequence[Row]) -> int:
        return self._append(DOCUMENTS, version, as_documents(rows)) if rows else version

    def append_vectors(self, version: int, keys: Keys, vectors: FloatMatrix) -> int:
        return self._append(VECTORS, version, self._as_vectors(keys, vectors)) if len(keys) else version

    def _append(self, name: str, version: int, table: "pa.Table") -> int:
        """Append to this version and return the new one, which has nothing else."""
        import lance

        for _ in range(ATTEMPTS):
            with self._objects.explained():
                made = lance.write_dataset(table, self._opened(name, version), mode="append", max_bytes_per_file=FILE)
            if made.version == version + 1:
                return self._merged(name, made)
            version = self.restored(name, version)
        raise StoreError(
            f"Another process keeps writing to {self._objects.place.shown}; nothing was stored. Try again."
        )

    def restored(self, name: str, version: int) -> int:
        """Make this version the latest, without what was added to it, and return its new number."""
        dataset = self._opened(name, version)
        with self._objects.explained():
            if dataset.latest_version != version:
                dataset.restore()
        return int(dataset.version)

    def _merged(self, name: str, dataset: "LanceDataset") -> int:
        """Merge small fragments if they are many, and return the version."""
        small = [one for one in dataset.get_fragments() if one.metadata.physical_rows < SMALL]
        if len(small) > MANY:
            self._compact(dataset, SMALL)
        return int(dataset.version)

    def _compact(self, dataset: "LanceDataset", target: int) -> None:
        rows = dataset.count_rows()
        with self._objects.explained():
            dataset.optimize.compact_files(
                target_rows_per_fragment=target, max_bytes_per_file=FILE, num_threads=1, batch_size=BATCH
            )
        if dataset.count_rows() != rows:
            raise StoreError(f"{self._objects.place.shown} was written by another process meanwhile; try again.")

    def rows(self, version: int, after: int) -> Iterator[Sequence[Row]]:
        dataset = self.at(DOCUMENTS, version)
        with self._objects.explained():
            scan = dataset.scanner(filter=f"number > {after}" if after else None, batch_size=ROWS, batch_readahead=2)
            for batch in scan.to_batches():
                yield [Row.of(told) for told in batch.to_pylist()]

    def without(self, name: str, column: str, version: int, gone: Sequence[int], report: Report) -> int:
        """Delete rows, merge fragments, and return the version. gone: ascending values of the column."""
        dataset = self._opened(name, self.restored(name, version))
        expected = dataset.count_rows()
        with self._objects.explained():
            for number, part in enumerate(chunks(_ranges(gone), RANGES)):
                report(Progress("delete", number * RANGES, len(gone)))
                dataset.delete(" OR ".join(f"({column} >= {first} AND {column} <= {last})" for first, last in part))
        if dataset.count_rows() < expected - len(gone):
            raise StoreError(f"{self._objects.place.shown} was written by another process meanwhile; try again.")
        report(Progress("compact", 0, expected))
        self._compact(dataset, max(SMALL, TARGET // (4 * self._layout.dim)))
        return int(dataset.version)

    def bytes(self, name: str, version: int) -> int:
        """Return the size of the data files of a version."""
        found = 0
        for fragment in self.at(name, version).get_fragments():
            live = fragment.count_rows() / max(1, fragment.metadata.physical_rows)
            found += int(live * sum(file.file_size_bytes or 0 for file in fragment.metadata.files))
        return found

    def tidy(self, name: str, oldest: int) -> None:
        """Delete all versions before this one, and files that belong to none."""
        import lance

        with self._objects.explained():
            dataset = lance.dataset(self._uri(name), storage_options=self._options)
            old = [one["version"] for one in dataset.versions() if one["version"] < oldest]
            if old:
                dataset.cleanup_old_versions(versions=old)

    def _as_vectors(self, keys: Keys, vectors: FloatMatrix | None) -> "pa.Table":
        import pyarrow as pa

        dim = self._layout.dim
        half = self._layout.precision is Precision.FLOAT16
        flat = np.empty(0, np.float32) if vectors is None else np.ascontiguousarray(vectors).reshape(-1)
        values = pa.array(flat.astype(np.float16 if half else np.float32))
        return pa.table({"key": pa.array(keys, pa.int64()), "vector": pa.FixedSizeListArray.from_arrays(values, dim)})


def as_matrix(column: Any, dim: int) -> FloatMatrix:
    """Return a column of vectors as float32 (n, dim)."""
    parts = [np.asarray(chunk.flatten()).reshape(-1, dim) for chunk in column.chunks]
    return np.concatenate([np.empty((0, dim), np.float32), *parts], dtype=np.float32)


def as_documents(rows: Sequence[Row]) -> "pa.Table":
    import pyarrow as pa

    whole, words = pa.int64(), pa.large_string()
    schema = pa.schema(
        {
            "number": whole,
            "first": whole,
            "id": words,
            "title": words,
            "text": words,
            "metadata": words,
            "digest": words,
            "tokens": whole,
            "seen": whole,
            "source": words,
            "readers": pa.list_(words),
            "starts": pa.list_(whole),
            "ends": pa.list_(whole),
            "headings": pa.list_(words),
            "sparse": pa.list_(pa.large_binary()),
        }
    )
    return pa.Table.from_pylist([row.as_dict() for row in rows], schema)


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return ascending numbers as first and last of each run without a gap."""
    found = np.unique(np.asarray(numbers, np.int64))
    if not len(found):
        return []
    ends = [0, *(np.flatnonzero(np.diff(found) > 1) + 1).tolist(), len(found)]
    return [(int(found[start]), int(found[end - 1])) for start, end in pairwise(ends)]
