"""Resume of a comparison from a checkpoint and what was added since, or a start with a new plan."""

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from askew.dedup.exact.codes import Codes, Shape, encode
from askew.dedup.exact.kept import Folder, Memory, Plan, load, save
from askew.dedup.exact.shape import SIZES, SMALL, choose
from askew.dedup.exact.tiles import Bar
from askew.dedup.exact.vectors import Vectors
from askew.dedup.exact.work import Sides
from askew.errors import InputError, StoreError
from askew.lock import WriteLock, waited
from askew.progress import Report, silent
from askew.stores import Keys

A_VECTOR = 40
"""Bytes of a code in addition to its dimensions."""
STALE = 0.5
"""A plan is discarded if less than this share of its vectors still exists."""


@dataclass(frozen=True)
class Keep:
    """Location and identity of a checkpoint.

    folder: where the checkpoint is stored. identity: everything the work depends on besides the keys, such as the
    model. A key must always mean the same vector.
    """

    folder: Path
    identity: str


@dataclass(frozen=True)
class Begun:
    """A comparison ready to run.

    expected: estimated number of pairs that reach the threshold; 0 without a sample. kept: whether an earlier run did
    part of the work.
    """

    plan: Plan
    sides: Sides
    ledger: Memory | Folder
    expected: float = 0.0
    kept: bool = False


@contextmanager
def begin(
    sides: tuple[Vectors, Vectors],
    threshold: float,
    keep: Keep | None,
    memory: int,
    most: int = sys.maxsize,
    report: Report = silent,
) -> Iterator[Begun]:
    """Resume or start a comparison. Nothing is stored for small jobs.

    While another process holds the folder, this one waits: what both would compute is then done.

    memory: bytes for the codes. most: the largest number of pairs that may be held.
    """
    lock = _claimed(keep, report) if _pairs(sides) > SMALL else None
    if keep is None or lock is None:
        plan, expected = _planned(sides, threshold, memory)
        yield Begun(plan, _sides(plan, sides, most), Memory(), expected)
        return
    try:
        yield _kept(sides, threshold, keep, memory, most)
    finally:
        lock.release()


def _claimed(keep: Keep | None, report: Report) -> WriteLock | None:
    if keep is None:
        return None
    try:
        keep.folder.parent.mkdir(parents=True, exist_ok=True)
        return waited(keep.folder.with_name(keep.folder.name + ".lock"), report)
    except (StoreError, OSError):  # not writable
        return None


def _kept(sides: tuple[Vectors, Vectors], threshold: float, keep: Keep, memory: int, most: int) -> Begun:
    held = load(keep.folder, keep.identity)
    if held is not None and held.threshold <= threshold and _serves(held, sides, memory):
        ledger = Folder(keep.folder)
        if ledger.done:
            left = any(task not in ledger.done for task in _sides(held, sides, most).tasks())
            # The remaining work need only be done for the current, possibly higher threshold.
            plan = _grown(replace(held, threshold=threshold) if left else held, held, sides, keep)
            return Begun(plan, _sides(plan, sides, most), ledger, kept=True)
    plan, expected = _planned(sides, threshold, memory)
    save(keep.folder, plan, keep.identity)
    return Begun(plan, _sides(plan, sides, most), Folder(keep.folder), expected)


def _serves(plan: Plan, sides: tuple[Vectors, Vectors], memory: int) -> bool:
    known = [_known(segments) for segments in (plan.left, plan.right)]
    if (sides[0] is sides[1]) != (plan.left is plan.right):
        return False
    if sides[0] is not sides[1]:  # two corpora must both be unchanged
        return all(np.array_equal(np.sort(k), side.keys) for k, side in zip(known, sides, strict=True))
    keys = sides[0].keys
    if np.isin(plan.gone, keys).any():  # a deleted key is back, and later vectors were not compared with it
        return False
    vectors = len(known[0]) + int(np.count_nonzero(~np.isin(keys, known[0])))
    fits = vectors * (plan.shape.m + A_VECTOR) <= memory
    return fits and int(np.isin(known[0], keys).sum()) >= STALE * len(known[0])


def _known(segments: tuple[Codes, ...]) -> Keys:
    return np.concatenate([segment.keys[segment.keys >= 0] for segment in segments])


def _grown(plan: Plan, held: Plan, sides: tuple[Vectors, Vectors], keep: Keep) -> Plan:
    """Add a segment of the new vectors and drop the deleted ones. held: the plan as stored on disk."""
    if plan.left is plan.right:
        keys, known = sides[0].keys, _known(plan.left)
        new, gone = keys[~np.isin(keys, known)], known[~np.isin(known, keys)]
        segments = (*plan.left, encode(sides[0], new, plan.shape)) if len(new) else plan.left
        plan = replace(plan, left=segments, right=segments, gone=gone)
    if plan.threshold > held.threshold or len(plan.left) > len(held.left) or len(plan.gone) > len(held.gone):
        save(keep.folder, plan, keep.identity, old=len(held.left))
    if plan.left is not plan.right:
        return plan
    segments = tuple(_alive(segment, keys) for segment in plan.left)
    return replace(plan, left=segments, right=segments)


def _alive(codes: Codes, keys: Keys) -> Codes:
    """Set the keys of deleted vectors to -1, which excludes them from every comparison."""
    return replace(codes, keys=np.where(np.isin(codes.keys, keys), codes.keys, -1))


def _pairs(sides: tuple[Vectors, Vectors]) -> int:
    left, right = (len(side.keys) for side in sides)
    return left * (left - 1) // 2 if sides[0] is sides[1] else left * right


def _planned(sides: tuple[Vectors, Vectors], threshold: float, memory: int) -> tuple[Plan, float]:
    one = sides[0] is sides[1]
    vectors = len(sides[0].keys) if one else sum(len(side.keys) for side in sides)
    most = memory // max(vectors, 1) - A_VECTOR
    if most < SIZES[0]:
        needed = math.ceil(vectors * (SIZES[0] + A_VECTOR) * 2 / 2**20)
        raise InputError(f"Comparing {vectors:,} vectors takes at least {needed:,} MiB: raise the memory limit.")
    larger = max(sides, key=lambda side: len(side.keys))
    choice = choose(larger, threshold, _pairs(sides), most)
    left = _segments(sides[0], choice.shape)
    right = left if one else _segments(sides[1], choice.shape)
    return Plan(choice.shape, threshold, left, right), choice.found * _pairs(sides)


def _segments(vectors: Vectors, shape: Shape) -> tuple[Codes, ...]:
    return (encode(vectors, vectors.keys, shape),)


def _sides(plan: Plan, sides: tuple[Vectors, Vectors], most: int) -> Sides:
    bar = Bar(plan.threshold, plan.shape.step, most)
    return Sides(sides, plan.left, plan.right, bar, sides[0] is sides[1])
