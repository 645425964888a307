from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.progress import Progress
from askew.stores.flat import Found, scan
from askew.stores.local.ivf import Ivf, load
from askew.stores.local.ivf_build import build

ROWS, DIM = 20_000, 32

Matrix = NDArray[np.float32]


def drawn(count: int, seed: int, *, unit: bool = True) -> Matrix:
    """Of one mixture, whatever the seed; of very different lengths unless `unit`."""
    centres = np.random.default_rng(0).normal(size=(150, DIM))
    rng = np.random.default_rng([7, seed])
    vectors = centres[rng.integers(0, len(centres), count)] + 0.9 * rng.normal(size=(count, DIM))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    if not unit:
        vectors *= np.exp(0.4 * rng.normal(size=(count, 1)))
    return vectors.astype(np.float32)


def longest(vectors: Matrix) -> float:
    return float(np.linalg.norm(vectors, axis=1).max())


def recall(found: Found, vectors: Matrix, queries: Matrix, k: int, kept: NDArray[np.bool_] | None = None) -> float:
    truth = scan(vectors, queries, k, kept, longest(vectors))
    return float(np.mean([np.isin(truth.rows[i], found.rows[i]).mean() for i in range(len(queries))]))


@pytest.fixture(scope="module")
def vectors() -> Matrix:
    return drawn(ROWS, 1)


@pytest.fixture(scope="module")
def queries() -> Matrix:
    return drawn(500, 2)


@pytest.fixture(scope="module")
def ivf(vectors: Matrix) -> Ivf:
    return build(vectors, None, 0.99)


def test_the_recall_asked_for_is_reached_on_fresh_queries_and_is_work(
    ivf: Ivf, vectors: Matrix, queries: Matrix
) -> None:
    assert recall(ivf.search(vectors, queries, 10), vectors, queries, 10) >= 0.985
    assert ivf.measured.recall >= 0.99
    assert 1 < ivf.measured.probes < ivf.measured.lists / 2
    less = Ivf(ivf._index, ivf._radius, replace(ivf.measured, gap=ivf.measured.gap / 4))
    assert recall(less.search(vectors, queries, 10), vectors, queries, 10) < 0.95


def test_less_recall_is_less_work(ivf: Ivf, vectors: Matrix, queries: Matrix) -> None:
    quick = build(vectors, None, 0.8)
    assert quick.measured.probes < ivf.measured.probes
    assert recall(quick.search(vectors, queries, 10), vectors, queries, 10) >= 0.78


def test_scores_are_those_of_the_exact_search_and_fall(ivf: Ivf, vectors: Matrix, queries: Matrix) -> None:
    found = ivf.search(vectors, queries[:50], 10)
    exact = np.einsum("nkd,nd->nk", vectors[found.rows], queries[:50], dtype=np.float64).astype(np.float32)
    assert found.scores.tolist() == exact.tolist()
    assert (np.diff(found.scores, axis=1) <= 0).all()


def test_one_query_finds_what_many_find(ivf: Ivf, vectors: Matrix, queries: Matrix) -> None:
    many = ivf.search(vectors, queries[:150], 10)
    for i in range(150):
        assert ivf.search(vectors, queries[i : i + 1], 10).rows[0].tolist() == many.rows[i].tolist()


def test_two_builds_are_equal(ivf: Ivf, vectors: Matrix, queries: Matrix) -> None:
    again = build(vectors, None, 0.99)
    assert replace(again.measured, seconds=0) == replace(ivf.measured, seconds=0)
    assert again.search(vectors, queries, 10).rows.tolist() == ivf.search(vectors, queries, 10).rows.tolist()


@pytest.mark.parametrize(("share", "least"), [(0.5, 0.98), (0.01, 0.98), (0.001, 0.98)])
def test_a_filter_is_obeyed_and_costs_no_recall(
    ivf: Ivf, vectors: Matrix, queries: Matrix, share: float, least: float
) -> None:
    kept = np.random.default_rng(3).random(ROWS) < share
    found = ivf.search(vectors, queries, 10, kept)
    assert kept[found.rows[found.rows >= 0]].all()
    assert recall(found, vectors, queries, 10, kept) >= least


def test_a_filter_far_from_the_query_finds_what_there_is(ivf: Ivf, vectors: Matrix) -> None:
    side = np.argsort(vectors @ vectors[0])
    kept = np.zeros(ROWS, np.bool_)
    kept[side[:400]] = True  # all that is least like row 0
    near = vectors[side[-200:]]
    found = ivf.search(vectors, near, 10, kept)
    assert kept[found.rows].all()
    assert recall(found, vectors, near, 10, kept) >= 0.98


