"""Candidate pairs: every pair of texts that may share enough shingles, and few others.

Two texts meet where they have one of their rarest shingles in common: of the smaller text one of the few rarest (its
leading ones), as it must have more in common with a larger one than the larger with it. A meeting passes if enough
shingles remain from its positions in the two sets (which is true of the first meeting of any pair that reaches the
threshold), and if the two bitmaps do not differ in too many bits. Where dozens of texts have the same shingle, they
are compared by bitmap only instead, in a hundredth of the time per pair. The same is done for all texts at once where
that is less work, since texts made from templates meet too often. At a low threshold bitmaps discriminate too little
for that and would let too much through. Each strategy finds every pair.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.dedup.set_join.shingles import ranges
from askew.dedup.set_join.sketches import Crowd, Sketches, alike, compared, needed, passing, smallest
from askew.errors import InputError
from askew.progress import Progress, Report

CROWD = 100_000  # cost of comparing one more crowd, in bitmap comparisons
MEETING = 100  # cost of a meeting, in bitmap comparisons within a crowd
CANDIDATE = 10_000  # cost of measuring a candidate, in the same unit
ENTRIES = 1 << 22  # entries whose meetings are counted at a time
MEETINGS = 1 << 20  # meetings checked at a time
FRESH = 1 << 22  # candidates collected before duplicates are removed
MOST = 50_000_000  # candidates: with what is derived from them, they take up to 3 GB

Pairs = NDArray[np.int64]
"""(m, 2) texts."""


@dataclass(frozen=True)
class _Meetings:
    """The meetings of one part: from lows[i] on, entry i meets the leading entries before it, those of the same shingle
    whose sets are not too small. before: (m + 1,), the number of meetings before entry i.
    """

    rows: NDArray[np.int64]
    places: NDArray[np.int32]
    leading: NDArray[np.int64]
    lows: NDArray[np.int64]
    before: NDArray[np.int64]

    @property
    def total(self) -> int:
        return int(self.before[-1])

    def chunks(self) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield (left, right): the two entries of each meeting."""
        start, m = 0, len(self.lows)
        while start < m:
            end = int(np.searchsorted(self.before, self.before[start] + MEETINGS, "right")) - 1
            end = min(max(end, start + 1), m)
            counts = np.diff(self.before[start : end + 1])
            yield self.leading[ranges(self.lows[start:end], counts)], np.repeat(np.arange(start, end), counts)
            start = end


@dataclass(frozen=True)
class _Plan:
    """The chosen strategy.

    parts: prefix entries, ordered by shingle and set size, for pairwise meetings; all entries of a shingle are in one
    part. crowds: compared by bitmap. total: number of pairs to check.
    """

    parts: list[NDArray[np.int64]]
    crowds: list[Crowd]
    total: int


def candidates(
    sketches: Sketches,
    threshold: float,
    wanted: NDArray[np.bool_],
    report: Report,
    block: NDArray[np.int64] | None = None,
) -> Pairs:
    """Return candidate pairs of texts, the lower first, unique and ascending; at least one of the two is `wanted`.

    block: of each text, -1 for none; texts of one block are not compared.
    """
    blocks = np.full(len(wanted), -1) if block is None else block
    plan, n = _plan(sketches, threshold, blocks), len(wanted)
    found, fresh, held, done = np.empty(0, np.int64), list[NDArray[np.int64]](), 0, 0
    for count, pairs in _passed(sketches, plan, threshold):
        a, b = pairs[(wanted[pairs] & _apart(blocks, pairs)[:, None]).any(axis=1)].T
        fresh.append(np.unique(np.minimum(a, b) * n + np.maximum(a, b)))
        held, done = held + len(fresh[-1]), done + count
        if held > max(FRESH, len(found)):
            found, fresh, held = _merged(found, fresh, threshold), [], 0
        report(Progress("compare shingles", done, plan.total))
    return np.stack(np.divmod(_merged(found, fresh, threshold), max(n, 1)), axis=1)


def _apart(blocks: NDArray[np.int64], pairs: Pairs) -> NDArray[np.bool_]:
    left, right = blocks[pairs[:, 0]], blocks[pairs[:, 1]]
    apart: NDArray[np.bool_] = (left != right) | (left < 0)
    return apart


def _plan(sketches: Sketches, threshold: float, blocks: NDArray[np.int64]) -> _Plan:
    sizes, prefixes = sketches.sizes, sketches.prefixes
    every = np.argsort(sizes, kind="stable").astype(np.int32)
    each = 1 + CANDIDATE * passing(sketches, every, threshold)
    order = np.lexsort((sizes[prefixes.rows], prefixes.ranks))
    starts = np.flatnonzero(np.diff(prefixes.ranks[order], prepend=np.uint64(0)) != 0)
    counts = np.diff(np.append(starts, len(order)))
    mixed = _mixed(blocks[prefixes.rows[order]], starts)
    met = _met_by(sketches, order, counts, threshold) * mixed
    many = met * MEETING > met * each + CROWD
    chosen = _split(order, starts, many)
    crowds = [crowd for one in chosen for crowd in _crowds(sketches, one, threshold, blocks)]
    alone, crowded = int(met[~many].sum()), int(met[many].sum())
    whole = compared(sizes[every], threshold)
    if blocks.max(initial=-1) < 0 and whole * each + CROWD < alone * MEETING + crowded * each + len(crowds) * CROWD:
        return _Plan([], [Crowd(every, *2 * [np.ones(len(every), bool)])], whole)
    few = mixed & ~many
    return _Plan(_parts(order[np.repeat(few, counts)], counts[few]), crowds, alone + crowded)


