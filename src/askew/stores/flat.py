"""Exact nearest-neighbour search: a flat scan with a deterministic order.

Rounding in a matrix product depends on the block shape, so identical vectors may differ in the last bit of their
scores. Candidates are therefore kept with a margin for that error and rescored individually in double precision:
equal vectors get equal scores, and ties go to the lower row.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from askew.types import FloatMatrix

Rows = NDArray[np.int64]

CELLS = 1 << 24
"""Scores held in memory at a time (64 MB)."""
BLOCK = 1 << 15
"""Rows compared at a time."""
SPARSE = 0.15
"""Below this share of kept rows, gathering them is faster than scoring the whole block."""
QUERIES = 1024
"""Queries compared at a time."""


class Matrix(Protocol):
    """Vectors (n, dim) of float32 that are read by slices and arrays of rows: an array, or part of a file."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: Any, /) -> Any: ...


@dataclass(frozen=True)
class Found:
    """Search results. rows: (n, k) int64, padded with -1. scores: (n, k) float32, padded with -inf."""

    rows: Rows
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Candidates:
    """Single-precision scores of (query, row) pairs."""

    query: Rows
    row: Rows
    score: NDArray[np.float32]


def nothing(queries: int, k: int) -> Found:
    return Found(np.full((queries, k), -1, np.int64), np.full((queries, k), -np.inf, np.float32))


def nearest(vectors: NDArray[np.float32], queries: FloatMatrix, k: int, kept: NDArray[np.bool_] | None = None) -> Found:
    """Return the k best rows of vectors in memory, or all if there are fewer. kept: one flag per row."""
    k = max(0, min(k, len(vectors)))
    if not k or not len(queries):
        return nothing(len(queries), k)
    longest = float(np.linalg.norm(vectors, axis=1).max())
    return scan(vectors, np.ascontiguousarray(queries, np.float32), k, kept, longest)


def scan(
    vectors: Matrix,
    queries: FloatMatrix,
    k: int,
    kept: NDArray[np.bool_] | None,
    longest: float,
    start: int = 0,
) -> Found:
    """Return the k best rows from `start` on.

    kept: one flag per row; None keeps all. longest: maximum norm of the vectors.
    """
    found = Found(np.full((len(queries), k), -1, np.int64), np.full((len(queries), k), -np.inf, np.float32))
    for low in range(0, len(queries), QUERIES):
        part = queries[low : low + QUERIES]
        # Twice the error bound of a single-precision product: once for the bar, once for the score compared with it.
        slack = (2.0 * part.shape[1] * 2**-24 * longest) * np.linalg.norm(part, axis=1)
        candidates = _candidates(vectors, part, k, kept, slack.astype(np.float32), start)
        first = np.searchsorted(candidates.query, np.arange(len(part) + 1))
        for i, query in enumerate(part):
            settle(vectors, query, candidates.row[first[i] : first[i + 1]], k, found, low + i)
    return found


def _candidates(
    vectors: Matrix,
    queries: FloatMatrix,
    k: int,
    kept: NDArray[np.bool_] | None,
    slack: NDArray[np.float32],
    start: int,
) -> Candidates:
    best = Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float32))
    bar = np.full(len(queries), -np.inf, np.float32)
    for rows, scores in _scored(vectors, queries, kept, start):
        if np.isneginf(bar).any() and len(rows) > k:
            # No bar yet: use the k-th best of this block, since nothing below it can be among the overall best.
            bar = np.maximum(bar, np.partition(scores, len(rows) - k, axis=1)[:, len(rows) - k] - slack)
        query, column = np.nonzero(scores >= bar[:, None])
        best = Candidates(
            np.concatenate([best.query, query]),
            np.concatenate([best.row, rows[column]]),
            np.concatenate([best.score, scores[query, column]]),
        )
        best, bar = _pruned(best, bar, k, slack)
    return best


def _scored(
    vectors: Matrix, queries: FloatMatrix, kept: NDArray[np.bool_] | None, start: int
) -> Iterator[tuple[Rows, NDArray[np.float32]]]:
    """Yield blocks of kept rows with their scores for every query."""
    size = min(BLOCK, CELLS // len(queries))
    for low in range(start, len(vectors), size):
        rows = np.arange(low, min(low + size, len(vectors)))
        if kept is None:
            yield rows, queries @ vectors[low : low + size].T
            continue
        here = np.flatnonzero(kept[low : low + size])
        if len(here) > SPARSE * len(rows):
            yield rows[here], (queries @ vectors[low : low + size].T)[:, here]
        elif len(here):
            yield rows[here], queries @ vectors[rows[here]].T


def _pruned(
    candidates: Candidates, bar: NDArray[np.float32], k: int, slack: NDArray[np.float32]
) -> tuple[Candidates, NDArray[np.float32]]:
    """Drop candidates certainly beaten by k others; return the rest and the bar for further rows."""
    order = np.lexsort((-candidates.score, candidates.query))
    query, row, score = candidates.query[order], candidates.row[order], candidates.score[order]
    first = np.searchsorted(query, np.arange(len(bar)))
    count = np.diff(np.append(first, len(query)))
    full = count >= k
    bar = bar.copy()
    bar[full] = np.maximum(bar[full], score[first[full] + k - 1] - slack[full])
    stays = score >= bar[query]
    return Candidates(query[stays], row[stays], score[stays]), bar


def settle(vectors: Matrix, query: FloatMatrix, rows: Rows, k: int, found: Found, at: int) -> None:
    """Rescore these rows in full precision and write the k best to row `at` of `found`."""
    scores = np.einsum("ij,j->i", vectors[rows], query, dtype=np.float64).astype(np.float32)
    order = np.lexsort((rows, -scores))[:k]
    found.rows[at, : len(order)] = rows[order]
    found.scores[at, : len(order)] = scores[order]


def merged(one: Found, other: Found) -> Found:
    """Merge two results that have no row in common."""
    k = one.rows.shape[1]
    rows = np.concatenate([one.rows, other.rows], axis=1)
    scores = np.concatenate([one.scores, other.scores], axis=1)
    # Padding has score -inf and therefore sorts last.
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    return Found(np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1))
