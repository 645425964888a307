"""Duplicate documents, from pairs of passages."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
from numpy.typing import NDArray

from askew.mining.exact.begin import Keep
from askew.mining.exact.certificate import Certificate
from askew.mining.pairs import MEMORY, Found, pairs
from askew.progress import Report, silent
from askew.stores import Keys, Snapshot, Store
from askew.stores.steady import steady
from askew.types import Pair, Where


@dataclass(frozen=True)
class Duplicates(Sequence[Pair]):
    """Pairs of documents, best first, with the certificate that none is missing (its counts are of passages)."""

    pairs: tuple[Pair, ...]
    certificate: Certificate

    @overload
    def __getitem__(self, place: int) -> Pair: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Pair, ...]: ...
    def __getitem__(self, place: int | slice) -> Pair | tuple[Pair, ...]:
        return self.pairs[place]

    def __len__(self) -> int:
        return len(self.pairs)


def duplicates(
    store: Store, threshold: float, where: Where | None = None, report: Report = silent, memory: int = MEMORY
) -> Duplicates:
    """Return every pair of documents with two passages that score at or above the threshold, best first.

    The comparison is stored next to the index, so a killed run resumes and a run after an append compares only what is
    new. With a filter (`where`) nothing is stored.
    """
    keep = Keep(store.scratch() / "pairs", store.manifest) if where is None else None
    snapshot, owners = steady(lambda: _seen(store, where))
    found = pairs(snapshot, threshold, report, keep=keep, memory=memory)
    return Duplicates(tuple(of_documents(store, found, snapshot.keys, owners)), found.certificate)


def of_documents(store: Store, found: Found, known: Keys, owners: Sequence[str]) -> list[Pair]:
    """Return each pair of documents, scored by its best pair of passages; skip documents deleted in the meantime.

    owners: the document of each known key.
    """
    keys, places = np.unique(found.keys, return_inverse=True)
    there = _there(store, keys, [owners[place] for place in np.searchsorted(known, keys).tolist()])
    ids = list(dict.fromkeys(there))
    numbers = {id: number for number, id in enumerate(ids)}
    document = np.array([numbers[owner] for owner in there], np.int64)
    ends = document[places.reshape(-1, 2)] if len(keys) else np.empty((0, 2), np.int64)
    best = best_of_documents(ends, len(ids))
    return [
        Pair(score, ids[a], ids[b])
        for (a, b), score in zip(ends[best].tolist(), found.scores[best].tolist(), strict=True)
        if ids[a] and ids[b]
    ]


def best_of_documents(ends: NDArray[np.int64], count: int, *, two: bool = False) -> NDArray[np.int64]:
    """Return the rows of the best pair of passages for each pair of documents, leaving out pairs within one document.

    ends: (n, 2) the documents of the passages, best first, each below `count`. two: they come from two corpora.
    """
    _, first = np.unique(ends[:, 0] * count + ends[:, 1], return_index=True)
    best: NDArray[np.int64] = np.sort(first)
    return best if two else best[ends[best, 0] != ends[best, 1]]


def _seen(store: Store, where: Where | None) -> tuple[Snapshot, Sequence[str]]:
    """Read the owners before comparing: a writer that compacts the store meanwhile gives every passage a new key."""
    snapshot = store.blocks(where)
    return snapshot, store.owners(snapshot.keys.tolist())


def _there(store: Store, keys: Keys, owners: Sequence[str]) -> list[str]:
    """Return the owner of each passage, "" if the passage is gone."""
    alive = np.isin(keys, store.keys())
    if alive.any():
        return [owner if here else "" for owner, here in zip(owners, alive.tolist(), strict=True)]
    left = store.digests(list(dict.fromkeys(owners)))  # every key is new: only whole documents can be missing
    return [owner if owner in left else "" for owner in owners]
