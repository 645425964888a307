"""The vectors of one version of a Lance dataset: in memory while that is small, or read when they are compared.

A key means one vector for ever, so those in memory are used again in later versions, to which only the new ones are
added.
"""

from collections.abc import Mapping
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from askew.errors import StoreError
from askew.stores import Keys
from askew.stores.flat import Rows
from askew.stores.lance.datasets import as_matrix
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from lance import LanceDataset

    from askew.stores.lance.objects import Objects

HELD = 512 << 20
"""Bytes of vectors that a process keeps in memory; more are searched by Lance's own index."""
WASTE = 2
"""Rows in memory for each one that is alive, above which they are read anew."""
GROWTH = 1.25
REFINE = 2
"""Candidates asked of the index for each one wanted: its order is that of partitions, and some may be deleted."""


class Shelf:
    """Keys and vectors in memory, shared by versions of which each has the first so many."""

    def __init__(self, capacity: int, dim: int) -> None:
        self.keys, self.matrix = np.empty(capacity, np.int64), np.empty((capacity, dim), np.float32)
        self._used, self._turn = 0, Lock()

    def extended(self, rows: int, keys: Keys, vectors: FloatMatrix) -> "Shelf":
        """Return a shelf with these after the first `rows`: this one, if it has room and no other version went on."""
        end = rows + len(keys)
        with self._turn:
            free = self._used == rows and end <= len(self.keys)
            if free:
                self._used = end
        if free:
            self.keys[rows:end], self.matrix[rows:end] = keys, vectors
            return self
        other = Shelf(int(GROWTH * end) + 1024, self.matrix.shape[1])
        other.extended(0, self.keys[:rows], self.matrix[:rows])
        return other.extended(rows, keys, vectors)


class LanceVectors:
    """See `askew.stores.replica.Vectors`."""

    def __init__(
        self, dataset: "LanceDataset", dim: int, objects: "Objects", known: "LanceVectors | None", held: int = HELD
    ) -> None:
        """known: of an earlier version. held: bytes that may be kept in memory."""
        self._dataset, self._objects, self._dim = dataset, objects, dim
        self._shelf: Shelf | None = None
        total = dataset.count_rows()
        if 4 * total * dim <= held:
            usable = known is not None and known._shelf is not None and len(known) <= WASTE * total + 1024
            self._load(known if usable else None)
        else:
            self.keys = self._read(None, ["key"])["key"].to_numpy()
        if len(self.keys) and not (np.diff(self.keys) > 0).all():
            raise StoreError(f"The vectors in {objects.place.shown} are damaged: their keys do not ascend.")

    def _load(self, known: "LanceVectors | None") -> None:
        shelf = Shelf(0, self._dim) if known is None or known._shelf is None else known._shelf
        rows = 0 if known is None else len(known)
        last = -1 if known is None or not rows else int(known.keys[-1])
        found = self._read(f"key > {last}" if last >= 0 else None, ["key", "vector"])
        fresh = found["key"].to_numpy()
        self._shelf = shelf.extended(rows, fresh, as_matrix(found["vector"], self._dim)) if len(fresh) else shelf
        self.keys = self._shelf.keys[: rows + len(fresh)]

    def _read(self, condition: str | None, columns: list[str]) -> Any:
        with self._objects.explained():
            return self._dataset.to_table(columns=columns, filter=condition)

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self.keys), self._dim

    @property
    def in_memory(self) -> bool:
        return self._shelf is not None

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Any, /) -> FloatMatrix:
        if self._shelf is not None:
            return self._shelf.matrix[: len(self.keys)][rows]  # type: ignore[no-any-return]
        with self._objects.explained():
            if isinstance(rows, slice):
                start, end, _ = rows.indices(len(self.keys))
                found = self._dataset.to_table(columns=["vector"], offset=start, limit=max(0, end - start))
                return as_matrix(found["vector"], self._dim)
            wanted, places = np.unique(np.asarray(rows, np.int64), return_inverse=True)
            if not len(wanted):
                return np.empty((0, self._dim), np.float32)
            found = self._dataset.take(wanted.tolist(), columns=["vector"])
            return as_matrix(found["vector"], self._dim)[places]

    def candidates(self, query: FloatMatrix, k: int, noted: Mapping[str, Any]) -> tuple[Rows, FloatMatrix] | None:
        if "nprobes" not in noted:
            return None
        nearest = {
            "column": "vector",
            "q": np.ascontiguousarray(query, np.float32),
            "k": min(REFINE * k, len(self.keys)),
            "metric": "dot",
            "nprobes": int(noted["nprobes"]),
        }
        with self._objects.explained():
            found = self._dataset.to_table(columns=["key", "vector", "_distance"], nearest=nearest)
        keys, places = np.unique(found["key"].to_numpy(), return_index=True)
        return np.searchsorted(self.keys, keys), as_matrix(found["vector"], self._dim)[places]
