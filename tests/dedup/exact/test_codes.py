import threading
from functools import cache

import numpy as np
import pytest
from helpers.clouds import KINDS, bounds, cloud, scores
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from askew.dedup.exact.codes import LARGEST, TILE, ZERO, Bytes, Codes, Product, Shape, encode
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


NONE = np.iinfo(np.int32).max


def drawn(m: int, seed: int) -> Bytes:
    return np.random.default_rng(seed).integers(1, 128, (TILE, m)).astype(np.uint8)


def plain(left: Bytes, right: Bytes) -> NDArray[np.int64]:
    return (left.astype(np.int64) - ZERO) @ (right.astype(np.int64) - ZERO).T


def reached(product: Product, left: Bytes, bars: NDArray[np.int32]) -> NDArray[np.bool_]:
    cells = product.reached(left, bars)
    assert (np.diff(cells) > 0).all()  # each once
    table = np.zeros(TILE * TILE, bool)
    table[cells] = True
    return table.reshape(TILE, TILE)


@pytest.mark.parametrize("m", [1, 2, 3, 8, 31, 32, 33, 96, 384, 1024])
def test_every_product_is_exact(m: int) -> None:
    left, right = drawn(m, 1), drawn(m, 2)
    product, truth = Product(m), plain(left, right)
    product.set_right(right)
    for bars in (truth[:, 17], truth[:, 17] + 1, truth.max(axis=1), truth.min(axis=1)):
        assert np.array_equal(reached(product, left, bars.astype(np.int32)), truth >= bars[:, None])


@pytest.mark.parametrize("m", [1, 2, 33, 1024])
@pytest.mark.parametrize(("one", "other"), [(127, 127), (1, 1), (127, 1), (1, 127), (64, 127), (127, 64)])
def test_the_extremes_do_not_overflow(m: int, one: int, other: int) -> None:
    left, right = np.full((TILE, m), one, np.uint8), np.full((TILE, m), other, np.uint8)
    product, truth = Product(m), (one - ZERO) * (other - ZERO) * m
    product.set_right(right)
    assert reached(product, left, np.full(TILE, truth, np.int32)).all()
    assert not reached(product, left, np.full(TILE, truth + 1, np.int32)).any()


def test_alternating_extremes_are_exact_wherever_a_sum_is_cut_in_parts() -> None:
    for m in (2, 4, 34, 128):
        left, right = np.full((TILE, m), 127, np.uint8), np.full((TILE, m), 127, np.uint8)
        left[:, ::2], right[::2, 1::2] = 1, 1
        product, truth = Product(m), plain(left, right)
        product.set_right(right)
        bars = truth.max(axis=1).astype(np.int32)
        assert np.array_equal(reached(product, left, bars), truth >= bars[:, None])


def test_a_row_that_never_reaches_and_one_that_always_does() -> None:
    left, right = drawn(8, 1), drawn(8, 2)
    product, bars = Product(8), np.full(TILE, NONE, np.int32)
    product.set_right(right)
    assert len(product.reached(left, bars)) == 0
    bars[5], bars[9] = -NONE, np.iinfo(np.int32).min
    assert product.reached(left, bars).tolist() == [row * TILE + cell for row in (5, 9) for cell in range(TILE)]


def test_one_product_serves_one_right_after_the_other_and_blocks_out_of_a_larger_array() -> None:
    product, lefts = Product(12), np.concatenate([drawn(12, seed) for seed in range(3)])
    for seed in (7, 8, 7):
        right = drawn(12, seed)
        product.set_right(right)
        for number in range(3):
            left = lefts[number * TILE : (number + 1) * TILE]
            truth = plain(left, right)
            bars = np.quantile(truth, 0.99, axis=1).astype(np.int32)
            assert np.array_equal(reached(product, left, bars), truth >= bars[:, None])
    product.set_right(np.asfortranarray(right))
    scattered = np.repeat(lefts[:TILE], 2, axis=1)[:, ::2]  # non-contiguous memory
    truth = plain(scattered, right)
    assert np.array_equal(reached(product, scattered, truth[:, 0].astype(np.int32)), truth >= truth[:, :1])


def test_threads_do_not_disturb_each_other() -> None:
    wrong, start = list[int](), threading.Barrier(4)

    def work(seed: int) -> None:
        left, right = drawn(40, seed), drawn(40, seed + 100)
        truth = plain(left, right)
        bars = np.quantile(truth, 0.999, axis=1).astype(np.int32)
        start.wait()
        product = Product(40)
        for _ in range(15):
            product.set_right(right)
            if not np.array_equal(product.reached(left, bars), np.flatnonzero(truth >= bars[:, None])):
                wrong.append(seed)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
