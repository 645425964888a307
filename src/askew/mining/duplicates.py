"""From pairs of passages to pairs of documents."""

import numpy as np
from numpy.typing import NDArray

from askew.mining.pairs import pairs
from askew.progress import Report, silent
from askew.stores import Store
from askew.types import Pair, Where


def duplicates(store: Store, threshold: float, where: Where | None = None, report: Report = silent) -> list[Pair]:
    """Every pair of documents of which two passages score at or above the threshold, best first."""
    total = store.count(where)
    held = store.blocks(where)
    found = pairs(lambda: held, threshold, total, report)
    best: dict[tuple[str, str], Pair] = {}
    for (left, right), score in zip(_owners(store, found.keys), found.scores, strict=True):
        if left != right and left and right:
            best.setdefault((left, right), Pair(float(score), left, right))
    return list(best.values())


def _owners(store: Store, keys: NDArray[np.int64]) -> list[tuple[str, str]]:
    """keys: (n, 2). "" for the owner of a passage that a writer has taken away since."""
    flat = np.unique(keys).tolist()
    try:
        owner = dict(zip(flat, store.owners(flat), strict=True))
    except KeyError:
        owner = {key: _owner(store, key) for key in flat}
    return [(owner[a], owner[b]) for a, b in keys.tolist()]


def _owner(store: Store, key: int) -> str:
    try:
        return store.owners([key])[0]
    except KeyError:
        return ""
