"""The approximate index for many vectors: lists around k-means centres, four-bit codes, and the vectors themselves.

A query looks into the lists that may hold its neighbours, compares the codes there (FAISS's fast scan: two
dimensions in four bits, some nanoseconds a row), and the best candidates are scored once more in full precision.

How many lists a query looks into is not fixed. A list's reach for a query is the score of its centre and a share of
the list's radius; looked into is every list whose reach lacks no more than `gap` (times the query's length) from the
best list's. A query amid its neighbours so needs few lists and one far from everything many, where a fixed number
wastes the first and fails the second. The gap also carries over: found on rows of the corpus themselves, it holds
for questions, whose fixed number would be twice as high (measured on sentences in all-MiniLM-L6-v2).
"""

import json
import math
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.progress import Progress, Report, silent
from askew.stores.exact import Found, Rows, nothing, scan, settle
from askew.stores.vectors import sync_folder
from askew.types import FloatMatrix

Mask = NDArray[np.bool_]

FORMAT = 1
NEAREST = 10
"""Recall is the share of so many nearest rows that are found."""
SPREAD = 0.4
"""The share of a list's radius that counts to its reach. 0.3 to 0.6 did best on real vectors, and 0 a fifth worse."""
BLOCK = 1 << 16
"""Rows added at a time."""
QUERIES = 64
"""Queries searched at a time."""
FEW = 4000
SHARE = 0.003
"""Where no more rows than FEW, or than this share, are kept, they are faster scanned."""
ENOUGH = 8
"""Lists are looked into until they hold so many times the rows asked for."""
EVERYWHERE = 1e30
"""A gap so wide that every list is looked into."""


@dataclass(frozen=True)
class Measured:
    """What was found when the index was built.

    recall: of the ten nearest, on queries that tuning did not see. probes: lists looked into by the median query.
    gap: for ten nearest; growth: what it grows by where ten times as many are wanted. rescored: candidates for ten.
    rows: covered by the index, dead ones included. trained: rows at training.
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
    """The rows a search may return. counts: (lists,), how many of them each list holds."""

    mask: Mask
    selector: Any
    counts: Rows


@dataclass(frozen=True)
class Lists:
    """What each query looks into. keys: (n, m) int64, filled up with -1. inner: (n, m), the centres' scores."""

    keys: Rows
    inner: NDArray[np.float32]


def faiss_module() -> Any:
    """Imported when it is needed: it takes longer than many a search. What types it has do not fit what it takes."""
    return import_module("faiss")


