"""All pairs of vectors whose score reaches a threshold: every one of them, in bounded memory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.progress import Progress, Report, silent
from askew.stores import Block

Blocks = Callable[[], Iterable[Block]]

# A score in float32 over some hundred products is off by less than this, relative to the vectors' lengths.
ROUNDING = 1e-5


@dataclass(frozen=True)
class Pairs:
    """keys: (n, 2), the first key the lower. scores: (n,) float64. Best first, equal scores by key."""

    keys: NDArray[np.int64]
    scores: NDArray[np.float64]


def pairs(blocks: Blocks, threshold: float, total: int, report: Report = silent) -> Pairs:
    """Every pair of the `total` vectors with inner product >= threshold.

    The scores are computed tile by tile in float32; what comes within rounding of the threshold is decided
    in float64, so the outcome depends on no tile size. Memory: two blocks, one tile, and the pairs found.
    """
    found = [_tile(a, b, threshold) for a, b in _tiles(blocks, total, report)]
    keys = np.concatenate([part.keys for part in found]) if found else np.empty((0, 2), np.int64)
    scores = np.concatenate([part.scores for part in found]) if found else np.empty(0, np.float64)
    order = np.lexsort((keys[:, 1], keys[:, 0], -scores))
    return Pairs(keys[order], scores[order])


def _tiles(blocks: Blocks, total: int, report: Report) -> Iterator[tuple[Block, Block]]:
    """Each unordered pair of blocks once, a block with itself included."""
    done = 0
    for number, a in enumerate(blocks()):
        for other, b in enumerate(blocks()):
            if other >= number:
                yield a, b
                done += len(a.keys) * len(b.keys) if other > number else len(a.keys) * (len(a.keys) + 1) // 2
                report(Progress("compare pairs", done, total * (total + 1) // 2))


def _tile(a: Block, b: Block, threshold: float) -> Pairs:
    scores = a.vectors @ b.vectors.T
    longest = [float(np.linalg.norm(block.vectors, axis=1).max(initial=0)) for block in (a, b)]
    rows, columns = np.nonzero(scores >= threshold - ROUNDING * longest[0] * longest[1])
    keep = a.keys[rows] < b.keys[columns]
    rows, columns = rows[keep], columns[keep]
    exact = np.empty(len(rows), np.float64)
    for start in range(0, len(rows), 65536):  # a dense group can hold millions of pairs
        part = slice(start, start + 65536)
        left, right = a.vectors[rows[part]].astype(np.float64), b.vectors[columns[part]].astype(np.float64)
        exact[part] = np.einsum("ij,ij->i", left, right)
    keep = exact >= threshold
    return Pairs(np.stack((a.keys[rows[keep]], b.keys[columns[keep]]), axis=1), exact[keep])


def array_blocks(vectors: NDArray[np.float32], rows: int = 4096) -> Blocks:
    """Blocks of vectors (n, dim) that lie in memory; their keys are their positions."""

    def blocks() -> Iterator[Block]:
        for start in range(0, len(vectors), rows):
            part = vectors[start : start + rows]
            yield Block(np.arange(start, start + len(part), dtype=np.int64), part)

    return blocks
