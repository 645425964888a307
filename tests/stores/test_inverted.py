"""Sparse vectors in every store: exact for the quantised weights, whatever was added, deleted, or compacted."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.opener import Opener

from askew.errors import InputError, StoreError
from askew.stores import Entry, Store
from askew.stores.impacts import packed, quantise, unpacked
from askew.stores.local import inverted_file
from askew.stores.local.store import LocalStore
from askew.types import SparseRows

TERMS = 70_000  # more than two bytes hold


def rows(*given: Mapping[int, float]) -> SparseRows:
    pairs = [sorted(one.items()) for one in given]
    starts = np.cumsum([0, *map(len, pairs)])
    flat = [pair for one in pairs for pair in one]
    terms, weights = np.array([term for term, _ in flat], np.int32), np.array([w for _, w in flat], np.float32)
    return SparseRows(starts, terms, weights)


def sparse_entry(id: str, *given: Mapping[int, float], year: int = 2000) -> Entry:
    passages = [(f"passage {number}", vector(1)) for number in range(len(given))]
    return replace(entry(id, *passages, metadata={"year": year}), sparse=rows(*given))


def found(store: Store, query: Mapping[int, float], k: int = 9, where: dict[str, object] | None = None) -> list[str]:
    keys = store.sparse(rows(query), k, where).keys[0]
    return store.owners([int(key) for key in keys if key >= 0])


def random_rows(count: int, seed: int, terms: int = 300) -> SparseRows:
    """Each with 0 to 30 terms, the last of them in a wide vocabulary."""
    rng = np.random.default_rng(seed)
    chosen = [rng.choice(terms, rng.integers(0, 31), replace=False) for _ in range(count)]
    return rows(*({int(t) * (TERMS // terms): float(rng.gamma(1.0)) + 1e-4 for t in one} for one in chosen))


def dense(given: SparseRows) -> np.ndarray:
    matrix = np.zeros((len(given), TERMS))
    matrix[np.repeat(np.arange(len(given)), np.diff(given.starts)), given.terms] = given.weights
    return matrix


def dequantised(given: SparseRows) -> np.ndarray:
    made = quantise(given)
    matrix = np.zeros((len(given), TERMS))
    matrix[made.rows, made.terms] = made.impacts * made.scales[made.rows].astype(np.float64)
    return matrix


def test_each_weight_is_off_by_half_a_step_at_most() -> None:
    given = random_rows(200, 1)
    error, peaks = np.abs(dequantised(given) - dense(given)), dense(given).max(axis=1)
    assert (error.max(axis=1) <= peaks / 510 + 1e-6).all()
    assert error.max() > 0


def test_packed_impacts_are_read_back() -> None:
    made = quantise(rows({0: 1.0, 65_535: 0.5}, {}, {69_999: 2.0, 3: 2.0}))
    back = unpacked(list(packed(made)))
    for name in ("starts", "terms", "impacts", "scales"):
        assert getattr(back, name).tolist() == getattr(made, name).tolist()


def test_the_highest_inner_product_comes_first_and_ties_go_by_key(store: Store) -> None:
    store.write([sparse_entry("a", {1: 1.0, 5: 1.0}), sparse_entry("b", {5: 1.0}), sparse_entry("c", {5: 1.0, 9: 0.1})])
    store.write([sparse_entry("d", {7: 3.0})])
    assert found(store, {5: 1.0}) == ["a", "b", "c"]
    assert found(store, {5: 1.0}, k=2) == ["a", "b"]
    assert found(store, {1: 1.0, 7: 0.1}) == ["a", "d"]
    assert found(store, {4: 1.0}) == found(store, {TERMS * 2: 1.0}) == found(store, {}) == []
    result = store.sparse(rows({1: 2.0}, {5: 0.5, 7: 1.0}), 3)
    assert result.keys.shape == (2, 3)
    assert (result.keys[0].tolist()[1:], result.scores[0].tolist()[1:]) == ([-1, -1], [-np.inf, -np.inf])
    assert np.allclose(result.scores[1], [3.0, 0.5, 0.5])
    assert found(store, {5: 1.0}, k=0) == []


def test_search_is_exact_for_the_quantised_weights(store: Store) -> None:
    made = [random_rows(3, seed) for seed in range(60)]
    for start in range(0, 60, 20):
        store.write(
            [
                replace(entry(f"{n}", *[(f"p{i}", vector(1)) for i in range(3)]), sparse=made[n])
                for n in range(start, start + 20)
            ]
        )
        if start == 20:
            store.optimise()
    queries = random_rows(25, 99)
    expected = dense(queries) @ np.concatenate([dequantised(one) for one in made]).T
    result = store.sparse(queries, 200)
    for scores, keys, row in zip(result.scores, result.keys, expected, strict=True):
        order = [key for key in np.lexsort((np.arange(len(row)), -row.astype(np.float32))) if row[key] > 0]
        assert len(order) == int((keys >= 0).sum())
        assert np.allclose(scores[: len(order)], row[order], rtol=1e-5)
        assert np.allclose(row[keys[: len(order)]], row[order], rtol=1e-6)


def test_moments_are_those_of_all_passages_but_the_best(store: Store) -> None:
    store.write([sparse_entry("a", {1: 2.0}), sparse_entry("b", {1: 1.0}), sparse_entry("c", {2: 1.0})])
    assert store.sparse_moments(rows({1: 1.0}, {9: 1.0})) == [
        (pytest.approx(0.5), pytest.approx(0.5)),
        (0.0, 0.0),
    ]
    store.delete(["c"])
    assert store.sparse_moments(rows({1: 1.0})) == [(pytest.approx(1.0), pytest.approx(0.25))]  # half of that of both
    store.delete(["a", "b", "c"])
    assert store.sparse_moments(rows({1: 1.0})) == [(0.0, 0.0)]


def test_a_score_does_not_depend_on_what_else_is_stored(store: Store) -> None:
    one, query = random_rows(1, 5), random_rows(1, 6)
    query = SparseRows(one.starts, one.terms, np.resize(query.weights, len(one.terms)))
    store.write([replace(entry("a", ("red", vector(1))), sparse=one)])
    alone = store.sparse(query, 1).scores[0, 0]
    store.write([sparse_entry(f"x{n}", {int(one.terms[n % len(one.terms)]): 0.01}) for n in range(50)])
    assert store.sparse(query, 1).scores[0, 0] == alone
    store.optimise()
    assert store.sparse(query, 1).scores[0, 0] == alone


def test_replaced_and_deleted_documents_are_not_found(store: Store) -> None:
    store.write([sparse_entry("a", {1: 1.0}, {2: 1.0}), sparse_entry("b", {1: 0.5}), sparse_entry("c", {2: 1.0})])
    assert found(store, {1: 1.0}) == ["a", "b"]
    store.write([sparse_entry("a", {3: 1.0})])
    assert (found(store, {1: 1.0}), found(store, {2: 1.0}), found(store, {3: 1.0})) == (["b"], ["c"], ["a"])
    store.delete(["b"])
    for _ in range(2):
        assert (found(store, {1: 1.0}), found(store, {2: 1.0}), found(store, {3: 1.0})) == ([], ["c"], ["a"])
        assert store.check() == []
        store.optimise()  # with so many dead rows, the local store compacts
    assert store.sparse(rows({2: 1.0}), 5).scores[0, 0] == np.float32(1.0)


def test_a_filter_is_applied_before_ranking(store: Store) -> None:
    store.write([sparse_entry(f"d{n}", {1: 1 + n / 10}, year=2000 + n) for n in range(9)])
    assert found(store, {1: 1.0}, k=2, where={"year": {"$lt": 2004}}) == ["d3", "d2"]


def test_what_is_no_sparse_vector_of_these_passages_is_refused(store: Store) -> None:
    good = sparse_entry("a", {1: 1.0})
    for wrong in (rows({1: 1.0}, {2: 1.0}), rows({1: -1.0}), rows({1: float("nan")}), rows({1: float("inf")})):
        with pytest.raises(InputError, match="'a'"):
            store.write([replace(good, sparse=wrong)])
    assert store.sizes().documents == 0
    store.write([good])
    assert store.check() == []


def test_a_transaction_that_fails_leaves_nothing_behind(store: Store) -> None:
    store.write([sparse_entry("a", {1: 1.0})])
    with pytest.raises(RuntimeError), store.transaction():  # noqa: PT012
        store.write([sparse_entry("b", {1: 2.0})])
        assert found(store, {1: 1.0}) == ["b", "a"]
        raise RuntimeError
    assert found(store, {1: 1.0}) == ["a"]
    store.write([sparse_entry("c", {2: 2.0})])
    assert (found(store, {1: 1.0}), found(store, {2: 1.0})) == (["a"], ["c"])


def test_a_snapshot_reads_one_state(opened: Opener) -> None:
    writer = opened(writable=True)
    writer.write([sparse_entry("a", {1: 1.0})])
    reader = opened()
    assert found(reader, {1: 1.0}) == ["a"]
    writer.write([sparse_entry("b", {1: 2.0})])
    assert found(reader, {1: 1.0}) == ["b", "a"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A local store with an inverted file for two documents, and a third beyond it; closed."""
    folder = tmp_path / "store.askew"
    with_file = LocalStore.create(folder, DIM, "m")
    with_file.write([sparse_entry("a", {1: 1.0}), sparse_entry("b", {1: 0.5, 2: 1.0})])
    with_file.optimise()
    with_file.write([sparse_entry("c", {1: 0.1})])
    with_file.close()
    return folder


