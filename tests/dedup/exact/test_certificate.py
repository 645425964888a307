from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from helpers.clouds import cloud, clustered

from askew.dedup.exact.begin import Begun, begin
from askew.dedup.exact.pairs import Certificate, pairs, verify
from askew.dedup.exact.tiles import Counts, Pairs
from askew.dedup.exact.vectors import InMemory
from askew.dedup.exact.work import work
from askew.errors import AskewError
from askew.types import FloatMatrix

NOTHING = Certificate(0, 0, 0, 0, 0, 0)
THRESHOLD = 0.98
COUNT = 120  # fewer than are verified per block
pytestmark = pytest.mark.usefixtures("coded")


def done(left: FloatMatrix, right: FloatMatrix | None = None) -> tuple[Begun, Pairs]:
    one = InMemory(left)
    sides = (one, one if right is None else InMemory(right))
    with begin(sides, THRESHOLD, None, 1 << 30) as begun:
        for task, found, counts in work(begun.sides, begun.sides.tasks(), begun.plan.shape.m, 2):
            begun.ledger.record(task, found, counts)
    return begun, begun.ledger.pairs(THRESHOLD)


@pytest.fixture(scope="module")
def small() -> Iterator[tuple[Begun, Pairs]]:
    """A single block, verified in full."""
    with pytest.MonkeyPatch.context() as patch:
        for module in ("begin", "shape"):
            patch.setattr(f"askew.dedup.exact.{module}.SMALL", 0)
        yield done(clustered(COUNT, 8, 0.1))


def without(found: Pairs, place: int) -> Pairs:
    return Pairs(np.delete(found.keys, place, axis=0), np.delete(found.scores, place))


def test_any_pair_that_is_missing_is_noticed(small: tuple[Begun, Pairs]) -> None:
    begun, found = small
    assert verify(NOTHING, begun.plan, begun.sides.vectors, found, 1).checked == COUNT * (COUNT - 1) // 2
    assert len(found.keys) > 30
    for place in range(len(found.keys)):
        with pytest.raises(AskewError, match=r"\b1 pairs"):
            verify(NOTHING, begun.plan, begun.sides.vectors, without(found, place), 1)
    with pytest.raises(AskewError, match=rf"\b{len(found.keys)} pairs"):
        verify(NOTHING, begun.plan, begun.sides.vectors, Pairs(found.keys[:0], found.scores[:0]), 1)


def test_a_missing_pair_between_two_blocks_is_noticed_once_enough_is_looked_at() -> None:
    begun, found = done(clustered(2500, 8, 0.2))
    assert verify(NOTHING, begun.plan, begun.sides.vectors, found, 60).checked > 0
    [segment] = begun.plan.left
    place = np.empty(2500, np.int64)
    place[segment.keys[:2500]] = np.arange(2500) // 1024
    apart = int(np.flatnonzero(place[found.keys[:, 0]] != place[found.keys[:, 1]])[0])
    with pytest.raises(AskewError, match=r"\b1 pairs"):
        verify(NOTHING, begun.plan, begun.sides.vectors, without(found, apart), 300)


def test_a_missing_pair_of_two_corpora_is_noticed() -> None:
    rows = clustered(200, 8, 0.1)
    begun, found = done(rows[:COUNT], rows[COUNT:])
    assert verify(NOTHING, begun.plan, begun.sides.vectors, found, 1).checked == COUNT * 80
    for place in range(0, len(found.keys), 5):
        with pytest.raises(AskewError, match=r"\b1 pairs"):
            verify(NOTHING, begun.plan, begun.sides.vectors, without(found, place), 1)


def test_what_is_gone_is_not_missed(small: tuple[Begun, Pairs]) -> None:
    begun, found = small
    gone = int(found.keys[0, 0])
    segments = tuple(replace(part, keys=np.where(part.keys == gone, -1, part.keys)) for part in begun.plan.left)
    left = ~(found.keys == gone).any(axis=1)
    plan = replace(begun.plan, left=segments, right=segments)
    verified = verify(NOTHING, plan, begun.sides.vectors, Pairs(found.keys[left], found.scores[left]), 1)
    assert verified.checked == (COUNT - 1) * (COUNT - 2) // 2


def test_a_pair_at_the_border_may_be_there_or_not(small: tuple[Begun, Pairs]) -> None:
    begun, found = small
    place = int(found.scores.argmin())
    for score in (found.scores[place], np.nextafter(found.scores[place], 1)):
        plan = replace(begun.plan, threshold=float(score))
        verify(NOTHING, plan, begun.sides.vectors, found, 1)
        verify(NOTHING, plan, begun.sides.vectors, without(found, place), 1)


@pytest.mark.parametrize("count", [0, 1, 2, 900, 2500])
def test_the_certificate_adds_up(count: int) -> None:
    rows = cloud("unit", count, 12)
    certificate = pairs(InMemory(rows), 0.9).certificate
    assert certificate.possible == count * (count - 1) // 2
    assert certificate.possible == certificate.length + certificate.bound + certificate.computed
    assert (certificate.dimensions, certificate.of) == (12 if count > 1 else 0, 12)
    assert (certificate.checked > 0) == (certificate.possible > 0)
    assert certificate.bound > 0 or count < 900


def test_only_as_much_is_checked_as_is_asked(small: tuple[Begun, Pairs]) -> None:
    begun, found = small
    told = Certificate(6, 1, 2, 3, 4, 5)
    assert verify(told, begun.plan, begun.sides.vectors, found, 0) == told
    assert verify(told, begun.plan, begun.sides.vectors, found, 3) == replace(
        told, checked=3 * COUNT * (COUNT - 1) // 2
    )
    assert sum(begun.ledger.done.values(), Counts()).possible == COUNT * (COUNT - 1) // 2
