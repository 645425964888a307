"""Exact comparison by the workers of a cluster: every block with every block, in the tasks of one machine.

The driver makes the plan and keeps the record (`askew.dedup.exact.begin`, `kept`), so that pairs, scores and
certificate are those of one machine, a killed run resumes, and a grown corpus is compared only where it is new. Codes
and vectors lie in the cluster's object store in pieces, of which a worker holds a few at a time.
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from askew.dedup.exact.codes import Codes, Product
from askew.dedup.exact.tiles import Bar, Counts, Pairs
from askew.dedup.exact.vectors import Vectors
from askew.dedup.exact.work import Segment, Sides, Task, Work
from askew.dedup.exact.work import work as on_threads
from askew.jobs.cluster import RayCluster, Ref
from askew.stores import Keys
from askew.types import FloatMatrix

BLOCKS = 32
"""Blocks of codes that are sent as one object."""
ROWS = 1 << 14
"""Vectors that are sent as one object."""
HELD = 8
"""Objects of each kind that a worker holds at a time."""


@dataclass
class RemoteParts:
    """Objects of the cluster by number, of which the last few stay in this process. refs: one per object."""

    refs: Sequence[Ref]
    _kept: dict[int, Any] = field(default_factory=dict)

    def __getstate__(self) -> dict[str, Any]:
        return {"refs": self.refs, "_kept": {}}

    def __getitem__(self, number: int) -> Any:
        if number in self._kept:
            self._kept[number] = self._kept.pop(number)  # used last
            return self._kept[number]
        import ray

        while len(self._kept) >= HELD:
            del self._kept[next(iter(self._kept))]
        return self._kept.setdefault(number, ray.get(self.refs[number]))


@dataclass(frozen=True)
class SentCodes:
    """A segment of codes in the cluster; see `askew.dedup.exact.work.Segment`."""

    blocks: int
    parts: RemoteParts

    def block(self, number: int) -> Codes:
        part: Codes = self.parts[number // BLOCKS]
        return part.block(number % BLOCKS)


@dataclass(frozen=True)
class SentVectors:
    """Vectors in the cluster; see `askew.dedup.exact.vectors.Vectors`. keys: ascending, or None for row positions."""

    rows: int
    dim: int
    given: Keys | None
    parts: RemoteParts

    @property
    def keys(self) -> Keys:
        return np.arange(self.rows, dtype=np.int64) if self.given is None else self.given

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        wanted = np.asarray(keys, np.int64)
        places = wanted if self.given is None else np.searchsorted(self.given, wanted)
        found = np.empty((len(places), self.dim), np.float32)
        numbers = places // ROWS
        for number in np.unique(numbers).tolist():
            here = numbers == number
            found[here] = self.parts[number][places[here] - number * ROWS]
        return found


@dataclass(frozen=True)
class Sent:
    """Both sides of a comparison in the cluster. m: dimensions of the codes."""

    sides: Sides
    m: int


def work_on(cluster: RayCluster | None) -> Work:
    """Return what compares by the workers of a cluster; by the threads of this process without one."""
    if cluster is None:
        return on_threads

    def work(sides: Sides, tasks: Iterable[Task], m: int, _: int) -> Iterator[tuple[Task, Pairs, Counts]]:
        todo = list(tasks)
        if not todo:
            return
        sent = cluster.put(Sent(_sent(cluster, sides), m))
        for (_, task), (found, counts) in cluster.run(compare, deque(((sent,), task) for task in todo)):
            yield task, found, counts

    return work


def compare(sent: tuple[Ref], task: Task) -> tuple[Pairs, Counts]:
    """Do a task in a worker. sent: the reference, in a tuple, as a bare one would be replaced by what it names."""
    held, product = _opened(sent[0])
    return held.sides.compare(task, product)


_open: list[tuple[str, Sent, Product | None]] = []


def _opened(sent: Ref) -> tuple[Sent, Product | None]:
    """Return the sides, which this worker keeps for its next task."""
    import ray

    if not _open or _open[0][0] != sent.hex():
        _open.clear()
        held: Sent = ray.get(sent)
        _open.append((sent.hex(), held, Product(held.m) if held.m else None))
    return _open[0][1], _open[0][2]


def _sent(cluster: RayCluster, sides: Sides) -> Sides:
    left_vectors, right_vectors = sides.vectors
    left = [_codes(cluster, segment) for segment in sides.left]
    right = left if sides.same else [_codes(cluster, segment) for segment in sides.right]
    first = _vectors(cluster, left_vectors)
    both = (first, first if left_vectors is right_vectors else _vectors(cluster, right_vectors))
    return Sides(both, left, right, Bar(sides.bar.threshold, sides.bar.step, sides.bar.most), sides.same)


def _codes(cluster: RayCluster, segment: Segment) -> SentCodes:
    refs = []
    for start in range(0, segment.blocks, BLOCKS):
        some = [segment.block(number) for number in range(start, min(start + BLOCKS, segment.blocks))]
        refs.append(cluster.put(_joined(some)))
    return SentCodes(segment.blocks, RemoteParts(refs))


def _joined(blocks: Sequence[Codes]) -> Codes:
    names = ("keys", "codes", "inner", "error", "tail", "length")
    return Codes(*(np.concatenate([getattr(block, name) for block in blocks]) for name in names))


def _vectors(cluster: RayCluster, vectors: Vectors) -> SentVectors:
    keys = vectors.keys
    refs = [cluster.put(vectors.vectors(keys[start : start + ROWS])) for start in range(0, len(keys), ROWS)]
    dim = int(vectors.vectors(keys[:1]).shape[1])
    numbered = np.array_equal(keys, np.arange(len(keys)))
    return SentVectors(len(keys), dim, None if numbered else keys, RemoteParts(refs))
