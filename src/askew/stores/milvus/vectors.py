"""The vectors of one state: in memory while that is small, or in Milvus, which searches them by its own index."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from askew.stores import Keys
from askew.stores.flat import Rows
from askew.stores.milvus.collections import MOST, PAGES, VECTORS, Collections
from askew.types import FloatMatrix

HELD = 512 << 20
"""Bytes of vectors that a process keeps in memory; more are searched by Milvus."""
REFINE = 2
"""Candidates asked for each one wanted: some may be deleted."""


class MilvusVectors:
    """See `askew.stores.replica.Vectors`."""

    def __init__(
        self, collections: Collections, dim: int, rows: int, known: "MilvusVectors | None", held: int = HELD
    ) -> None:
        """rows: the lowest free key of the state. known: of an earlier state. held: bytes kept in memory."""
        self._collections, self._dim, self._rows = collections, dim, rows
        self.in_memory = 4 * rows * dim <= held
        usable = known is not None and len(known) and known.in_memory == self.in_memory and known.keys[-1] < rows
        earlier = known if known is not None and usable else None
        keys = [np.empty(0, np.int64) if earlier is None else earlier.keys]
        parts = [np.empty((0, dim), np.float32) if earlier is None else earlier._matrix]
        last = int(keys[0][-1]) if len(keys[0]) else -1
        fields = ["key", "vector"] if self.in_memory else ["key"]
        for page in collections.pages(VECTORS, "key", last, rows - 1, fields):
            keys.append(np.array([one["key"] for one in page], np.int64))
            if self.in_memory:
                parts.append(_matrix(page, dim))
        self.keys: Keys = np.concatenate(keys)
        self._matrix: FloatMatrix = np.concatenate(parts, dtype=np.float32)

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self.keys), self._dim

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Any, /) -> FloatMatrix:
        if self.in_memory:
            return self._matrix[rows]  # type: ignore[no-any-return]
        wanted, places = np.unique(self.keys[rows], return_inverse=True)
        parts = [np.empty((0, self._dim), np.float32)]
        for start in range(0, len(wanted), PAGES[VECTORS]):
            part = wanted[start : start + PAGES[VECTORS]].tolist()
            found = self._collections.query(VECTORS, f"key in {part}", ["key", "vector"])
            parts.append(_matrix(sorted(found, key=lambda one: int(one["key"])), self._dim))
        return np.concatenate(parts, dtype=np.float32)[places]

    def candidates(self, query: FloatMatrix, k: int, noted: Mapping[str, Any]) -> tuple[Rows, FloatMatrix] | None:
        if "ef" not in noted or REFINE * k > MOST:
            return None
        wanted = min(REFINE * k, len(self.keys))
        found = self._collections.search(query, wanted, {"ef": max(int(noted["ef"]), wanted)})
        inside = sorted((one for one in found if one["key"] < self._rows), key=lambda one: int(one["key"]))
        keys = np.array([one["key"] for one in inside], np.int64)
        rows = np.searchsorted(self.keys, keys)
        held = rows < len(self.keys)
        held[held] = self.keys[rows[held]] == keys[held]
        return rows[held], _matrix(inside, self._dim)[held]


def _matrix(page: list[dict[str, Any]], dim: int) -> FloatMatrix:
    return np.array([one["vector"] for one in page], np.float32).reshape(-1, dim)
