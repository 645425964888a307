"""The exact search: every kept vector is compared, and the best are put in an order that never varies.

A matrix product rounds differently with the shape of its blocks, so that the same vector, stored twice, may score
differently by a bit. Candidates are therefore kept with a margin for that error and scored once more, one by one
and in double precision: equal vectors get equal scores, and the lower row comes first.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.types import FloatMatrix

Rows = NDArray[np.int64]

CELLS = 1 << 24
"""Scores held at a time: 64 MB."""
BLOCK = 1 << 15
"""Rows compared at a time."""
SPARSE = 0.15
"""Up to this share of kept rows, bringing them together is faster than comparing all."""
QUERIES = 1024
"""Queries compared at a time."""


@dataclass(frozen=True)
class Found:
    """rows: (n, k) int64, -1 where there is none. scores: (n, k) float32, -inf where there is none."""

    rows: Rows
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Candidates:
    """Scores that a product gave, one for each (query, row)."""

    query: Rows
    row: Rows
    score: NDArray[np.float32]


def nothing(queries: int, k: int) -> Found:
    return Found(np.full((queries, k), -1, np.int64), np.full((queries, k), -np.inf, np.float32))


def scan(
    vectors: FloatMatrix,
    queries: FloatMatrix,
    k: int,
    kept: NDArray[np.bool_] | None,
    longest: float,
    start: int = 0,
) -> Found:
    """The k best rows from `start` on. `kept` has a flag for each row, or all are; `longest` vector's length."""
    found = nothing(len(queries), k)
    for low in range(0, len(queries), QUERIES):
        part = queries[low : low + QUERIES]
        # Twice the bound on the error of a product in single precision: one for the bar, one for what meets it.
        slack = (2.0 * part.shape[1] * 2**-24 * longest) * np.linalg.norm(part, axis=1)
        candidates = _candidates(vectors, part, k, kept, slack.astype(np.float32), start)
        _settle(vectors, part, candidates, k, found, low)
    return found


def _candidates(
    vectors: FloatMatrix,
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
            # Without a bar yet, the block's own k-th best: nothing below it can be among the best of all.
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
    vectors: FloatMatrix, queries: FloatMatrix, kept: NDArray[np.bool_] | None, start: int
) -> Iterator[tuple[Rows, NDArray[np.float32]]]:
    """Runs of kept rows, each with the scores of every query."""
    size = min(BLOCK, CELLS // len(queries))
    for low in range(start, len(vectors), size):
        rows = np.arange(low, min(low + size, len(vectors)))
        block = vectors[low : low + size]
        if kept is None:
            yield rows, queries @ block.T
            continue
        here = np.flatnonzero(kept[low : low + size])
        if len(here) > SPARSE * len(rows):
            yield rows[here], (queries @ block.T)[:, here]
        elif len(here):
            yield rows[here], queries @ block[here].T


def _pruned(
    candidates: Candidates, bar: NDArray[np.float32], k: int, slack: NDArray[np.float32]
) -> tuple[Candidates, NDArray[np.float32]]:
    """Without those that k others surely beat, and the bar that a further row must reach."""
    order = np.lexsort((-candidates.score, candidates.query))
    query, row, score = candidates.query[order], candidates.row[order], candidates.score[order]
    first = np.searchsorted(query, np.arange(len(bar)))
    count = np.diff(np.append(first, len(query)))
    full = count >= k
    bar = bar.copy()
    bar[full] = np.maximum(bar[full], score[first[full] + k - 1] - slack[full])
    stays = score >= bar[query]
    return Candidates(query[stays], row[stays], score[stays]), bar


def _settle(vectors: FloatMatrix, queries: FloatMatrix, candidates: Candidates, k: int, found: Found, low: int) -> None:
    first = np.searchsorted(candidates.query, np.arange(len(queries) + 1))
    for i, query in enumerate(queries):
        rows = candidates.row[first[i] : first[i + 1]]
        settle(vectors, query, rows, k, found, low + i)


def settle(vectors: FloatMatrix, query: FloatMatrix, rows: Rows, k: int, found: Found, at: int) -> None:
    """Puts the k best of these rows, compared in full precision, into place `at` of what was found."""
    scores = np.einsum("ij,j->i", vectors[rows], query, dtype=np.float64).astype(np.float32)
    order = np.lexsort((rows, -scores))[:k]
    found.rows[at, : len(order)] = rows[order]
    found.scores[at, : len(order)] = scores[order]


def merged(one: Found, other: Found) -> Found:
    """The best of both, which have no row in common."""
    k = one.rows.shape[1]
    rows = np.concatenate([one.rows, other.rows], axis=1)
    scores = np.concatenate([one.scores, other.scores], axis=1)
    # Where there is no row the score is -inf, which sorts last by itself.
    order = np.lexsort((rows, -scores), axis=1)[:, :k]
    return Found(np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1))
