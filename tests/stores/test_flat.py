from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from askew.stores import flat
from askew.stores.flat import Found, merged, nothing, scan

Mask = NDArray[np.bool_]


def longest(vectors: np.ndarray) -> float:
    return float(np.linalg.norm(vectors, axis=1).max(initial=0))


def brute(vectors: np.ndarray, queries: np.ndarray, k: int, kept: Mask | None = None, start: int = 0) -> Found:
    """Every inner product in float64, rounded to float32; the lower row first among equals."""
    found = nothing(len(queries), k)
    for i, query in enumerate(queries.astype(np.float64)):
        scores = (vectors.astype(np.float64) * query).sum(axis=1).astype(np.float32)
        rows = [row for row in range(start, len(vectors)) if kept is None or kept[row]]
        rows = sorted(rows, key=lambda row: (-scores[row], row))[:k]
        found.rows[i, : len(rows)] = rows
        found.scores[i, : len(rows)] = scores[rows]
    return found


def assert_same(found: Found, expected: Found) -> None:
    assert found.rows.tolist() == expected.rows.tolist()
    assert found.scores.tolist() == expected.scores.tolist()
    assert found.rows.dtype == np.int64
    assert found.scores.dtype == np.float32


def check(vectors: np.ndarray, queries: np.ndarray, k: int, kept: Mask | None = None, start: int = 0) -> None:
    found = scan(vectors, queries, k, kept, longest(vectors), start)
    assert_same(found, brute(vectors, queries, k, kept, start))


def normal(*shape: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.mark.parametrize("dim", [1, 3, 64, 384])
@pytest.mark.parametrize("k", [1, 10, 299, 300, 301])
def test_the_best_in_order_for_several_queries(dim: int, k: int) -> None:
    check(unit(normal(300, dim)), unit(normal(5, dim, seed=2)), k)


def test_lengths_count_they_are_not_divided_out() -> None:
    vectors = normal(400, 32) * np.geomspace(1e-3, 1e3, 400, dtype=np.float32)[:, None]
    check(vectors, normal(4, 32, seed=2) * 50, 20)


def test_the_best_may_have_scores_below_zero() -> None:
    vectors = -np.abs(normal(200, 8))
    check(vectors, np.abs(normal(3, 8, seed=2)), 7)
    check(vectors, np.abs(normal(3, 8, seed=2)), 7, np.arange(200) % 50 == 3)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_ties_go_to_the_lower_row_whatever_the_blocks(data: st.DataObject) -> None:
    """Small whole numbers: many equal scores, and every product exact."""
    rng = np.random.default_rng(data.draw(st.integers(0, 10**6)))
    count, queries = data.draw(st.integers(0, 40)), data.draw(st.integers(1, 9))
    vectors = rng.integers(-1, 2, (count, 3)).astype(np.float32)
    share = data.draw(st.sampled_from([None, 0.0, 0.1, 0.5, 1.0]))
    kept = None if share is None else rng.random(count) < share
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flat, "BLOCK", data.draw(st.sampled_from([1, 2, 7, 40])))
        patch.setattr(flat, "CELLS", data.draw(st.sampled_from([9, 30, 1000])))
        patch.setattr(flat, "QUERIES", data.draw(st.sampled_from([1, 2, 9])))
        check(
            vectors,
            rng.integers(-1, 2, (queries, 3)).astype(np.float32),
            data.draw(st.integers(1, 45)),
            kept,
            data.draw(st.integers(0, count)),
        )


