"""Stored vectors of an index: scores of all its documents in bounded memory, and runs of judged queries."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from askew.evaluation.measures import Run
from askew.index import Index
from askew.stores import Snapshot
from askew.training.trials import DEPTH
from askew.types import FloatMatrix

MEMORY = 256 << 20  # bytes of scores held at a time
NONE: Mapping[int, NDArray[np.float32]] = {}

Places = NDArray[np.int64]


@dataclass(frozen=True)
class StoredVectors:
    """Passages of an index while a read transaction is open. ids: of its documents, in the order of their passages.

    owners: the place of each passage's document, by the passage's place, ascending. keys: of the passages, ascending.
    """

    blocks: Snapshot
    keys: Places
    ids: tuple[str, ...]
    owners: Places

    @classmethod
    def of(cls, index: Index) -> "StoredVectors":
        """Return those of an index whose store has a snapshot open."""
        blocks, place = index.store.blocks(), dict[str, int]()
        owners = np.empty(len(blocks.keys), np.int64)
        start = 0
        for block in blocks:
            for passage in index.store.passages(block.keys.tolist()):
                owners[start] = place.setdefault(passage.document, len(place))
                start += 1
        return cls(blocks, np.asarray(blocks.keys), tuple(place), owners)

    def rows(self, places: Sequence[int] | Places) -> FloatMatrix:
        """Return the vectors of these passages."""
        return np.asarray(self.blocks.vectors(self.keys[places]), np.float32)

    def passages(self, documents: Collection[str]) -> Places:
        """Return the places of all passages of these documents, ascending."""
        wanted = np.array([id in documents for id in self.ids], bool)
        return np.flatnonzero(wanted[self.owners])

    def scores(self, queries: FloatMatrix, moved: Mapping[int, NDArray[np.float32]] = NONE) -> FloatMatrix:
        """Return the scores of all documents, (n, documents): each that of its best passage.

        moved: vectors of passages, by place, that count instead of the stored ones.
        """
        found = np.full((len(queries), len(self.ids)), -np.inf, np.float32)
        start = 0
        for block in self.blocks:
            end = start + len(block.keys)
            raise_to(found, queries @ self._with(block.vectors, moved, start).T, self.owners[start:end])
            start = end
        return found

    def exact_scores(self, query: FloatMatrix, documents: Places) -> NDArray[np.float64]:
        """Return the scores of these documents (n,) for one query (dim,), in double precision, in bounded memory.

        The components of every vector are added up in one order, so that equal vectors have equal scores.
        """
        firsts, ends = (np.searchsorted(self.owners, documents, side) for side in ("left", "right"))
        found, at_once = np.full(len(documents), -np.inf), max(1, MEMORY // (12 * len(query)))
        owners = np.repeat(np.arange(len(documents)), ends - firsts)
        passages = np.arange(len(owners)) - np.repeat(np.cumsum(ends - firsts) - ends, ends - firsts)
        for start in range(0, len(owners), at_once):
            part = slice(start, start + at_once)
            made = np.einsum("ij,j->i", self.rows(passages[part]).astype(np.float64), query.astype(np.float64))
            np.maximum.at(found, owners[part], made)
        return found

    def run(
        self,
        queries: Mapping[str, FloatMatrix],
        without: Mapping[str, Collection[str]] | None = None,
        moved: Mapping[int, NDArray[np.float32]] = NONE,
    ) -> Run:
        """Return the best documents of each query. without: documents that are left out, by query."""
        names, place = list(queries), {id: number for number, id in enumerate(self.ids)}
        each, found = max(1, MEMORY // (4 * len(self.ids))), dict[str, dict[str, float]]()
        most = min(DEPTH, len(self.ids))
        for start in range(0, len(names), each):
            part = names[start : start + each]
            scores = self.scores(np.stack([queries[name] for name in part]), moved)
            for row, name in zip(scores, part, strict=True):
                row[[place[id] for id in (without or {}).get(name, ()) if id in place]] = -np.inf
                best = np.argpartition(-row, most - 1)[:most]
                found[name] = {self.ids[one]: float(row[one]) for one in best.tolist() if np.isfinite(row[one])}
        return found

    @cached_property
    def longest(self) -> float:
        """The largest norm of a vector."""
        return max((float(np.linalg.norm(block.vectors, axis=1).max()) for block in self.blocks), default=0.0)

    @staticmethod
    def _with(vectors: FloatMatrix, moved: Mapping[int, NDArray[np.float32]], start: int) -> FloatMatrix:
        inside = [place for place in moved if start <= place < start + len(vectors)]
        if not inside:
            return vectors
        changed = np.array(vectors)
        changed[[place - start for place in inside]] = [moved[place] for place in inside]
        return changed


def raise_to(best: FloatMatrix, scores: FloatMatrix, owners: Places) -> None:
    """Raise the best scores of documents, (n, documents), to those of a block's passages, (n, passages).

    owners: the place of each passage's document; a document's passages stand side by side.
    """
    firsts = np.flatnonzero(np.diff(owners, prepend=-1))
    columns = owners[firsts]
    best[:, columns] = np.maximum(best[:, columns], np.maximum.reduceat(scores, firsts, axis=1))
