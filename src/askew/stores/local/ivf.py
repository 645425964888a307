"""The IVF index: inverted lists around k-means centroids, four-bit PQ codes, and rescoring on the full vectors.

A query probes the lists that may hold its neighbours, compares PQ codes there (FAISS fast scan: two dimensions in
four bits, a few nanoseconds per row), and rescores the best candidates in full precision.

The number of lists probed is adaptive. A list's reach for a query is the score of its centroid plus a share of the
list's radius; every list is probed whose reach is within `gap` (times the query's norm) of the best list's. A query
close to its neighbours then needs few lists and an outlier needs many; a fixed nprobe wastes work on the first and
fails the second. The gap also transfers: tuned on corpus rows, it holds for questions, which would need twice the
fixed nprobe (measured on sentences in all-MiniLM-L6-v2).
"""

import json
import math
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.files import sync_folder
from askew.progress import Progress, Report, silent
from askew.stores import Mask
from askew.stores.flat import Found, Matrix, Rows, nothing, scan, settle
from askew.types import FloatMatrix

FORMAT = 1
NEAREST = 10
"""k of the recall that is measured and tuned (recall@10)."""
SPREAD = 0.4
"""Share of a list's radius added to its reach. 0.3 to 0.6 did best on real vectors; 0 was a fifth worse."""
BLOCK = 1 << 16
"""Rows added at a time."""
QUERIES = 64
"""Queries searched at a time."""
FEW = 4000
SHARE = 0.003
"""A flat scan is faster if a filter keeps at most FEW rows, or at most this share of them."""
ENOUGH = 8
"""Lists are probed until they hold at least this many times k rows."""
EVERYWHERE = 1e30
"""A gap wide enough that every list is probed."""


@dataclass(frozen=True)
class Measured:
    """Parameters and measurements of the built index.

    recall: recall@10 on held-out queries. probes: lists probed by the median query. gap: for k = 10; growth: added
    to the gap each time k grows tenfold. rescored: candidates for k = 10. rows: rows covered, dead ones included.
    trained: number of rows at training.
    """

    recall_asked: float
    recall: float = 0.0
    lists: int = 0
    probes: int = 0
    gap: float = EVERYWHERE
    growth: float = 0.0
    rescored: int = NEAREST
    rows: int = 0
    trained: int = 0
    samples: int = 0
    seconds: float = 0.0


@dataclass(frozen=True)
class Selection:
    """The rows that a search may return. counts: (lists,), the number of these rows in each list."""

    mask: Mask
    selector: Any
    counts: Rows


@dataclass(frozen=True)
class Lists:
    """The lists that each query probes. keys: (n, m) int64, padded with -1. inner: (n, m), centroid scores."""

    keys: Rows
    inner: NDArray[np.float32]


def faiss_module() -> Any:
    """Import FAISS on first use (the import takes longer than a search). Untyped: its stubs do not match its API."""
    return import_module("faiss")


