from pathlib import Path

import numpy as np
import pytest
from helpers.clouds import clustered
from helpers.entries import DIM, entry, vector

from askew.contract import Contract
from askew.dedup.corpus import ListCorpus, of_store
from askew.dedup.find import FoundPairs, PairParams, against, every_pair, representatives, similar_pairs
from askew.dedup.texts import encoded
from askew.errors import ContractError, InputError
from askew.progress import Progress, Report, silent
from askew.stores.local.store import LocalStore
from askew.types import Document, Pair, Where

TEXTS = [
    "The red tent stands on the green hill.",
    "the red tent stands on the green hill",
    "The red tent stood on the green hill!",
    "A kayak is no boat for the sea.",
    "THE RED TENT stands on the green hill.",
    "A kayak is no boat for a sea.",
    "Breakfast is from seven to nine.",
]


def corpus(tmp_path: Path, texts: list[str] = TEXTS, task: str = "paraphrase", name: str = "x") -> ListCorpus:
    documents = [Document(str(n), text) for n, text in enumerate(texts)]
    return ListCorpus(encoded(documents, *Contract.for_task(task, model="hashing"), tmp_path / name))


def pairs(found: FoundPairs) -> dict[tuple[int, int], str]:
    return {(a, b): str(layer) for (a, b), layer in zip(found.keys.tolist(), found.layers, strict=True)}


def test_every_pair_has_the_layer_that_caught_it(tmp_path: Path) -> None:
    found = every_pair(corpus(tmp_path), PairParams(0.6))
    assert {key for key, layer in pairs(found).items() if layer == "identical"} == {(0, 1), (0, 4), (1, 4)}
    assert {key for key, layer in pairs(found).items() if layer == "semantic"} == {(0, 2), (1, 2), (2, 4), (3, 5)}
    assert found.counts() == {"identical": 3, "shingles": 0, "semantic": 4}


def test_with_shingles_the_same_pairs_are_found_and_named(tmp_path: Path) -> None:
    plain, layered = (
        every_pair(corpus(tmp_path), PairParams(0.6)),
        every_pair(corpus(tmp_path), PairParams(0.6, shingles=0.5)),
    )
    assert set(pairs(layered)) == set(pairs(plain))
    assert layered.counts()["identical"] == 3
    assert layered.counts()["shingles"] > 0


def test_shingles_find_what_the_model_does_not(tmp_path: Path) -> None:
    found = every_pair(corpus(tmp_path), PairParams(1.1, shingles=0.5))
    assert (3, 5) in pairs(found)
    assert set(pairs(found).values()) == {"identical", "shingles"}


def test_representatives_stand_for_their_copies(tmp_path: Path) -> None:
    found = representatives(corpus(tmp_path), PairParams(0.6))
    assert found.first.tolist() == [0, 0, 2, 3, 0, 5, 6]
    assert set(pairs(found)) == {(0, 2), (3, 5)}
    assert found.counts() == {"identical": 3, "shingles": 0, "semantic": 2}
    assert found.certificate.possible == 5 * 4 // 2


def test_top_k_keeps_what_is_best_of_either(tmp_path: Path) -> None:
    every, best = (
        every_pair(corpus(tmp_path), PairParams(-1.0)),
        every_pair(corpus(tmp_path), PairParams(-1.0, top_k=1)),
    )
    assert len(every.keys) == 21
    assert len(best.keys) < 12
    score = dict(zip(map(tuple, every.keys.tolist()), every.scores, strict=True))
    for place in range(7):
        top = max(score[key] for key in score if place in key)
        assert any(place in key and score[key] == top for key in map(tuple, best.keys.tolist()))


def test_against_another_list_only_pairs_between_the_two(tmp_path: Path) -> None:
    left, right = corpus(tmp_path, TEXTS[:3], name="l"), corpus(tmp_path, TEXTS[3:], name="r")
    found = against(left, right, PairParams(0.6))
    assert pairs(found) == {(0, 1): "identical", (1, 1): "identical", (2, 1): "semantic"}
    assert found.certificate.possible == 12