def _mixed(blocks: NDArray[np.int64], starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return for each shingle, whose texts are of these blocks, whether any two of them are to be compared."""
    if not len(starts):
        return np.empty(0, bool)
    low, high = np.minimum.reduceat(blocks, starts), np.maximum.reduceat(blocks, starts)
    mixed: NDArray[np.bool_] = (low != high) | (low < 0)
    return mixed


def _crowds(
    sketches: Sketches, entries: NDArray[np.int64], threshold: float, blocks: NDArray[np.int64]
) -> Iterator[Crowd]:
    """Yield the texts of these entries as one crowd or, if many are of one block, as two without pairs within it."""
    rows, leads = sketches.prefixes.rows[entries], _leads(sketches, entries, threshold)
    held = blocks[rows]
    sizes = np.bincount(held[held >= 0], minlength=1)
    if 2 * sizes.max() < len(rows):
        yield Crowd(rows, leads, np.ones(len(rows), bool))
        return
    inside = held == sizes.argmax()
    yield Crowd(rows, leads & ~inside, np.ones(len(rows), bool))
    yield Crowd(rows, leads & inside, ~inside)


def _met_by(
    sketches: Sketches, order: NDArray[np.int64], counts: NDArray[np.int64], threshold: float
) -> NDArray[np.int64]:
    """Return the number of meetings at each shingle. order, counts: its entries."""
    totals = [np.empty(0, np.int64)]
    for part in filter(len, _parts(order, counts)):
        new = np.flatnonzero(np.diff(sketches.prefixes.ranks[part], prepend=np.uint64(0)) != 0)
        totals.append(np.add.reduceat(np.diff(_meetings(sketches, part, threshold).before), new))
    return np.concatenate(totals)


def _leads(sketches: Sketches, entries: NDArray[np.int64], threshold: float) -> NDArray[np.bool_]:
    """Return whether a meeting at these entries can be the first with a text that is no smaller."""
    sizes = sketches.sizes[sketches.prefixes.rows[entries]]
    leads: NDArray[np.bool_] = sketches.prefixes.places[entries] <= sizes - needed(2 * sizes, threshold)
    return leads


def _split(
    order: NDArray[np.int64], starts: NDArray[np.int64], chosen: NDArray[np.bool_]
) -> Iterator[NDArray[np.int64]]:
    """Yield the entries of each chosen shingle."""
    ends = np.append(starts[1:], len(order))
    for start, end in zip(starts[chosen].tolist(), ends[chosen].tolist(), strict=True):
        yield order[start:end]


def _parts(order: NDArray[np.int64], counts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Split the entries into parts at shingle boundaries; counts: entries per shingle."""
    ends = np.cumsum(counts)
    cuts = np.flatnonzero(np.diff(ends // ENTRIES, prepend=0))
    return np.split(order, ends[cuts]) if len(order) else []


def _meetings(sketches: Sketches, part: NDArray[np.int64], threshold: float) -> _Meetings:
    prefixes = sketches.prefixes
    ranks, rows = prefixes.ranks[part], prefixes.rows[part].astype(np.int64)
    sizes = sketches.sizes[rows]
    new = np.diff(ranks, prepend=np.uint64(0)) != 0
    group = np.cumsum(new) * (int(sizes.max(initial=0)) + 1)
    leading = np.flatnonzero(_leads(sketches, part, threshold))
    ends = np.searchsorted(leading, np.arange(len(part)))
    lows = np.searchsorted((group + sizes)[leading], group + smallest(sizes, threshold))
    lows = np.minimum(lows, ends)
    before = np.concatenate((np.zeros(1, np.int64), np.cumsum(ends - lows)))
    return _Meetings(rows, prefixes.places[part], leading, lows, before)


def _passed(sketches: Sketches, plan: _Plan, threshold: float) -> Iterator[tuple[int, Pairs]]:
    """Yield, block by block, the number of pairs checked and the pairs that pass; some are repeated."""
    for part in plan.parts:
        meetings = _meetings(sketches, part, threshold)
        for left, right in meetings.chunks():
            yield len(left), _met(sketches, meetings, left, right, threshold)
    yield from alike(sketches, plan.crowds, threshold)


def _met(
    sketches: Sketches, meetings: _Meetings, left: NDArray[np.int64], right: NDArray[np.int64], threshold: float
) -> Pairs:
    """Return the pairs of these meetings that pass both filters."""
    sizes, bitmaps = sketches.sizes, sketches.bitmaps.view(np.uint64)
    a, b = meetings.rows[left], meetings.rows[right]
    together = sizes[a] + sizes[b]
    least = needed(together, threshold)
    after = np.minimum(sizes[a] - meetings.places[left], sizes[b] - meetings.places[right])
    kept = (after >= least) & (a != b)
    a, b, spare = a[kept], b[kept], (together - 2 * least)[kept]
    near = np.bitwise_count(bitmaps[a] ^ bitmaps[b]).sum(axis=1, dtype=np.int64) <= spare
    return np.stack((a[near], b[near]), axis=1)


def _merged(found: NDArray[np.int64], fresh: list[NDArray[np.int64]], threshold: float) -> NDArray[np.int64]:
    merged = np.unique(np.concatenate((found, *fresh)))
    if len(merged) > MOST:
        raise InputError(
            f"More than {MOST:,} pairs of texts may share {threshold:g} of their shingles. Raise the threshold, or "
            "remove what all the texts have in common."
        )
    return merged
