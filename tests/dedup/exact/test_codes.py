from functools import cache

import numpy as np
import pytest
from helpers.clouds import KINDS, bounds, cloud, scores
from hypothesis import given, settings
from hypothesis import strategies as st

from askew.dedup.exact.codes import LARGEST, TILE, ZERO, Codes, Shape, encode
from askew.dedup.exact.vectors import InMemory
from askew.errors import InputError
from askew.types import FloatMatrix


@cache
def axes(dim: int, m: int, seed: int = 1) -> np.ndarray:
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(dim, dim)))[0][:, :m]


def made(rows: FloatMatrix, m: int, step: float) -> tuple[Codes, Shape]:
    shape = Shape(axes(rows.shape[1], m), step)
    return encode(InMemory(rows), np.arange(len(rows)), shape), shape


def test_the_facts_of_a_code_are_what_they_are_said_to_be() -> None:
    rows = cloud("plain", 300, 24)
    codes, shape = made(rows, 8, 0.05)
    live = codes.keys >= 0
    assert sorted(codes.keys[live].tolist()) == list(range(300))
    full = rows[codes.keys[live]].astype(np.float64)
    projected = full @ shape.axes
    own = shape.step * (codes.codes[live].astype(np.float64) - ZERO)
    assert (np.abs(own - projected)[np.abs(projected) < LARGEST * shape.step] <= shape.step / 2 + 1e-12).all()
    assert codes.inner[live] == pytest.approx(np.linalg.norm(own, axis=1))
    assert codes.error[live] == pytest.approx(np.linalg.norm(projected - own, axis=1))
    assert codes.tail[live] == pytest.approx(np.linalg.norm(full - projected @ shape.axes.T, axis=1))
    assert codes.length[live] == pytest.approx(np.linalg.norm(full, axis=1))


@pytest.mark.parametrize("count", [0, 1, TILE - 1, TILE, TILE + 1, 9000])
def test_blocks_are_filled_up_with_zeros_that_have_no_key(count: int) -> None:
    codes, _ = made(cloud("plain", count, 5), 3, 0.1)
    assert codes.blocks == -(-count // TILE)
    assert len(codes.keys) == codes.blocks * TILE
    assert (codes.keys[count:] == -1).all()
    assert (codes.codes[count:] == ZERO).all()
    for fact in (codes.inner, codes.error, codes.tail, codes.length):
        assert fact.shape == codes.keys.shape
        assert (fact[count:] == 0).all()
    assert sorted(codes.keys[:count].tolist()) == list(range(count))
    assert (np.diff(codes.tail[:count]) >= 0).all()
    together = [codes.block(number).keys for number in range(codes.blocks)]
    assert np.array_equal(np.concatenate([np.empty(0, np.int64), *together]), codes.keys)


def test_only_the_keys_that_are_given_are_coded_whatever_their_order() -> None:
    rows = cloud("plain", 40, 5)
    shape = Shape(axes(5, 3), 0.1)
    some, all_of_them = (encode(InMemory(rows), keys, shape) for keys in (np.array([31, 2, 17]), np.arange(40)))
    assert sorted(some.keys[some.keys >= 0].tolist()) == [2, 17, 31]
    for place, key in enumerate(some.keys[:3]):
        there = int(np.flatnonzero(all_of_them.keys == key)[0])
        assert np.array_equal(some.codes[place], all_of_them.codes[there])
        assert some.tail[place] == pytest.approx(all_of_them.tail[there])


def test_without_dimensions_all_of_a_vector_is_tail() -> None:
    rows = cloud("plain", 10, 5)
    codes, _ = made(rows, 0, 1.0)
    assert codes.codes.shape == (TILE, 0)
    assert codes.tail[:10] == pytest.approx(codes.length[:10])
    assert not codes.inner.any()
    assert not codes.error.any()


def test_codes_keep_within_their_bytes_however_great_the_vector() -> None:
    codes, _ = made(cloud("huge", 50, 6), 6, 1e-9)
    assert codes.codes.min() == ZERO - LARGEST == 1
    assert codes.codes.max() == ZERO + LARGEST == 127


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("dim", "m"), [(1, 1), (2, 1), (33, 8), (33, 33), (384, 32)])
def test_the_bound_is_never_below_the_inner_product(kind: str, dim: int, m: int) -> None:
    rows = cloud(kind, 200, dim)
    for step in (1e-9, 0.02 * float(np.abs(rows).max()), 1e5):
        codes, shape = made(rows, m, step)
        ordered = rows[codes.keys[:200]]
        assert (bounds(codes, 200, shape) >= scores(ordered, ordered)).all()


@settings(max_examples=60, deadline=None)
@given(
    numbers=st.lists(st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=4), min_size=2, max_size=12),
    m=st.integers(0, 4),
    power=st.floats(-8, 6),
    seed=st.integers(0, 99),
)
def test_the_bound_holds_for_any_numbers_axes_and_steps(
    numbers: list[list[float]], m: int, power: float, seed: int
) -> None:
    rows = np.array(numbers, np.float32)
    shape, count = Shape(axes(4, m, seed), 10.0**power), len(numbers)
    codes = encode(InMemory(rows), np.arange(count), shape)
    ordered = rows[codes.keys[:count]]
    assert (bounds(codes, count, shape) >= scores(ordered, ordered)).all()


def test_a_vector_within_the_leading_dimensions_still_has_a_tail_that_covers_what_float64_loses() -> None:
    shape = Shape(axes(384, 32), 0.01)
    within = (np.random.default_rng(3).normal(size=(500, 32)) @ shape.axes.T).astype(np.float32)
    codes = encode(InMemory(within), np.arange(500), shape)
    rest = within[codes.keys[:500]].astype(np.float64)
    rest -= rest @ shape.axes @ shape.axes.T
    assert (codes.tail[:500] >= np.linalg.norm(rest, axis=1)).all()


def test_a_vector_that_cannot_be_coded_is_named() -> None:
    rows = cloud("plain", 9000, 4)
    rows[8500, 2] = np.nan
    with pytest.raises(InputError, match=r"\b8500\b"):
        made(rows, 2, 0.1)
