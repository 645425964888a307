"""Search of binary vectors: candidates by the Hamming distance of their signs, rescored on the stored vectors.

The signs of a query and of a vector differ in a share of the dimensions that grows with their angle (Charikar 2002, doi
10.1145/509907.509965); counting them reads an eighth of a byte per dimension. How many candidates are rescored is tuned
like the approximate index (`askew.stores.local.ivf_build`): the fewest that reach the target recall on held-out rows,
where the truth is an exact scan of the stored vectors.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.quantisation import signs_of
from askew.stores.flat import Found, nothing, scan, settle
from askew.stores.local.ivf import NEAREST
from askew.stores.local.vectors import Vectors
from askew.types import FloatMatrix

ENTRY = "hamming"
"""Name of the measurements in the catalogue."""
BLOCK = 1 << 16
"""Rows compared at a time."""
QUERIES = 64
"""Queries compared at a time."""
WORTH = 4
"""An exact scan is as fast while at least a quarter of the rows would be candidates."""
LADDER = (500, 700, 1000, 1400, 2000)
"""Candidates to rescore, for k = 10. 120 are enough for rows as queries, but not for questions, which are less like
what they find: docs/log.md.
"""
GROWN = 1.5
"""How much a store has to grow until the candidates are tuned again."""


Distances = NDArray[np.uint16]


@dataclass(frozen=True)
class Candidates:
    """How many candidates are rescored for k = 10, and what that gives.

    recall: recall@10 on held-out rows, against an exact scan of the stored vectors; 0 if it was not measured yet. rows:
    of the store, when it was measured.
    """

    recall_asked: float = 0.0
    recall: float = 0.0
    rescored: int = LADDER[0]
    rows: int = 0
    samples: int = 0


def candidates(stored: Mapping[str, Any]) -> Candidates:
    """Return the measurements that the catalogue holds, or the defaults."""
    return Candidates(**stored)


def facts(stored: Mapping[str, Any], passages: int) -> dict[str, Any]:
    """Return how binary vectors are searched for ten passages; without a recall if it was not measured yet."""
    if passages <= WORTH * candidates(stored).rescored:
        return {"method": "exact", "recall": 1.0}
    return {"method": "hamming", **stored}


def search(
    vectors: Vectors,
    queries: FloatMatrix,
    k: int,
    kept: NDArray[np.bool_] | None,
    longest: float,
    rescored: int,
) -> Found:
    """Return the k best of the candidates, as `askew.stores.flat.scan` does of all rows; of few rows, all are scanned.

    rescored: number of candidates for k = 10.
    """
    held = len(vectors) if kept is None else int(np.count_nonzero(kept))
    wanted = math.ceil(max(k, NEAREST) * rescored / NEAREST)
    if held <= WORTH * wanted:
        return scan(vectors, queries, k, kept, longest)
    found = nothing(len(queries), k)
    for low in range(0, len(queries), QUERIES):
        part = queries[low : low + QUERIES]
        for i, distance in enumerate(_distances(vectors, part, kept)):
            bar = np.partition(distance, wanted - 1)[wanted - 1]  # with all that are as near: the order of rows is none
            settle(vectors, part[i], np.flatnonzero(distance <= bar), k, found, low + i)
    return found


def _distances(vectors: Vectors, queries: FloatMatrix, kept: NDArray[np.bool_] | None) -> Distances:
    """Return the number of differing signs, (queries, rows); the largest number for rows that are not kept."""
    form = vectors.file.form
    asked = _words(signs_of(queries))
    found = np.empty((len(queries), len(vectors)), np.uint16)
    for low in range(0, len(vectors), BLOCK):
        words = np.ascontiguousarray(_words(form.signs(vectors.encoded(slice(low, low + BLOCK)))).T)
        for i, query in enumerate(asked):
            here = found[i, low : low + BLOCK]
            here[:] = 0
            for word, bits in zip(words, query, strict=True):
                here += np.bitwise_count(word ^ bits)
    if kept is not None:
        found[:, ~kept] = np.iinfo(np.uint16).max
    return found


def _words(signs: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """Return packed signs (n, bytes) as 64-bit words (n, words), padded with zeros."""
    room = np.zeros((len(signs), -(-signs.shape[1] // 8) * 8), np.uint8)
    room[:, : signs.shape[1]] = signs
    return room.view(np.uint64)
