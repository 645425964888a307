import threading

import numpy as np
import pytest
from numpy.typing import NDArray

from askew.dedup.exact.codes import TILE, ZERO, Bytes
from askew.dedup.exact.product import Product

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
