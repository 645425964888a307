from pathlib import Path

import numpy as np
import pytest
from askew.mining.duplicates import Duplicates, duplicates
from helpers.clouds import clustered
from helpers.entries import DIM, entry, vector

from askew.errors import InputError
from askew.progress import Progress
from askew.stores.local import LocalStore
from askew.types import Pair

ROWS = clustered(1500, DIM, 0.2)


@pytest.fixture
def empty(tmp_path: Path):
    made = LocalStore.create(tmp_path / "x.askew", DIM, "m")
    yield made
    made.close()


@pytest.fixture
def store(empty: LocalStore) -> LocalStore:
    empty.write(
        [
            entry("a", ("a0", vector(1.0)), ("a1", vector(1.0)), metadata={"lang": "en"}),
            entry("b", ("b0", vector(0.0, 1.0)), ("b1", vector(0.9)), metadata={"lang": "de"}),
            entry("c", ("c0", vector(0.8)), metadata={"lang": "en"}),
        ],
    )
    return empty


def ends(found: Duplicates) -> list[tuple[str, str]]:
    return [(pair.a, pair.b) for pair in found]


def written(store: LocalStore, rows: range) -> None:
    """Write a document per row, with a second passage similar to nothing else."""
    store.write([entry(f"d{n}", ("one", ROWS[n].tolist()), ("two", vector(*[0.0] * 7, 0.001))) for n in rows])


def expected(rows: list[int], threshold: float) -> dict[tuple[str, str], float]:
    exact = ROWS[rows].astype(np.float64) @ ROWS[rows].astype(np.float64).T
    at = np.argwhere(np.triu(exact >= threshold, 1))
    return {(f"d{rows[a]}", f"d{rows[b]}"): exact[a, b] for a, b in at.tolist()}


def agrees(found: Duplicates, rows: list[int], threshold: float) -> None:
    truth = expected(rows, threshold)
    assert len(truth) > 50
    assert sorted(ends(found)) == sorted(truth)
    assert [pair.score for pair in found] == sorted((pair.score for pair in found), reverse=True)
    assert [pair.score for pair in found] == pytest.approx([truth[pair.a, pair.b] for pair in found], abs=1e-12)


def test_two_documents_are_one_pair_by_their_best_passages_and_none_pairs_with_itself(store: LocalStore) -> None:
    found = duplicates(store, 0.75)
    assert ends(found) == [("a", "b"), ("a", "c")]
    assert [pair.score for pair in found] == pytest.approx([0.9, 0.8])
    assert found.certificate.possible == 5 * 4 // 2  # of passages


def test_they_are_a_sequence_of_pairs(store: LocalStore) -> None:
    found = duplicates(store, 0.75)
    assert len(found) == 2
    assert found[0] == Pair(pytest.approx(0.9), "a", "b")
    assert found[-1] is found.pairs[1]
    assert found[:1] == found.pairs[:1]
    assert found[1] in found
    assert list(reversed(found)) == [found[1], found[0]]


def test_only_what_the_filter_keeps_is_compared(store: LocalStore) -> None:
    assert ends(duplicates(store, 0.75, {"lang": "en"})) == [("a", "c")]
    assert not duplicates(store, 0.75, {"lang": "de"})
    assert not duplicates(store, 0.75, {"lang": "fr"})


def test_an_empty_store_has_no_duplicates(empty: LocalStore) -> None:
    found = duplicates(empty, 0.5)
    assert (list(found), found.certificate.possible) == ([], 0)


def test_what_a_writer_takes_away_meanwhile_is_left_out(store: LocalStore) -> None:
    def meanwhile(_: Progress) -> None:
        store.delete(["b"])

    assert ends(duplicates(store, 0.75, report=meanwhile)) == [("a", "c")]


def test_what_a_writer_replaces_meanwhile_is_left_out_as_well(store: LocalStore) -> None:
    def meanwhile(_: Progress) -> None:
        store.write([entry("a", ("other", vector(0, 0, 1.0)))])

    assert ends(duplicates(store, 0.7, report=meanwhile)) == [("b", "c")]


def test_a_writer_that_compacts_the_index_meanwhile_loses_no_pair(store: LocalStore) -> None:
    def meanwhile(_: Progress) -> None:
        store.delete(["a"])
        store.optimise()

    before = store.keys().tolist()
    assert ends(duplicates(store, 0.7, report=meanwhile)) == [("b", "c")]
    assert set(before).isdisjoint(store.keys().tolist())


def test_too_little_memory_is_told(empty: LocalStore) -> None:
    written(empty, range(100))
    with pytest.raises(InputError, match=r"\b200 vectors .* 1 MiB"):
        duplicates(empty, 0.9, memory=1000)


@pytest.mark.usefixtures("coded")
def test_an_index_is_compared_once_and_then_only_where_it_is_new(empty: LocalStore) -> None:
    told = list[Progress]()

    def run(rows: list[int], threshold: float = 0.97) -> int:
        told.clear()
        agrees(duplicates(empty, threshold, report=told.append), rows, threshold)
        return told[-1].done - told[0].done

    written(empty, range(1000))
    assert run([*range(1000)]) == 2000 * 1999 // 2
    assert run([*range(1000)]) == 0
    assert run([*range(1000)], 0.98) == 0
    written(empty, range(1000, 1100))
    assert run([*range(1100)]) == 2000 * 200 + 200 * 199 // 2
    empty.delete([f"d{n}" for n in range(50)])
    assert run([*range(50, 1100)]) == 0
    written(empty, range(40, 60))  # some are restored, some replaced: new keys
    # Deleted since the last run: the passages of d50 to d59.
    assert run([*range(60, 1100), *range(40, 60)]) == 40 * (2200 - 120) + 40 * 39 // 2


@pytest.mark.usefixtures("coded")
def test_a_compaction_gives_new_keys_and_so_everything_is_compared_again(empty: LocalStore) -> None:
    written(empty, range(600))
    agrees(duplicates(empty, 0.97), [*range(600)], 0.97)
    empty.delete([f"d{n}" for n in range(400)])
    empty.optimise()
    written(empty, range(600, 1100))
    agrees(duplicates(empty, 0.97), [*range(400, 1100)], 0.97)


@pytest.mark.usefixtures("coded")
def test_of_a_part_nothing_is_kept_and_a_reader_shares_what_the_writer_kept(empty: LocalStore, tmp_path: Path) -> None:
    written(empty, range(600))
    duplicates(empty, 0.97, {"lang": "en"})
    assert not (empty.scratch() / "pairs").exists()
    duplicates(empty, 0.97)
    told = list[Progress]()
    reader = LocalStore.open(tmp_path / "x.askew")
    agrees(duplicates(reader, 0.97, report=told.append), [*range(600)], 0.97)
    reader.close()
    assert told[0].done == told[0].total > 0
    assert empty.check() == []