@pytest.mark.parametrize("dim", [2, 7, 100, 384, 769])
def test_a_vector_stored_many_times_scores_the_same_everywhere(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # Blocks of odd sizes, the last a single row: a product of another shape adds up in another order.
    monkeypatch.setattr(flat, "BLOCK", 333)
    vectors = unit(normal(1000, dim))
    vectors[np.arange(0, 1000, 3)] = vectors[0]
    for queries in (vectors[:1], vectors[:7], unit(normal(3, dim, seed=2))):
        for kept in (None, np.arange(1000) % 9 < 8, np.arange(1000) % 9 == 0):
            check(vectors, queries, 40, kept)
    found = scan(vectors, vectors[:1], 334, None, longest(vectors))
    assert found.rows.tolist() == [list(range(0, 1000, 3))]
    assert len(set(found.scores[0].tolist())) == 1


@pytest.mark.parametrize("dim", [1, 2, 16, 384])
def test_rounding_loses_no_row_that_belongs(dim: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Vectors so near to one another that a product in single precision cannot order them."""
    monkeypatch.setattr(flat, "BLOCK", 150)
    rng = np.random.default_rng(3)
    for size in (1e-4, 1.0, 1e4):
        vectors = (size * (rng.normal(size=(1, dim)) + 2e-7 * rng.normal(size=(1000, dim)))).astype(np.float32)
        check(vectors, rng.normal(size=(4, dim)).astype(np.float32), 10)
        check(vectors, vectors[:3], 10, rng.random(1000) < 0.5)


@pytest.mark.parametrize("share", [0.01, 0.1, 0.15, 0.2, 0.9])
def test_only_kept_rows_are_found(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "BLOCK", 100)
    vectors = unit(normal(950, 16))
    kept = np.random.default_rng(4).random(950) < share
    # No query is nearer to a kept row than to itself.
    queries = vectors[~kept][:6]
    check(vectors, queries, 5, kept)
    check(vectors, queries, 950, kept)
    kept[:400] = False
    check(vectors, queries, 5, kept)


def test_no_row_is_kept() -> None:
    assert_same(scan(normal(50, 4), normal(2, 4), 3, np.zeros(50, np.bool_), 5.0), nothing(2, 3))


def test_rows_before_the_start_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "BLOCK", 64)
    vectors = unit(normal(300, 8))
    kept = np.arange(300) % 2 == 0
    for start in (0, 1, 63, 64, 65, 150, 299, 300):
        check(vectors, vectors[:20], 4, None, start)
        check(vectors, vectors[:20], 4, kept, start)
    assert (scan(vectors, vectors[:1], 300, None, 1.0, 150).rows[0][:150] >= 150).all()


@pytest.mark.parametrize("block", [1, 3, 64, 99, 100, 101])
def test_rows_and_queries_at_the_borders_of_blocks(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "BLOCK", block)
    monkeypatch.setattr(flat, "QUERIES", 4)
    vectors = unit(normal(100, 8))
    check(vectors, unit(normal(9, 8, seed=2)), 6)
    # Each row is the best for itself: none is skipped between two blocks, none is found at a neighbour's place.
    found = scan(vectors, vectors, 1, None, 1.0)
    assert found.rows[:, 0].tolist() == list(range(100))


def test_the_scores_held_at_a_time_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flat, "CELLS", 70)
    monkeypatch.setattr(flat, "QUERIES", 7)
    sizes, scored = [], flat._scored

    def watched(*args: object) -> Iterator[object]:
        for rows, scores in scored(*args):  # type: ignore[arg-type]
            sizes.append(scores.size)
            yield rows, scores

    monkeypatch.setattr(flat, "_scored", watched)
    check(unit(normal(101, 8)), unit(normal(15, 8, seed=2)), 12)
    assert max(sizes) == 70
    assert sum(sizes) == 101 * 15


def test_the_sizes_of_real_life_cross_a_block() -> None:
    vectors = unit(normal(flat.BLOCK + 100, 8))
    queries = vectors[[0, flat.BLOCK - 1, flat.BLOCK, flat.BLOCK + 99]]
    found = scan(vectors, queries, 3, None, longest(vectors))
    assert found.rows[:, 0].tolist() == [0, flat.BLOCK - 1, flat.BLOCK, flat.BLOCK + 99]
    check(vectors, queries[2:3], 3)


def test_fewer_rows_than_asked_end_in_no_row_and_minus_infinity() -> None:
    vectors = np.array([[1, 0], [0, 2]], np.float32)
    found = scan(vectors, np.array([[1, 1]], np.float32), 4, None, 2.0)
    assert found.rows.tolist() == [[1, 0, -1, -1]]
    assert found.scores.tolist() == [[2, 1, -np.inf, -np.inf]]


def test_nothing_in_nothing() -> None:
    assert_same(scan(np.empty((0, 4), np.float32), normal(2, 4), 3, None, 0.0), nothing(2, 3))
    assert_same(scan(np.empty((0, 4), np.float32), normal(2, 4), 3, np.empty(0, np.bool_), 0.0), nothing(2, 3))
    assert scan(normal(5, 4), np.empty((0, 4), np.float32), 3, None, 9.0).rows.shape == (0, 3)


def test_vectors_of_zeros_are_all_alike() -> None:
    vectors = np.zeros((20, 4), np.float32)
    assert scan(vectors, normal(1, 4), 3, None, 0.0).rows.tolist() == [[0, 1, 2]]
    assert scan(vectors, np.zeros((1, 4), np.float32), 3, None, 0.0).rows.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("cut", [0, 1, 40, 99, 100])
def test_two_halves_merged_are_the_whole(cut: int) -> None:
    vectors = np.random.default_rng(5).integers(-1, 2, (100, 4)).astype(np.float32)
    queries = normal(6, 4)
    for k in (1, 10, 60, 120):
        lower = scan(vectors[:cut], queries, k, None, 2.0)
        upper = scan(vectors, queries, k, None, 2.0, start=cut)
        assert_same(merged(lower, upper), brute(vectors, queries, k))
        assert_same(merged(upper, lower), brute(vectors, queries, k))


@pytest.mark.filterwarnings("ignore:overflow:RuntimeWarning")
def test_vectors_too_long_for_their_squares_are_found() -> None:
    vectors = np.float32(1e25) * normal(20, 4)
    assert longest(vectors) == np.inf
    check(vectors, normal(1, 4, seed=2), 3)