class Ivf:
    """An IVF index; thread-safe unless it is being extended. radius: (lists,), RMS distance from the centroid."""

    def __init__(self, index: Any, radius: NDArray[np.float32], measured: Measured) -> None:
        self.measured = measured
        self._index = index
        self._radius = radius
        self._centres: FloatMatrix = index.quantizer.reconstruct_n(0, index.nlist)
        self.sizes = _sizes(index)
        self._list_of: NDArray[np.int32] | None = None
        self._selection: Selection | None = None
        self._mapped: tuple[Path, os.stat_result] | None = None

    def mapped_from(self, path: Path, found: os.stat_result) -> None:
        self._mapped = (path, found)

    def intact(self) -> bool:
        """Return whether the file is unchanged: touching a page beyond its end would kill the process."""
        if self._mapped is None:
            return True
        path, before = self._mapped
        try:
            now = path.stat()
        except FileNotFoundError:  # replaced by a new one; what is mapped stays
            return True
        same = (now.st_dev, now.st_ino) == (before.st_dev, before.st_ino)
        return not same or (now.st_size, now.st_mtime_ns) == (before.st_size, before.st_mtime_ns)

    @property
    def rows(self) -> int:
        return self.measured.rows

    def outgrown(self, rows: int) -> bool:
        """Return whether the index should be retrained."""
        return rows >= 2 * self.measured.trained

    def worth_it(self, kept: Mask | None) -> bool:
        """Return whether searching the index is faster than scanning the kept rows."""
        return kept is None or int(np.count_nonzero(kept)) > max(FEW, SHARE * len(kept))

    def search(self, vectors: Matrix, queries: FloatMatrix, k: int, kept: Mask | None = None) -> Found:
        """Return the k best of the rows covered. `kept` has a flag for every row of `vectors`."""
        found = nothing(len(queries), k)
        selection = None if kept is None else self._selected(kept)
        counts = self.sizes if selection is None else selection.counts
        held = int(counts.sum())
        wanted = min(held, math.ceil(k * self.measured.rescored / NEAREST))
        for low in range(0, len(queries) if wanted else 0, QUERIES):
            part = queries[low : low + QUERIES]
            candidates = self._candidates(part, self.lists(part, k, counts), wanted, selection)
            for i, query in enumerate(part):
                rows = candidates[i][candidates[i] >= 0]
                if len(rows) >= min(k, held):
                    settle(vectors, query, rows, k, found, low + i)
                else:  # FAISS returns nothing if all codes score the same, as for a zero vector
                    self._scan(vectors, query, k, selection, found, low + i)
        return found

    def _candidates(self, queries: FloatMatrix, lists: Lists, wanted: int, selection: Selection | None) -> Rows:
        """Return candidate rows (n, wanted), padded with -1."""
        faiss = faiss_module()
        options = faiss.SearchParametersIVF(nprobe=lists.keys.shape[1])
        if selection is not None:
            options.sel = selection.selector
        rows = np.empty((len(queries), wanted), np.int64)
        scores = np.empty(rows.shape, np.float32)
        given = (np.ascontiguousarray(queries, np.float32), lists.keys, lists.inner, scores, rows)
        query, keys, inner, score, row = (faiss.swig_ptr(array) for array in given)
        # FAISS's Python wrapper does not accept search parameters here.
        self._index.search_preassigned_c(len(rows), query, wanted, keys, inner, score, row, False, options)
        return rows

    def _scan(
        self, vectors: Matrix, query: FloatMatrix, k: int, selection: Selection | None, found: Found, at: int
    ) -> None:
        held = self._numbers() < self._index.nlist
        kept = held if selection is None else held & selection.mask[: self.rows]
        exact = scan(vectors[: self.rows], query[None], k, kept, longest(vectors))
        found.rows[at], found.scores[at] = exact.rows[0], exact.scores[0]

    def _reach(self, queries: FloatMatrix) -> tuple[FloatMatrix, FloatMatrix, FloatMatrix]:
        """Return centroid scores and list reaches, both (n, lists), and query norms, (n, 1)."""
        # For a single query a matrix product would split 50 microseconds of work and then wait for a busy core.
        alone = len(queries) == 1
        inner = np.vecdot(self._centres, queries[0])[None] if alone else queries @ self._centres.T
        length = np.linalg.norm(queries, axis=1)[:, None]
        return inner, inner + (SPREAD * length) * self._radius, length

    def lists(self, queries: FloatMatrix, k: int, counts: Rows) -> Lists:
        """Return the lists to probe. counts: number of rows in each list that may be returned."""
        inner, reach, length = self._reach(queries)
        reach[:, counts == 0] = -np.inf
        # With a filter that keeps 1 %, the 10 nearest kept rows lie as far away as the 1,000 nearest of all rows.
        depth = k * self._index.ntotal / counts.sum()
        bar = reach.max(axis=1, keepdims=True) - self._gap(depth) * length
        chosen = (reach >= bar) & (counts > 0)
        for i in np.flatnonzero(chosen @ counts < min(ENOUGH * k, counts.sum())):
            order = np.argsort(-reach[i], kind="stable")
            last = np.searchsorted(np.cumsum(counts[order]), min(ENOUGH * k, counts.sum()))
            chosen[i, order[: last + 1]] = True
        query, key = np.nonzero(chosen)
        place = np.arange(len(query)) - np.searchsorted(query, query)
        shape = (len(queries), int(place.max(initial=0)) + 1)
        lists = Lists(np.full(shape, -1, np.int64), np.zeros(shape, np.float32))
        lists.keys[query, place] = key
        lists.inner[query, place] = inner[query, key]
        return lists

    def lacks(self, queries: FloatMatrix, vectors: FloatMatrix) -> NDArray[np.float32]:
        """Return the smallest gaps (n, m) at which each query (n, dim) probes the lists of its vectors (n, m, dim)."""
        _, reach, length = self._reach(queries)
        flat = np.ascontiguousarray(vectors.reshape(-1, vectors.shape[-1]))
        key = self._index.quantizer.search(flat, 1)[1].reshape(vectors.shape[:2])
        lack = reach.max(axis=1, keepdims=True) - np.take_along_axis(reach, key, axis=1)
        return np.asarray(lack / np.maximum(length, np.finfo(np.float32).tiny))

    def extend(self, vectors: Matrix, report: Report = silent) -> None:
        """Add the rows that follow those covered so far. Requires `load(..., growing=True)`."""
        self.add(vectors, np.arange(self.rows, len(vectors)), report)

    def add(self, vectors: Matrix, rows: Rows, report: Report) -> None:
        """Add these rows of `vectors`; from then on all of `vectors` counts as covered."""
        self._list_of = self._selection = None
        for low in range(0, len(rows), BLOCK):
            part = rows[low : low + BLOCK]
            self._index.add_with_ids(np.ascontiguousarray(vectors[part], np.float32), part)
            report(Progress("add vectors", low + len(part), len(rows)))
        self.sizes = _sizes(self._index)
        self.measured = replace(self.measured, rows=len(vectors))

    def save(self, path: Path) -> None:
        """Write the index to a new folder, atomically."""
        faiss = faiss_module()
        staging = path.with_name(path.name + ".part")
        shutil.rmtree(staging, ignore_errors=True)
        try:
            staging.mkdir()
            faiss.write_index(self._index, os.fspath(staging / "lists.faiss"))
            facts = {
                "format": FORMAT,
                "crc32": _checksum(staging / "lists.faiss"),
                "radius": self._radius.tolist(),
                "measured": asdict(self.measured),
            }
            facts["sum"] = _facts_sum(facts)
            (staging / "facts.json").write_text(json.dumps(facts), "utf-8")
            for file in staging.iterdir():
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())
            sync_folder(staging)
            staging.rename(path)
            sync_folder(path.parent)
        except (OSError, RuntimeError) as error:
            shutil.rmtree(staging, ignore_errors=True)
            raise StoreError(f"Cannot write the approximate index {path}: {error}.") from error

    def _gap(self, depth: float) -> float:
        tenfolds = math.log10(max(depth / NEAREST, 1.0))
        return self.measured.gap + self.measured.growth * tenfolds

    def _selected(self, kept: Mask) -> Selection:
        """Return the selection for this mask, cached because the mask of live rows recurs in every search."""
        faiss = faiss_module()
        known = self._selection
        if known is None or known.mask is not kept:
            # A mask of scattered rows is five times as slow an index as their numbers.
            numbers = self._numbers().take(np.flatnonzero(kept[: self.rows]))
            counts = np.bincount(numbers, minlength=self._index.nlist + 1)[:-1]
            known = Selection(kept, faiss.IDSelectorBitmap(np.packbits(kept, bitorder="little")), counts)
            self._selection = known
        return known

    def _numbers(self) -> NDArray[np.int32]:
        """Return the list number of each row, (rows,); rows in no list get `nlist`."""
        if self._list_of is None:
            found = np.full(self.rows, self._index.nlist, np.int32)
            for number in np.flatnonzero(self.sizes).tolist():
                ids = faiss_module().rev_swig_ptr(self._index.invlists.get_ids(number), int(self.sizes[number]))
                found[ids] = number
            self._list_of = found
        return self._list_of