class Ivf:
    """Safe for threads as long as nobody extends it. radius: (lists,), of the vectors about their centre."""

    def __init__(self, index: Any, radius: NDArray[np.float32], measured: Measured) -> None:
        self.measured = measured
        self._index = index
        self._radius = radius
        self._centres: FloatMatrix = index.quantizer.reconstruct_n(0, index.nlist)
        self.sizes = _sizes(index)
        self._list_of: NDArray[np.int32] | None = None
        self._selection: Selection | None = None

    @property
    def rows(self) -> int:
        return self.measured.rows

    def outgrown(self, rows: int) -> bool:
        """Is it time to train anew?"""
        return rows >= 2 * self.measured.trained

    def worth_it(self, kept: Mask | None) -> bool:
        """Is a search here faster than a scan of the kept rows?"""
        return kept is None or int(np.count_nonzero(kept)) > max(FEW, SHARE * len(kept))

    def search(self, vectors: FloatMatrix, queries: FloatMatrix, k: int, kept: Mask | None = None) -> Found:
        """The k best of the rows it covers. `kept` has a flag for every row of `vectors`."""
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
                else:  # where all codes score alike, as for a null vector, FAISS finds nothing
                    self._scan(vectors, query, k, selection, found, low + i)
        return found

    def _candidates(self, queries: FloatMatrix, lists: Lists, wanted: int, selection: Selection | None) -> Rows:
        """(n, wanted), filled up with -1."""
        faiss = faiss_module()
        options = faiss.SearchParametersIVF(nprobe=lists.keys.shape[1])
        if selection is not None:
            options.sel = selection.selector
        rows = np.empty((len(queries), wanted), np.int64)
        scores = np.empty(rows.shape, np.float32)
        given = (np.ascontiguousarray(queries, np.float32), lists.keys, lists.inner, scores, rows)
        query, keys, inner, score, row = (faiss.swig_ptr(array) for array in given)
        # The wrapper of FAISS for Python takes no options here.
        self._index.search_preassigned_c(len(rows), query, wanted, keys, inner, score, row, False, options)
        return rows

    def _scan(
        self, vectors: FloatMatrix, query: FloatMatrix, k: int, selection: Selection | None, found: Found, at: int
    ) -> None:
        held = self._numbers() < self._index.nlist
        kept = held if selection is None else held & selection.mask[: self.rows]
        exact = scan(vectors[: self.rows], query[None], k, kept, longest(vectors))
        found.rows[at], found.scores[at] = exact.rows[0], exact.scores[0]

    def _reach(self, queries: FloatMatrix) -> tuple[FloatMatrix, FloatMatrix, FloatMatrix]:
        """Each centre's score and each list's reach, (n, lists), and the queries' lengths, (n, 1)."""
        # For one query a product would share out 50 microseconds of work, and then wait for a busy core.
        alone = len(queries) == 1
        inner = np.vecdot(self._centres, queries[0])[None] if alone else queries @ self._centres.T
        length = np.linalg.norm(queries, axis=1)[:, None]
        return inner, inner + (SPREAD * length) * self._radius, length

    def lists(self, queries: FloatMatrix, k: int, counts: Rows) -> Lists:
        """`counts`: how many rows of each list may be returned."""
        inner, reach, length = self._reach(queries)
        reach[:, counts == 0] = -np.inf
        # A filter that keeps a hundredth puts the ten nearest where the thousand nearest were.
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
        """The gap at which each query (n, dim) just looks into the list of each of its vectors (n, m, dim): (n, m)."""
        _, reach, length = self._reach(queries)
        flat = np.ascontiguousarray(vectors.reshape(-1, vectors.shape[-1]))
        key = self._index.quantizer.search(flat, 1)[1].reshape(vectors.shape[:2])
        lack = reach.max(axis=1, keepdims=True) - np.take_along_axis(reach, key, axis=1)
        return np.asarray(lack / np.maximum(length, np.finfo(np.float32).tiny))

    def extend(self, vectors: FloatMatrix, report: Report = silent) -> None:
        """Takes in the rows that came after those it covers; `load` it as growing for that."""
        self.add(vectors, np.arange(self.rows, len(vectors)), report)

    def add(self, vectors: FloatMatrix, rows: Rows, report: Report) -> None:
        """From now on it covers all of `vectors`, of which it was given these rows."""
        self._list_of = self._selection = None
        for low in range(0, len(rows), BLOCK):
            part = rows[low : low + BLOCK]
            self._index.add_with_ids(np.ascontiguousarray(vectors[part], np.float32), part)
            report(Progress("add vectors", low + len(part), len(rows)))
        self.sizes = _sizes(self._index)
        self.measured = replace(self.measured, rows=len(vectors))

    def save(self, path: Path) -> None:
        """Makes a folder, which appears whole or not at all."""
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
            (staging / "facts.json").write_text(json.dumps(facts), "utf-8")
            for file in staging.iterdir():
                with file.open("rb") as handle:
                    os.fsync(handle.fileno())
            sync_folder(staging)
            staging.rename(path)
            sync_folder(path.parent)
        except (OSError, RuntimeError) as fault:
            shutil.rmtree(staging, ignore_errors=True)
            raise StoreError(f"The approximate index {path} cannot be written: {fault}.") from fault

    def _gap(self, depth: float) -> float:
        tenfolds = math.log10(max(depth / NEAREST, 1.0))
        return self.measured.gap + self.measured.growth * tenfolds

    def _selected(self, kept: Mask) -> Selection:
        """The same mask comes again and again where it only says which rows are alive."""
        faiss = faiss_module()
        known = self._selection
        if known is None or known.mask is not kept:
            counts = np.bincount(self._numbers()[kept[: self.rows]], minlength=self._index.nlist + 1)[:-1]
            known = Selection(kept, faiss.IDSelectorBitmap(np.packbits(kept, bitorder="little")), counts)
            self._selection = known
        return known

    def _numbers(self) -> NDArray[np.int32]:
        """The list of each row, (rows,); rows that are in none get the number after the last."""
        if self._list_of is None:
            found = np.full(self.rows, self._index.nlist, np.int32)
            for number in np.flatnonzero(self.sizes).tolist():
                ids = faiss_module().rev_swig_ptr(self._index.invlists.get_ids(number), int(self.sizes[number]))
                found[ids] = number
            self._list_of = found
        return self._list_of


def _sizes(index: Any) -> Rows:
    return np.array([index.invlists.list_size(number) for number in range(index.nlist)], np.int64)


def longest(vectors: FloatMatrix) -> float:
    """The greatest length."""
    return max(float(np.linalg.norm(block, axis=1).max()) for block in _blocks(vectors))


def _blocks(vectors: FloatMatrix) -> Iterator[FloatMatrix]:
    for low in range(0, len(vectors), BLOCK):
        yield vectors[low : low + BLOCK]


def _checksum(path: Path) -> int:
    with path.open("rb") as file, mmap(file.fileno(), 0, access=ACCESS_READ) as content:
        return crc32(content)


def load(path: Path, *, growing: bool = False) -> Ivf:
    """FileNotFoundError where there is none."""
    faiss = faiss_module()
    damaged = f"{path} is no approximate index that this askew can read, or is damaged; `askew index` builds it anew."
    try:
        facts = json.loads((path / "facts.json").read_text("utf-8"))
        measured = Measured(**facts["measured"])
        radius = np.array(facts["radius"], np.float32)
        # FAISS believes what it reads: a changed byte can make it find nonsense, or crash.
        if facts["format"] != FORMAT or _checksum(path / "lists.faiss") != facts["crc32"]:
            raise StoreError(damaged)
        index = faiss.read_index(os.fspath(path / "lists.faiss"), 0 if growing else faiss.IO_FLAG_MMAP_IFC)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RuntimeError) as fault:
        raise StoreError(damaged) from fault
    if not isinstance(index, faiss.IndexIVFPQFastScan) or index.nlist != len(radius):
        raise StoreError(damaged)
    return Ivf(index, radius, measured)
