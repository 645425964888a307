import sys
from pathlib import Path

import numpy as np
import pytest
from helpers.clouds import cloud

from askew.dedup.exact.vectors import LARGEST, InMemory, OnDisk, Part, Vectors, in_full
from askew.errors import InputError


@pytest.fixture(params=["memory", "disk"])
def held(request: pytest.FixtureRequest, tmp_path: Path) -> Vectors:
    rows = cloud("plain", 7, 3)
    if request.param == "memory":
        return InMemory(rows)
    (tmp_path / "v").write_bytes(rows.tobytes())
    return OnDisk(tmp_path / "v", 7, 3)


def test_vectors_come_in_the_order_of_the_keys_which_may_repeat(held: Vectors) -> None:
    rows = cloud("plain", 7, 3)
    assert held.keys.tolist() == list(range(7))
    assert held.keys.dtype == np.int64
    for keys in ([], [6], [4, 0, 4], np.array([2, 1]), held.keys):
        got = held.vectors(keys)
        assert got.dtype == np.float32
        assert got.shape == (len(keys), 3)
        assert np.array_equal(got, rows[np.asarray(keys, np.int64)])


def test_what_is_given_out_is_a_copy(held: Vectors) -> None:
    held.vectors([1])[:] = 9
    assert np.array_equal(held.vectors([1]), cloud("plain", 7, 3)[1:2])


def test_a_key_that_is_not_there_is_refused(held: Vectors) -> None:
    with pytest.raises(IndexError):
        held.vectors([7])


def test_only_the_first_rows_of_a_longer_file_count(tmp_path: Path) -> None:
    rows = cloud("plain", 7, 3)
    (tmp_path / "v").write_bytes(rows.tobytes() + b"torn")
    assert np.array_equal(OnDisk(tmp_path / "v", 5, 3).vectors([4]), rows[4:5])
    assert OnDisk(tmp_path / "v", 5, 3).keys.tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(InputError, match=r"/v .*\b8\b.*\b3\b"):
        OnDisk(tmp_path / "v", 8, 3)


def test_no_vectors_at_all(tmp_path: Path) -> None:
    (tmp_path / "v").touch()
    for held in (OnDisk(tmp_path / "v", 0, 3), InMemory(np.empty((0, 3), np.float32))):
        assert held.keys.shape == (0,)
        assert held.vectors([]).shape == (0, 3)


def test_the_numbers_of_a_file_have_one_order_of_bytes_on_every_machine(tmp_path: Path) -> None:
    other = ">" if sys.byteorder == "little" else "<"
    (tmp_path / "v").write_bytes(cloud("plain", 7, 3).astype("<f4").tobytes())
    assert OnDisk(tmp_path / "v", 7, 3).vectors([0]).dtype.byteorder != other


def test_other_numbers_than_float32_become_such() -> None:
    for given in (np.float64, np.float16, np.int64):
        assert InMemory(np.ones((2, 3), given)).vectors([0, 1]).dtype == np.float32  # type: ignore[arg-type]


def test_a_part_has_its_own_keys_and_the_vectors_of_the_whole() -> None:
    rows = cloud("plain", 7, 3)
    part = Part(InMemory(rows), np.array([1, 5]))
    assert part.keys.tolist() == [1, 5]
    assert np.array_equal(part.vectors([5, 1, 5]), rows[[5, 1, 5]])


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf, 1e30, -1e16])
def test_a_number_that_cannot_be_compared_is_refused_and_its_vector_named(bad: float) -> None:
    rows = cloud("plain", 7, 3)
    rows[4, 1] = bad
    with pytest.raises(InputError, match=r"\b4\b.* 1e\+15\b"):
        in_full(InMemory(rows), np.array([1, 4, 6]))
    assert np.array_equal(in_full(InMemory(rows), np.array([1, 6])), rows[[1, 6]].astype(np.float64))


def test_the_largest_number_that_is_allowed_is() -> None:
    assert in_full(InMemory(np.full((1, 2), LARGEST, np.float32)), np.array([0])).shape == (1, 2)
    assert in_full(InMemory(np.empty((2, 0), np.float32)), np.array([0, 1])).shape == (2, 0)