def test_against_a_list_in_another_model_is_refused(tmp_path: Path) -> None:
    left, right = corpus(tmp_path, name="l"), corpus(tmp_path, name="r")
    longer = right.listed.contract.encoder
    object.__setattr__(right.listed.contract, "encoder", type(longer)(**{**vars(longer), "max_tokens": 7}))
    with pytest.raises(ContractError, match="max_tokens"):
        against(left, right, PairParams(0.5))
    with pytest.raises(InputError, match="--against"):
        against(left, left, PairParams(0.5, shingles=0.5))


def test_many_copies_do_not_fill_the_memory(tmp_path: Path) -> None:
    many = corpus(tmp_path, ["the same text"] * 3000 + TEXTS)
    with pytest.raises(InputError, match="--groups"):
        every_pair(many, PairParams(0.9, shingles=0.9, memory=1 << 24))
    found = representatives(many, PairParams(0.6, memory=1 << 24))
    assert np.bincount(found.first).max() == 3000
    assert found.counts()["identical"] == 3000 * 2999 // 2 + 3


ROWS = clustered(1500, DIM, 0.2)


@pytest.fixture
def coded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use codes and checkpoints even for small jobs."""
    for module in ("begin", "shape"):
        monkeypatch.setattr(f"askew.dedup.exact.{module}.SMALL", 0)


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


CONTRACT, _ = Contract.for_task("paraphrase", model="hashing")


def duplicates(
    store: LocalStore, threshold: float, where: Where | None = None, report: Report = silent, memory: int = 1 << 30
) -> list[Pair]:
    """Find pairs in a store, whose vectors need not be the contract's."""
    return similar_pairs(of_store(store, CONTRACT, where), PairParams(threshold, memory=memory), report)


def ends(found: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.a, pair.b) for pair in found]


def written(store: LocalStore, rows: range) -> None:
    """Write a document per row, with a second passage similar to nothing else."""
    store.write([entry(f"d{n}", ("one", ROWS[n].tolist()), ("two", vector(*[0.0] * 7, 0.001))) for n in rows])


def expected(rows: list[int], threshold: float) -> dict[tuple[str, str], float]:
    exact = ROWS[rows].astype(np.float64) @ ROWS[rows].astype(np.float64).T
    at = np.argwhere(np.triu(exact >= threshold, 1))
    return {(f"d{rows[a]}", f"d{rows[b]}"): exact[a, b] for a, b in at.tolist()}


def agrees(found: list[Pair], rows: list[int], threshold: float) -> None:
    truth = expected(rows, threshold)
    assert len(truth) > 50
    assert sorted(ends(found)) == sorted(truth)
    assert [pair.score for pair in found] == sorted((pair.score for pair in found), reverse=True)
    assert [pair.score for pair in found] == pytest.approx([truth[pair.a, pair.b] for pair in found], abs=1e-12)


def test_two_documents_are_one_pair_by_their_best_passages_and_none_pairs_with_itself(store: LocalStore) -> None:
    found = duplicates(store, 0.75)
    assert ends(found) == [("a", "b"), ("a", "c")]
    assert [pair.score for pair in found] == pytest.approx([0.9, 0.8])
    certificate = every_pair(of_store(store, CONTRACT), PairParams(0.75)).certificate
    assert certificate.possible == 5 * 4 // 2  # of passages


def test_only_what_the_filter_keeps_is_compared(store: LocalStore) -> None:
    assert ends(duplicates(store, 0.75, {"lang": "en"})) == [("a", "c")]
    assert not duplicates(store, 0.75, {"lang": "de"})
    assert not duplicates(store, 0.75, {"lang": "fr"})


def test_an_empty_store_has_no_duplicates(empty: LocalStore) -> None:
    assert duplicates(empty, 0.5) == []


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
    duplicates(empty, 0.97, {"lang": {"$exists": False}})
    assert not (empty.scratch() / "pairs").exists()
    duplicates(empty, 0.97)
    told = list[Progress]()
    reader = LocalStore.open(tmp_path / "x.askew")
    agrees(duplicates(reader, 0.97, report=told.append), [*range(600)], 0.97)
    reader.close()
    assert told[0].done == told[0].total > 0
    assert empty.check() == []
