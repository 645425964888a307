"""Certificate of completeness: pairs ruled out by each proof, and random blocks verified by brute force."""

from dataclasses import dataclass, replace

import numpy as np

from askew.dedup.exact.codes import Codes
from askew.dedup.exact.kept import Plan
from askew.dedup.exact.tiles import Pairs
from askew.dedup.exact.vectors import Vectors
from askew.errors import AskewError

ROWS = 128
"""Vectors of a block that are compared with all of another block."""
BORDER = 1e-9
"""Tolerance for the order of summation in float64, relative to the vectors' lengths."""


@dataclass(frozen=True)
class Certificate:
    """possible = length + bound + computed pairs; see `askew.dedup.exact.tiles.Counts`. Work from earlier runs may
    count pairs of vectors deleted since. dimensions: of the codes, out of `of`. checked: pairs of random blocks
    recomputed by brute force, none of which was missing; a pair may be counted twice.
    """

    possible: int
    length: int
    bound: int
    computed: int
    dimensions: int
    of: int
    checked: int = 0


def verify(
    certificate: Certificate, plan: Plan, sides: tuple[Vectors, Vectors], found: Pairs, tiles: int, seed: int = 0
) -> Certificate:
    """Recompute random tiles by brute force in float64; raise AskewError if a pair was missed."""
    rng = np.random.default_rng(seed)
    checked = 0
    blocks = [sum(segment.blocks for segment in segments) for segments in (plan.left, plan.right)]
    for _ in range(tiles if all(blocks) else 0):
        left, right = (_any(segments, rng) for segments in (plan.left, plan.right))
        checked += _check(left, right, sides, found, plan, rng)
    return replace(certificate, checked=checked)


def _any(segments: tuple[Codes, ...], rng: np.random.Generator) -> Codes:
    sizes = np.array([segment.blocks for segment in segments])
    segment = segments[rng.choice(len(segments), p=sizes / sizes.sum())]
    return segment.block(int(rng.integers(segment.blocks)))


def _check(
    left: Codes,
    right: Codes,
    sides: tuple[Vectors, Vectors],
    found: Pairs,
    plan: Plan,
    rng: np.random.Generator,
) -> int:
    """Verify one tile and return the number of pairs compared."""
    rows, columns = (block.keys[block.keys >= 0] for block in (left, right))
    rows = rows[rng.permutation(len(rows))[:ROWS]]
    a, b = (side.vectors(keys).astype(np.float64) for side, keys in zip(sides, (rows, columns), strict=True))
    border = BORDER * np.linalg.norm(a, axis=1)[:, None] * np.linalg.norm(b, axis=1)
    at, to = np.nonzero(a @ b.T >= plan.threshold + border)
    expected = np.stack([rows[at], columns[to]], axis=1)
    if plan.left is plan.right:
        expected = np.sort(expected[expected[:, 0] != expected[:, 1]], axis=1)
    known = found.keys[np.isin(found.keys[:, 0], expected[:, 0])]
    missing = set(map(tuple, expected.tolist())) - set(map(tuple, known.tolist()))
    if missing:
        raise AskewError(f"The exact comparison missed {len(missing)} pairs of a block: please report this bug.")
    both = int(np.isin(rows, columns).sum()) if plan.left is plan.right else 0
    return len(rows) * len(columns) - both * (both + 1) // 2