@pytest.fixture
def reader(folder: Path) -> Iterator[LocalStore]:
    store = LocalStore.open(folder)
    yield store
    store.close()


def inverted_files(folder: Path) -> Sequence[Path]:
    return sorted(folder.glob("sparse-*"))


def test_optimise_writes_one_file_and_removes_the_older(folder: Path) -> None:
    [before] = inverted_files(folder)
    store = LocalStore.open(folder, writable=True)
    store.optimise()
    [after] = inverted_files(folder)
    assert before != after
    assert len(inverted_file.load(after).scales) == 3
    store.optimise()
    assert [after] == inverted_files(folder)
    assert store.foreign_files() == []
    store.close()


@pytest.mark.parametrize("harm", ["gone", "emptied", "cut", "flipped", "garbled", "folder"])
def test_a_damaged_file_is_made_up_for_by_readers_and_mended_by_optimise(folder: Path, harm: str) -> None:
    [file] = inverted_files(folder)
    content = bytearray(file.read_bytes())
    if harm in ("gone", "folder"):
        file.unlink()
        if harm == "folder":
            file.mkdir()
    else:
        flipped = content[:-1] + bytes([content[-1] ^ 1])
        file.write_bytes({"emptied": b"", "cut": content[:-1], "flipped": flipped, "garbled": b"{" * 5000}[harm])
    store = LocalStore.open(folder)
    assert found(store, {1: 1.0}) == ["a", "b", "c"]
    assert [problem for problem in store.check() if "inverted file" in problem]
    store.close()
    writer = LocalStore.open(folder, writable=True)
    writer.optimise()
    assert writer.check() == []
    assert found(writer, {1: 1.0}) == ["a", "b", "c"]
    writer.close()


def test_a_file_that_changes_while_it_is_open_is_not_trusted(folder: Path, reader: LocalStore) -> None:
    assert found(reader, {1: 1.0}) == ["a", "b", "c"]
    [file] = inverted_files(folder)
    file.write_bytes(file.read_bytes()[:5000])
    assert found(reader, {1: 1.0}) == ["a", "b", "c"]


def test_a_copied_folder_needs_no_file(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy.askew", ignore=shutil.ignore_patterns("sparse-*"))
    shutil.rmtree(folder)
    store = LocalStore.open(tmp_path / "copy.askew")
    assert found(store, {2: 1.0}) == ["b"]
    store.close()


def test_a_damaged_vector_in_the_catalogue_is_named(folder: Path) -> None:
    store = LocalStore.open(folder, writable=True)
    with store._catalog.writing() as connection:
        connection.execute("UPDATE impacts SET packed = x'00' WHERE key = 2")
    assert [problem for problem in store.check() if "'c'" in problem]
    with pytest.raises(StoreError, match="'c'"):
        found(store, {1: 1.0})
    store.delete(["c"])
    assert store.check() == []
    assert found(store, {1: 1.0}) == ["a", "b"]
    store.close()