def _sizes(index: Any) -> Rows:
    return np.array([index.invlists.list_size(number) for number in range(index.nlist)], np.int64)


def longest(vectors: Matrix) -> float:
    """Return the maximum norm."""
    return max(float(np.linalg.norm(block, axis=1).max()) for block in _blocks(vectors))


def _blocks(vectors: Matrix) -> Iterator[FloatMatrix]:
    for low in range(0, len(vectors), BLOCK):
        yield vectors[low : low + BLOCK]


def _facts_sum(facts: Mapping[str, Any]) -> int:
    return crc32(json.dumps({name: value for name, value in facts.items() if name != "sum"}, sort_keys=True).encode())


def _checksum(path: Path) -> int:
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return crc32(content)


def load(path: Path, *, growing: bool = False) -> Ivf:
    """Load an index. Raises FileNotFoundError if there is none."""
    faiss = faiss_module()
    damaged = f"The approximate index {path} is damaged or unreadable by this version; run `askew index` to rebuild it."
    try:
        facts = json.loads((path / "facts.json").read_text("utf-8"))
        measured = Measured(**facts["measured"])
        radius = np.array(facts["radius"], np.float32)
        # FAISS does not validate its input: a flipped byte can yield wrong results or a crash.
        lists = path / "lists.faiss"
        found = lists.stat()
        sound = facts["format"] == FORMAT and _checksum(lists) == facts["crc32"]
        if not sound or facts.get("sum") not in (None, _facts_sum(facts)):
            raise StoreError(damaged)
        index = faiss.read_index(os.fspath(lists), 0 if growing else faiss.IO_FLAG_MMAP_IFC)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
        raise StoreError(damaged) from error
    if not isinstance(index, faiss.IndexIVFPQFastScan) or index.nlist != len(radius):
        raise StoreError(damaged)
    ivf = Ivf(index, radius, measured)
    if not growing:
        ivf.mapped_from(lists, found)
    return ivf
