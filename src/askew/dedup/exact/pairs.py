"""Exact pair mining: every pair of vectors at or above a threshold, in bounded memory, with a certificate."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from askew.dedup.exact.begin import Begun, Keep, begin
from askew.dedup.exact.codes import Codes
from askew.dedup.exact.kept import Plan
from askew.dedup.exact.tiles import Counts, Pairs, refuse
from askew.dedup.exact.vectors import Vectors
from askew.dedup.exact.work import Work
from askew.dedup.exact.work import work as on_threads
from askew.environment import cores
from askew.errors import AskewError
from askew.progress import Progress, Report, silent

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


MEMORY = 1 << 30
"""Bytes that codes and pairs may take together, not counting the vectors and the libraries."""
A_PAIR = 24 * 3  # bytes: as found, as joined, as sorted
SURE = 8
"""An estimate that exceeds what fits by this factor is trusted; a smaller one may be chance, so the run starts."""
CHECKED = 2
"""Tiles recomputed by brute force."""


@dataclass(frozen=True)
class Found:
    """Mined pairs with their certificate.

    keys: (n, 2), for one corpus the lower first, for two corpora one of each. scores: (n,) float64. Best first, ties by
    key. two: whether the pairs are across two corpora.
    """

    keys: NDArray[np.int64]
    scores: NDArray[np.float64]
    certificate: Certificate
    two: bool = False


def pairs(
    vectors: Vectors,
    threshold: float,
    report: Report = silent,
    *,
    against: Vectors | None = None,
    keep: Keep | None = None,
    memory: int = MEMORY,
    workers: int = 0,
    checked: int = CHECKED,
    work: Work = on_threads,
) -> Found:
    """Return every pair with inner product >= threshold, among the vectors or between them and `against`.

    Scores are float64, so the result depends neither on the order of work nor on the number of workers. With `keep`,
    work done by a killed run, or by an earlier run on fewer vectors, is not repeated. work: what does the tasks.
    """
    most = memory // A_PAIR
    sides = (vectors, vectors if against is None else against)
    with begin(sides, threshold, keep, memory // 2, most, report) as begun:
        if begun.expected > SURE * most:
            refuse(begun.expected, threshold, most)
        _run(begun, threshold, workers or cores(), report, work)
        found, totals = begun.ledger.pairs(threshold), sum(begun.ledger.done.values(), Counts())
    found = _alive(found, begun)
    dim, m = begun.plan.shape.axes.shape
    certificate = Certificate(totals.possible, totals.length, totals.bound, totals.computed, m, dim)
    plan = replace(begun.plan, threshold=threshold)
    certificate = verify(certificate, plan, begun.sides.vectors, found, checked)
    return _sorted(found, certificate, two=not begun.sides.same)


def _run(begun: Begun, threshold: float, workers: int, report: Report, work: Work) -> None:
    ledger, sides = begun.ledger, begun.sides
    todo = [task for task in sides.tasks() if task not in ledger.done]
    done = total = sum(counts.possible for counts in ledger.done.values())
    total += sum(sides.possible(task) for task in todo)
    held, most = ledger.count(threshold), sides.bar.most
    refuse(held, threshold, most)
    report(Progress("compare pairs", done, total))
    for task, found, counts in work(sides, todo, begun.plan.shape.m, workers):
        ledger.record(task, found, counts)
        done += counts.possible
        held += int(np.count_nonzero(found.scores >= threshold))
        refuse(held, threshold, most)
        report(Progress("compare pairs", done, total))


def _alive(found: Pairs, begun: Begun) -> Pairs:
    """Drop pairs of vectors that have been deleted since the checkpoint was written."""
    if not begun.kept:
        return found
    left, right = (side.keys for side in begun.sides.vectors)
    here = np.isin(found.keys[:, 0], left) & np.isin(found.keys[:, 1], right)
    return Pairs(found.keys[here], found.scores[here])


def _sorted(found: Pairs, certificate: Certificate, two: bool) -> Found:
    order = np.lexsort((found.keys[:, 1], found.keys[:, 0], -found.scores))
    return Found(found.keys[order], found.scores[order], certificate, two)


def best_of_each(found: Found, k: int) -> Found:
    """Keep the pairs that are among the k best of either member."""
    right = found.keys[:, 1]
    ends = np.concatenate([found.keys[:, 0], -1 - right if found.two else right])  # one key is two vectors
    places = np.tile(np.arange(len(found.scores)), 2)  # best first
    order = np.lexsort((places, ends))
    starts = np.r_[True, np.diff(ends[order]) != 0]
    rank = np.arange(len(order)) - np.maximum.accumulate(np.where(starts, np.arange(len(order)), 0))
    keep = np.unique(places[order[rank < k]])
    return replace(found, keys=found.keys[keep], scores=found.scores[keep])
