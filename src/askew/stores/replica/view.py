"""One state of a replicated store: which passages there are, and the version of the engine's vectors that has them."""

import sqlite3
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from askew.stores import Keys, Mask, Neighbours, catalog, flat
from askew.stores.catalog import State
from askew.stores.local.snapshot import Masks
from askew.stores.replica import Remote, Vectors, Versions
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from askew.stores.flat import Found

WIDER = 4
"""Factor by which more candidates are asked for, while too few of them are kept."""
FEW = 20_000
"""Up to this many kept passages are compared one by one, rather than found by the approximate index."""


class View:
    """A snapshot. alive: one flag per key from 0 on. facts: of the approximate index; {} without one."""

    def __init__(
        self,
        remote: Remote,
        state: State,
        alive: Mask,
        versions: Versions,
        facts: Mapping[str, Any],
        before: "View | None" = None,
    ) -> None:
        """before: an earlier state, of whose vectors parts may be used again."""
        self.state, self.alive, self.versions, self.facts = state, alive, versions, facts
        self.masks = Masks()
        self._remote, self._turn = remote, threading.Lock()
        self._before: Vectors | None = None if before is None else before.held
        self._vectors: Vectors | None = None

    @property
    def held(self) -> Vectors | None:
        """The vectors, if they were needed already, or those of an earlier state."""
        return self._vectors or self._before

    @property
    def vectors(self) -> Vectors:
        with self._turn:
            if self._vectors is None:
                self._vectors = self._remote.vectors(self.versions, self._before)
                self._before = None
            return self._vectors

    def rows(self, keys: Keys) -> FloatMatrix:
        """Return the vectors of these passages, also of some deleted since."""
        vectors = self.vectors
        return np.array(vectors[np.searchsorted(vectors.keys, keys)], np.float32).reshape(-1, vectors.shape[1])

    def nearest(self, queries: FloatMatrix, k: int, kept: Mask) -> Neighbours:
        """Return the k nearest of the kept passages."""
        k = max(0, min(k, self.state.passages))
        if not k or not len(queries):
            found = flat.nothing(len(queries), k)
            return Neighbours(found.rows, found.scores)
        vectors = self.vectors
        mask = kept[vectors.keys]
        count = int(np.count_nonzero(mask))
        if self.facts and count > FEW:
            found = self._approximate(vectors, queries, k, mask)
        elif count < flat.SPARSE * len(mask):
            found = self._gathered(vectors, queries, k, mask)
        else:
            found = flat.scan(vectors, queries, k, None if mask.all() else mask, self.state.longest)
        return Neighbours(np.where(found.rows >= 0, vectors.keys[found.rows], -1), found.scores)

    def _gathered(self, vectors: Vectors, queries: FloatMatrix, k: int, mask: Mask) -> "Found":
        """Compare the few kept rows only."""
        rows = np.flatnonzero(mask)
        found = flat.nothing(len(queries), k)
        best = flat.nearest(np.ascontiguousarray(vectors[rows], np.float32), queries, k)
        width = best.rows.shape[1]
        if width:
            found.rows[:, :width] = np.where(best.rows >= 0, rows[best.rows], -1)
            found.scores[:, :width] = best.scores
        return found

    def _approximate(self, vectors: Vectors, queries: FloatMatrix, k: int, mask: Mask) -> "Found":
        """Rescore the candidates of the approximate index in full precision; scan for what it does not find."""
        found = flat.nothing(len(queries), k)
        for number, query in enumerate(queries):
            wanted = k
            while True:
                near = vectors.candidates(query, wanted, self.facts)
                if near is None or wanted > len(vectors):
                    one = flat.scan(vectors, query[None], k, mask, self.state.longest)
                    found.rows[number], found.scores[number] = one.rows[0], one.scores[0]
                    break
                rows, matrix = near
                fits = mask[rows]
                if np.count_nonzero(fits) >= k:
                    rows = rows[fits]
                    flat.settle(matrix[fits], query, np.arange(len(rows)), k, found, number)
                    found.rows[number] = rows[found.rows[number]]
                    break
                wanted *= WIDER
        return found


def alive_in(connection: sqlite3.Connection, state: State, old: View | None) -> Mask:
    """Return a flag for each key. old: an earlier state of the same catalogue."""
    flags, numbers, deaths = np.zeros(state.base + state.rows, np.bool_), 0, 0
    if old is not None and old.state.generation == state.generation and old.state.change <= state.change:
        flags[: len(old.alive)] = old.alive
        numbers, deaths = old.state.numbers, old.state.deaths
    query = "SELECT first, passages FROM documents WHERE number > ?"
    spans = np.array(connection.execute(query, (numbers,)).fetchall(), np.int64).reshape(-1, 2)
    flags[_covered(spans)] = True
    query = "SELECT first, passages FROM dead WHERE sequence > ?"
    spans = np.array(connection.execute(query, (deaths,)).fetchall(), np.int64).reshape(-1, 2)
    flags[_covered(spans)] = False
    return flags


def _covered(spans: "np.ndarray[Any, np.dtype[np.int64]]") -> "np.ndarray[Any, np.dtype[np.int64]]":
    from askew.stores.local.columns import covered

    return covered(spans[:, 0], spans[:, 1])


def facts_in(connection: sqlite3.Connection) -> Mapping[str, Any]:
    """Return what was noted of the approximate index."""
    return catalog.get_object(connection, "ivf")
