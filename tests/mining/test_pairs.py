import numpy as np
import pytest

from askew.mining.pairs import array_blocks, pairs
from askew.progress import Progress


def brute(vectors: np.ndarray, threshold: float) -> dict[tuple[int, int], float]:
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    rows, columns = np.nonzero(np.triu(exact >= threshold, 1))
    return {(int(i), int(j)): exact[i, j] for i, j in zip(rows, columns, strict=True)}


def clustered(count: int, dim: int, noise: float, unit: bool = True) -> np.ndarray:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(count // 10, dim))[rng.integers(0, count // 10, count)]
    vectors = vectors + noise * rng.normal(size=(count, dim))
    if unit:
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32)


@pytest.mark.parametrize("rows", [1, 7, 64, 1000])
@pytest.mark.parametrize("unit", [True, False])
def test_every_pair_and_no_other_whatever_the_tile(rows: int, unit: bool) -> None:
    vectors = clustered(150, 16, 0.3, unit)
    expected = brute(vectors, 0.8)
    found = pairs(array_blocks(vectors, rows), 0.8, len(vectors))
    assert {(int(a), int(b)) for a, b in found.keys} == set(expected)
    assert len(found.keys) == len(expected) > 50
    assert np.allclose(found.scores, [expected[(int(a), int(b))] for a, b in found.keys])
    assert (np.diff(found.scores) <= 0).all()


def test_a_dense_group_loses_no_pair() -> None:
    vectors = clustered(1200, 8, 0.0)[:1200]
    vectors[:400] = vectors[0]
    found = pairs(array_blocks(vectors, 256), 0.999, len(vectors))
    assert len(found.keys) == len(brute(vectors, 0.999)) >= 400 * 399 // 2


def test_a_pair_within_rounding_of_the_threshold_is_decided_in_float64() -> None:
    vectors = clustered(300, 384, 0.4)
    exact = vectors.astype(np.float64) @ vectors.astype(np.float64).T
    for i, j in [(3, 8), (17, 240), (34, 180), (5, 6), (100, 299)]:
        # A step of 1e-12 is far below what float32 can tell, and above the rounding of float64.
        below, above = (pairs(array_blocks(vectors), float(exact[i, j]) + step, 300) for step in (-1e-12, 1e-12))
        assert [i, j] in below.keys.tolist()
        assert [i, j] not in above.keys.tolist()


def test_progress_ends_at_all_pairs_compared() -> None:
    told: list[Progress] = []
    pairs(array_blocks(clustered(100, 8, 0.1), 30), 0.9, 100, told.append)
    assert told[-1].done == told[-1].total == 100 * 101 // 2


def test_nothing_has_no_pairs() -> None:
    found = pairs(array_blocks(np.empty((0, 4), np.float32)), 0.5, 0)
    assert found.keys.shape == (0, 2)
