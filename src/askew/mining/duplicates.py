"""From pairs of passages to pairs of documents."""

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
    """The pairs, best first, and how it is known that none is missing (in numbers of passages)."""

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
    """Every pair of documents of which two passages score at or above the threshold, best first.

    What was compared is kept beside the index, so that a run that was killed goes on, and one after an append compares
    only what is new. Of a part of the corpus (`where`) nothing is kept.
    """
    keep = Keep(store.scratch() / "pairs", store.manifest) if where is None else None
    snapshot, owners = steady(lambda: _seen(store, where))
    found = pairs(snapshot, threshold, report, keep=keep, memory=memory)
    return Duplicates(tuple(of_documents(store, found, snapshot.keys, owners)), found.certificate)


def of_documents(store: Store, found: Found, known: Keys, owners: Sequence[str]) -> list[Pair]:
    """Each pair of documents by its best pair of passages; without those that a writer has taken away since.

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
    """Which pairs of passages stand for their documents: the first of each two, none of a document with itself.

    ends: (n, 2) the documents of the passages, best first, each below `count`. two: they are of two corpora.
    """
    _, first = np.unique(ends[:, 0] * count + ends[:, 1], return_index=True)
    best: NDArray[np.int64] = np.sort(first)
    return best if two else best[ends[best, 0] != ends[best, 1]]


def _seen(store: Store, where: Where | None) -> tuple[Snapshot, Sequence[str]]:
    """Owners are asked before the work: a writer that compacts the store meanwhile gives every passage a new key."""
    snapshot = store.blocks(where)
    return snapshot, store.owners(snapshot.keys.tolist())


def _there(store: Store, keys: Keys, owners: Sequence[str]) -> list[str]:
    """The owner of a passage that is gone is empty."""
    alive = np.isin(keys, store.keys())
    if alive.any():
        return [owner if here else "" for owner, here in zip(owners, alive.tolist(), strict=True)]
    left = store.digests(list(dict.fromkeys(owners)))  # all keys are new ones: only whole documents can be missed
    return [owner if owner in left else "" for owner in owners]
