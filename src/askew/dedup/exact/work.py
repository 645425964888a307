"""Scheduler: compares all blocks on every core, in any order."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from askew.dedup.exact.codes import Codes, Product
from askew.dedup.exact.tiles import Bar, Column, Counts, Pairs, joined, refuse
from askew.dedup.exact.vectors import Vectors

TILES = 16
"""Least number of tiles per task: enough to be worth two disk writes, and few enough for all cores to finish
together.
"""


@dataclass(frozen=True)
class Task:
    """Blocks `first` to `last` (exclusive) of a segment on the right, against a segment on the left: all its blocks
    or, within one segment, the blocks up to each of them.
    """

    left: int
    right: int
    first: int
    last: int


class Segment(Protocol):
    """Codes in blocks, wherever they are."""

    @property
    def blocks(self) -> int: ...

    def block(self, number: int) -> Codes: ...


@dataclass(frozen=True)
class Sides:
    """The two sides of a comparison.

    left and right: segments of codes, the same for one corpus.
    """

    vectors: tuple[Vectors, Vectors]
    left: Sequence[Segment]
    right: Sequence[Segment]
    bar: Bar
    same: bool

    def tasks(self) -> list[Task]:
        """Return the tasks, longest first, so that the last to finish are short."""
        found = []
        for left, segment in enumerate(self.left):
            # New vectors go on the left: rows have individual bars, a block on the right only a common one.
            for right in range(left + 1) if self.same else range(len(self.right)):
                step, blocks = max(TILES // max(segment.blocks, 1), 1), self.right[right].blocks
                found += [Task(left, right, at, min(at + step, blocks)) for at in range(0, blocks, step)]
        return found[::-1]

    def possible(self, task: Task) -> int:
        """Return the number of pairs a task decides."""
        total, live = 0, [_live(self.left[task.left].block(number)) for number in range(self.left[task.left].blocks)]
        for number in range(task.first, task.last):
            columns = _live(self.right[task.right].block(number))
            if self._diagonal(task):
                total += sum(live[:number]) * columns + columns * (columns - 1) // 2
            else:
                total += sum(live) * columns
        return total

    def compare(self, task: Task, product: Product | None) -> tuple[Pairs, Counts]:
        parts, counts = [], Counts()
        for number in range(task.first, task.last):
            block = self.right[task.right].block(number)
            part, count = Column(*self.vectors, block, self.bar, product).compare(self._lefts(task, number))
            parts.append(part)
            counts += count
            refuse(sum(len(one.scores) for one in parts), self.bar.threshold, self.bar.most)
        found = joined(parts)
        return (Pairs(np.sort(found.keys, axis=1), found.scores) if self.same else found), counts

    def _diagonal(self, task: Task) -> bool:
        return self.same and task.left == task.right

    def _lefts(self, task: Task, number: int) -> Iterator[tuple[Codes, bool]]:
        segment, diagonal = self.left[task.left], self._diagonal(task)
        for block in range(number + 1 if diagonal else segment.blocks):
            yield segment.block(block), diagonal and block == number


Work = Callable[[Sides, Iterable[Task], int, int], Iterator[tuple[Task, Pairs, Counts]]]
"""What does tasks and yields each as it finishes, in any order; see `work`."""


def _live(codes: Codes) -> int:
    return int(np.count_nonzero(codes.keys >= 0))


def work(sides: Sides, tasks: Iterable[Task], m: int, workers: int) -> Iterator[tuple[Task, Pairs, Counts]]:
    """Yield each task as it finishes. m: dimensions of the codes, 0 without codes.

    If the caller stops, running tasks finish and the rest is cancelled.
    """
    mine = threading.local()

    def do(task: Task) -> tuple[Pairs, Counts]:
        if not hasattr(mine, "product"):
            mine.product = Product(m) if m else None
        return sides.compare(task, mine.product)

    waiting, running = iter(tasks), dict[Future[tuple[Pairs, Counts]], Task]()
    with ThreadPoolExecutor(workers) as pool:
        try:
            while True:
                for task in waiting:
                    running[pool.submit(do, task)] = task
                    if len(running) > workers:
                        break
                if not running:
                    return
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    yield running.pop(future), *future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
