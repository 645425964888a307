import threading
from dataclasses import replace

import numpy as np
import pytest
from helpers.clouds import cloud, clustered

from askew.dedup.exact import work as module
from askew.dedup.exact.codes import Codes, Shape, encode
from askew.dedup.exact.tiles import Bar, Counts, joined
from askew.dedup.exact.vectors import InMemory, Part
from askew.dedup.exact.work import Sides, Task, work
from askew.types import FloatMatrix

SHAPE = Shape(np.eye(3), 0.1)
EVERY = -1e9  # a threshold that every pair reaches


def segments(rows: FloatMatrix, *sizes: int, shape: Shape = SHAPE, gone: tuple[int, ...] = ()) -> tuple[Codes, ...]:
    """Codes of the rows, in order; deleted rows have no key."""
    ends = np.cumsum(sizes).tolist()
    found = [encode(InMemory(rows), np.arange(end - size, end), shape) for size, end in zip(sizes, ends, strict=True)]
    return tuple(replace(one, keys=np.where(np.isin(one.keys, gone), -1, one.keys)) for one in found)


def one_corpus(rows: FloatMatrix, *sizes: int, threshold: float = EVERY, gone: tuple[int, ...] = ()) -> Sides:
    held, made = InMemory(rows), segments(rows, *sizes, gone=gone)
    return Sides((held, held), made, made, Bar(threshold, SHAPE.step), same=True)


def done(sides: Sides, workers: int = 2, order: int | None = None) -> tuple[np.ndarray, np.ndarray, Counts]:
    """Return sorted keys, their scores and the counts. order: shuffles the tasks."""
    tasks = sides.tasks()
    if order is not None:
        np.random.default_rng(order).shuffle(tasks)  # type: ignore[arg-type]
    parts, total = [], Counts()
    for task, found, counts in work(sides, tasks, 3, workers):
        assert counts.possible == sides.possible(task)
        parts.append(found)
        total += counts
    whole = joined(parts)
    at = np.lexsort((whole.keys[:, 1], whole.keys[:, 0]))
    return whole.keys[at], whole.scores[at], total


@pytest.mark.parametrize("tiles", [1, 2, 64])
@pytest.mark.parametrize(
    "sizes", [(), (0,), (1,), (2,), (1024,), (1025,), (1500, 20), (1, 1, 1, 1), (3, 1030, 2, 500), (0, 7, 0)]
)
def test_every_two_vectors_of_a_corpus_meet_exactly_once(
    sizes: tuple[int, ...], tiles: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TILES", tiles)
    count = sum(sizes)
    keys, _, counts = done(one_corpus(cloud("plain", count, 3), *sizes))
    assert counts == Counts(computed=count * (count - 1) // 2)
    assert np.array_equal(keys, np.stack(np.triu_indices(count, 1), axis=1))


@pytest.mark.parametrize(("lefts", "rights"), [((5,), (3,)), ((1030,), (7, 1100)), ((20, 3), (4,)), ((5,), (0,))])
def test_each_of_one_corpus_meets_each_of_the_other_exactly_once(
    lefts: tuple[int, ...], rights: tuple[int, ...]
) -> None:
    a, b = cloud("plain", sum(lefts), 3), cloud("plain", sum(rights), 3, seed=1)
    sides = Sides((InMemory(a), InMemory(b)), segments(a, *lefts), segments(b, *rights), Bar(EVERY, 0.1), same=False)
    keys, _, counts = done(sides)
    assert counts.possible == len(a) * len(b)
    assert np.array_equal(keys, np.stack(np.divmod(np.arange(len(a) * len(b)), max(len(b), 1)), axis=1))


def test_what_is_gone_meets_nothing_and_is_not_counted() -> None:
    gone = (0, 5, 1023, 1024, 1100)
    keys, _, counts = done(one_corpus(cloud("plain", 1200, 3), 1030, 170, gone=gone))
    assert counts.possible == len(keys) == 1195 * 1194 // 2
    assert not np.isin(keys, gone).any()
    assert len(np.unique(keys, axis=0)) == len(keys)


def test_a_key_need_not_be_a_position() -> None:
    rows = cloud("plain", 90, 3)
    part = Part(InMemory(rows), np.arange(1, 90, 4))
    made = (encode(part, part.keys, SHAPE),)
    keys, _, _ = done(Sides((part, part), made, made, Bar(EVERY, 0.1), same=True))
    assert np.array_equal(keys, part.keys[np.stack(np.triu_indices(len(part.keys), 1), axis=1)])


def test_the_outcome_is_the_same_to_the_bit_whatever_the_order_the_workers_and_the_segments() -> None:
    rows = clustered(2500, 3, 0.01)
    first = done(one_corpus(rows, 2500, threshold=0.999), workers=1)
    assert len(first[0]) > 2000
    for workers, order, sizes in [(2, 1, (2500,)), (3, 2, (2500,)), (1, 3, (1100, 1400)), (3, 4, (1, 2000, 499))]:
        keys, scores, counts = done(one_corpus(rows, *sizes, threshold=0.999), workers, order)
        assert np.array_equal(keys, first[0])
        assert np.array_equal(scores, first[1])
        assert counts.possible == first[2].possible


def test_the_tasks_of_segments_that_were_there_stay_the_same_when_another_is_added() -> None:
    rows = cloud("plain", 3200, 3)
    before, after = (set(one_corpus(rows, *sizes).tasks()) for sizes in ((2100, 1000), (2100, 1000, 100)))
    assert before < after
    assert all(task.left == 2 for task in after - before)


def test_a_fault_of_one_worker_is_told_and_leaves_no_thread_behind() -> None:
    sides = one_corpus(cloud("plain", 1500, 3), 1500)
    before = threading.active_count()
    with pytest.raises(IndexError):
        list(work(sides, [Task(0, 7, 0, 1)], 3, 2))
    assert threading.active_count() == before


def test_where_the_caller_stops_what_is_left_is_not_done() -> None:
    sides = one_corpus(cloud("plain", 60, 3), *[2] * 30)
    before, given = threading.active_count(), []

    def tasks():
        for task in sides.tasks():
            given.append(task)
            yield task

    running = work(sides, tasks(), 3, 2)
    next(running)
    running.close()
    assert threading.active_count() == before
    assert len(given) < 10 < len(sides.tasks())