def test_a_filter_that_keeps_nothing_or_one(ivf: Ivf, vectors: Matrix, queries: Matrix) -> None:
    kept = np.zeros(ROWS, np.bool_)
    assert (ivf.search(vectors, queries[:3], 5, kept).rows == -1).all()
    kept = kept.copy()
    kept[4711] = True
    found = ivf.search(vectors, queries[:3], 5, kept)
    assert found.rows.tolist() == [[4711, -1, -1, -1, -1]] * 3
    assert np.isneginf(found.scores[:, 1:]).all()


def test_an_exact_scan_is_for_few_rows(ivf: Ivf) -> None:
    kept = np.zeros(ROWS, np.bool_)
    assert ivf.worth_it(None)
    assert not ivf.worth_it(kept)
    kept[: ROWS // 2] = True
    assert ivf.worth_it(kept)


def test_dead_rows_are_not_found_and_recall_is_of_the_living(vectors: Matrix, queries: Matrix) -> None:
    alive = np.random.default_rng(4).random(ROWS) < 0.7
    some = build(vectors, alive, 0.99)
    assert some.measured.rows == ROWS
    for kept in (None, alive):
        found = some.search(vectors, queries, 10, kept)
        assert alive[found.rows].all()
        assert recall(found, vectors, queries, 10, alive) >= 0.98


def test_rows_that_die_after_the_build_are_not_found(ivf: Ivf, vectors: Matrix, queries: Matrix) -> None:
    before = ivf.search(vectors, queries, 10)
    alive = np.ones(ROWS, np.bool_)
    alive[before.rows[:, 0]] = False
    after = ivf.search(vectors, queries, 10, alive)
    assert alive[after.rows].all()
    assert recall(after, vectors, queries, 10, alive) >= 0.985


def test_what_is_appended_is_found(vectors: Matrix, queries: Matrix, tmp_path: Path) -> None:
    build(vectors[:15_000], None, 0.99).save(tmp_path / "ivf-1")
    told: list[Progress] = []
    grown = load(tmp_path / "ivf-1", growing=True)
    kept = np.zeros(ROWS, np.bool_)
    kept[::2] = True
    grown.search(vectors[:15_000], queries[:1], 10, kept[:15_000])
    grown.extend(vectors, told.append)
    assert grown.rows == ROWS
    assert told[-1].done == told[-1].total == 5000
    found = grown.search(vectors, queries, 10)
    assert (found.rows >= 15_000).any()
    assert recall(found, vectors, queries, 10) >= 0.98
    filtered = grown.search(vectors, queries, 10, kept)
    assert recall(filtered, vectors, queries, 10, kept) >= 0.98
    assert grown.search(vectors, vectors[ROWS - 1 :], 1).rows.tolist() == [[ROWS - 1]]
    assert not grown.outgrown(29_999)
    assert grown.outgrown(30_000)


def test_a_row_past_what_it_covers_is_not_found(vectors: Matrix) -> None:
    some = build(vectors[:10_000], None, 0.99)
    found = some.search(vectors, vectors[15_000:15_050], 10, np.ones(ROWS, np.bool_))
    assert (found.rows < 10_000).all()


@pytest.mark.parametrize("growing", [False, True])
def test_what_was_saved_is_what_is_loaded(
    ivf: Ivf, vectors: Matrix, queries: Matrix, tmp_path: Path, growing: bool
) -> None:
    ivf.save(tmp_path / "ivf-1")
    assert [entry.name for entry in tmp_path.iterdir()] == ["ivf-1"]
    again = load(tmp_path / "ivf-1", growing=growing)
    assert again.measured == ivf.measured
    kept = np.random.default_rng(5).random(ROWS) < 0.3
    for mask in (None, kept):
        one, other = (which.search(vectors, queries, 10, mask) for which in (ivf, again))
        assert one.rows.tolist() == other.rows.tolist()
        assert one.scores.tolist() == other.scores.tolist()


def shortened(folder: Path) -> None:
    file = folder / "lists.faiss"
    file.write_bytes(file.read_bytes()[:-100])


def foreign(folder: Path) -> None:
    file = folder / "lists.faiss"
    file.write_bytes(b"no index" * (file.stat().st_size // 8) + b"!" * (file.stat().st_size % 8))


def flipped(folder: Path) -> None:
    file = folder / "lists.faiss"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def no_facts(folder: Path) -> None:
    (folder / "facts.json").write_text("{}")


def other_format(folder: Path) -> None:
    facts = folder / "facts.json"
    facts.write_text(facts.read_text().replace('"format": 1', '"format": 2'))


def other_kind(folder: Path) -> None:
    (folder / "facts.json").write_text("\x00\xff")


@pytest.mark.parametrize("damage", [shortened, foreign, flipped, no_facts, other_format, other_kind])
def test_a_damaged_index_is_refused(ivf: Ivf, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    ivf.save(tmp_path / "ivf-1")
    damage(tmp_path / "ivf-1")
    with pytest.raises(StoreError, match=r"ivf-1 .*damaged"):
        load(tmp_path / "ivf-1")


def test_an_index_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        load(tmp_path / "ivf-1")


def test_where_it_cannot_be_written_nothing_is_left(ivf: Ivf, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        ivf.save(tmp_path / "nowhere" / "ivf-1")
    (tmp_path / "ivf-2").mkdir()
    (tmp_path / "ivf-2" / "file").touch()
    with pytest.raises(StoreError, match="ivf-2"):
        ivf.save(tmp_path / "ivf-2")
    assert [entry.name for entry in tmp_path.iterdir()] == ["ivf-2"]


def test_vectors_of_differing_length_are_ranked_by_inner_product() -> None:
    vectors, queries = drawn(ROWS, 1, unit=False), drawn(300, 2, unit=False)
    some = build(vectors, None, 0.99)
    found = some.search(vectors, queries, 10)
    assert recall(found, vectors, queries, 10) >= 0.985
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert recall(found, unit, queries, 10) < 0.9  # cosine would give other rows
    doubled = some.search(vectors, 2 * queries, 10)
    assert doubled.rows.tolist() == found.rows.tolist()


def test_many_are_found_when_many_are_wanted(ivf: Ivf, vectors: Matrix, queries: Matrix) -> None:
    for k in (100, 1000):
        found = ivf.search(vectors, queries[:100], k)
        assert recall(found, vectors, queries[:100], k) >= 0.98


def test_more_wanted_than_there_are() -> None:
    vectors = drawn(300, 1)
    some = build(vectors, None, 0.99)
    found = some.search(vectors, vectors[:2], 500)
    assert sorted(found.rows[0][:300].tolist()) == list(range(300))
    assert (found.rows[:, 300:] == -1).all()
    assert np.isneginf(found.scores[:, 300:]).all()


@pytest.mark.parametrize("count", [0, 1, 5, 40])
def test_hardly_any_rows(count: int) -> None:
    vectors = drawn(count, 1)
    found = build(vectors, None, 0.99).search(vectors, drawn(2, 2), 3)
    assert (found.rows >= 0).sum(axis=1).tolist() == [min(3, count)] * 2


def test_equal_rows_and_an_odd_width() -> None:
    vectors = np.ascontiguousarray(np.repeat(drawn(1000, 1)[:, :31], 5, axis=0))
    some = build(vectors, None, 0.99)
    found = some.search(vectors, vectors[:5], 5)
    assert found.rows.tolist() == [[0, 1, 2, 3, 4]] * 5
    assert some.measured.recall >= 0.99


def test_a_thousand_rows_alike() -> None:
    vectors = np.ascontiguousarray(np.repeat(drawn(1, 1), 1000, axis=0))
    some = build(vectors, None, 0.99)
    assert some.search(vectors, vectors[:1], 3).rows.tolist() == [[0, 1, 2]]
    assert some.search(vectors, vectors[:1], 3, np.arange(1000) > 7).rows.tolist() == [[8, 9, 10]]


def test_a_null_query_is_answered(ivf: Ivf, vectors: Matrix) -> None:
    assert ivf.search(vectors, np.zeros((1, DIM), np.float32), 3).scores.tolist() == [[0.0, 0.0, 0.0]]


def test_progress_goes_through_all_parts(vectors: Matrix) -> None:
    told: list[Progress] = []
    build(vectors, None, 0.9, told.append)
    assert list(dict.fromkeys(progress.what for progress in told)) == ["find centres", "add vectors", "measure recall"]
    for what in ("find centres", "add vectors", "measure recall"):
        last = [progress for progress in told if progress.what == what][-1]
        assert last.done == last.total > 0
