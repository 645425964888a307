"""Recall of an engine's approximate index, measured on stored vectors as queries, and the setting that reaches it."""

import time
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from askew.stores import Keys, Mask, flat
from askew.stores.replica import Vectors
from askew.types import FloatMatrix

NEAREST = 10
QUERIES = 100
"""Stored vectors for tuning, and as many others for measuring."""
SEED = 1


def tuned(vectors: Vectors, alive: Keys, recall: float, ladder: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """Return the facts of the index: the first setting that reaches the recall, or the last, and what it reaches.

    ladder: settings for `Vectors.candidates`, cheapest first.
    """
    rows = np.searchsorted(vectors.keys, alive)
    own = np.sort(np.random.default_rng(SEED).choice(rows, min(2 * QUERIES, len(rows)), replace=False))
    queries = np.array(vectors[own])
    kept = np.zeros(len(vectors), np.bool_)
    kept[rows] = True
    # Twice the longest of a sample stands for the longest of all: it only widens the margin of the scan.
    longest = 2 * float(np.linalg.norm(queries, axis=1).max())
    depth = min(NEAREST + 1, len(rows))
    truth = flat.scan(vectors, queries, depth, kept, longest).scores[:, -1]
    for setting in ladder:
        shares = [_share(vectors, *one, kept, depth, setting) for one in zip(queries, truth, strict=True)]
        measured = float(np.mean(shares[1::2] or shares))
        if min(float(np.mean(shares[::2])), measured) >= recall:
            break
    return {
        "recall": round(measured, 4),
        "recall_asked": recall,
        **setting,
        "rows": len(vectors),
        "queries": len(shares[1::2] or shares),
        "built": time.strftime("%Y-%m-%d %H:%M"),
    }


def _share(
    vectors: Vectors, query: FloatMatrix, bar: float, kept: Mask, depth: int, setting: Mapping[str, int]
) -> float:
    """Return the share of the nearest, the query itself among them, that is found."""
    found = vectors.candidates(query, depth, setting)
    if found is None:
        return 0.0
    rows, matrix = found
    scores = np.einsum("ij,j->i", matrix[kept[rows]], query, dtype=np.float64).astype(np.float32)
    return min(1.0, float(np.count_nonzero(scores >= bar)) / depth)
