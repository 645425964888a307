import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from askew.stores import Mask
from askew.stores.local.columns import covered
from askew.stores.local.snapshot import HELD, Masks
from askew.stores.where import parse


def finding(masks: Masks, where: dict[str, object]) -> tuple[Mask, bool]:
    """What is given, and whether it had to be found."""
    found = []

    def find() -> Mask:
        found.append(where)
        return np.ones(3, np.bool_)

    return masks.get(parse(where), find), bool(found)


def test_a_filter_is_found_once_and_another_one_is_another() -> None:
    masks = Masks()
    first, new = finding(masks, {"a": 1, "b": {"$in": ["x", "y"]}})
    assert new
    again, new = finding(masks, {"a": 1, "b": {"$in": ["x", "y"]}})
    assert again is first
    assert not new
    for other in ({"a": True, "b": {"$in": ["x", "y"]}}, {"a": "1"}, {"a": {"$ne": 1}}, {"a": {"$gte": 1}}, {}):
        assert finding(masks, other)[1]


def test_the_one_that_was_used_longest_ago_is_forgotten_first() -> None:
    masks = Masks()
    for i in range(HELD):
        finding(masks, {"a": i})
    assert not finding(masks, {"a": 0})[1]
    assert finding(masks, {"a": HELD})[1]
    assert not finding(masks, {"a": 0})[1]
    assert finding(masks, {"a": 1})[1]


def test_threads_share_the_cache() -> None:
    """Dropping the oldest mask failed when another thread had just taken it out to renew it."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    masks = Masks()
    try:
        with ThreadPoolExecutor(8) as threads:
            turns = [
                threads.submit(lambda i: [finding(masks, {"a": (i * j) % 40}) for j in range(400)], i) for i in range(8)
            ]
            assert all(len(turn.result()) == 400 for turn in turns)
    finally:
        sys.setswitchinterval(interval)
    assert len(masks._held) <= HELD


def test_what_others_hold_cannot_be_written_to() -> None:
    mask, _ = finding(Masks(), {"a": 1})
    with pytest.raises(ValueError, match="read-only"):
        mask[0] = False


@pytest.mark.parametrize("counts", [[1, 1, 1], [2, 0, 3], [0, 0, 0], [0, 1, 0]])
def test_ranges_cover_each_of_their_rows_once(counts: list[int]) -> None:
    first = np.array([7, 0, 3])
    expected = [row for start, count in zip(first, counts, strict=True) for row in range(start, start + count)]
    assert covered(first, np.array(counts)).tolist() == expected
    assert covered(first[:0], first[:0]).tolist() == []
