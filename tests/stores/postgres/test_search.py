"""Exact and approximate search, and snapshots that are held in a transaction."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.quantisation import Precision
from askew.stores import Entry, Layout, flat
from askew.stores.local.store import LocalStore
from askew.stores.postgres import blocks, hnsw, search, sessions
from askew.stores.postgres.store import PostgresStore

Opened = Callable[..., PostgresStore]


def normal(rows: int, dim: int = DIM, seed: int = 1) -> np.ndarray:
    found = np.random.default_rng(seed).normal(size=(rows, dim)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def entries(rows: np.ndarray) -> list[Entry]:
    return [
        entry(f"d{i}", ("w", [0.0] * DIM), metadata={"half": i % 2, "rare": i % 97, "id": i}) for i in range(len(rows))
    ]


def filled(store: PostgresStore, rows: np.ndarray) -> None:
    made = entries(rows)
    for one, row in zip(made, rows, strict=True):
        object.__setattr__(one, "vectors", row[None])
    store.write(made)


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """No scan is fast enough, and few passages are many."""
    monkeypatch.setattr(hnsw, "PATIENCE", 0.0)
    monkeypatch.setattr(hnsw, "SMALL", 100)


@pytest.mark.parametrize("precision", [Precision.FLOAT32, Precision.FLOAT16])
@pytest.mark.parametrize("queries", [3, 20])
def test_an_exact_search_finds_what_a_scan_in_memory_finds(opened: Opened, precision: Precision, queries: int) -> None:
    store = opened(Layout(DIM, "m", precision=precision))
    filled(store, normal(2000))
    asked = normal(queries, seed=2)
    kept = store.vectors(store.keys())
    for where, mask in (
        (None, None),
        ({"half": 1}, np.arange(2000) % 2 == 1),
        ({"rare": 5}, np.arange(2000) % 97 == 5),
    ):
        found, expected = store.nearest(asked, 12, where), flat.nearest(kept, asked, 12, mask)
        assert found.keys.tolist() == expected.rows.tolist()
        assert found.scores.tolist() == expected.scores.tolist()


@pytest.mark.parametrize(("precision", "dim"), [(Precision.FLOAT32, DIM), (Precision.FLOAT16, DIM)])
def test_the_index_is_built_tuned_measured_and_dropped(
    opened: Opened, patience: None, precision: Precision, dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(Layout(dim, "m", precision=precision))
    filled(store, normal(3000))
    store.optimise(recall=0.95)
    facts = store.facts()
    assert (facts["method"], facts["recall_asked"], facts["rows"]) == ("hnsw", 0.95, 3000)
    assert facts["recall"] >= 0.95
    assert uses_index(store)
    asked, kept = normal(30, seed=2), store.vectors(store.keys())
    masks = {None: None, "half": np.arange(3000) % 2 == 1, "rare": np.arange(3000) % 97 == 5}
    for field, mask in masks.items():
        where = None if field is None else {field: 1 if field == "half" else 5}
        monkeypatch.setattr(search, "PAYS", 16)
        found = store.nearest(asked, 10, where)
        expected = flat.nearest(kept, asked, 10, mask)
        assert overlap(found.keys, expected.rows) >= 0.95
        assert (np.diff(found.scores, axis=1) <= 0).all()
        assert set(found.keys.ravel().tolist()) <= set(np.flatnonzero(mask if mask is not None else np.ones(3000)))
    filled(store, normal(10, seed=9))  # replaces ten documents
    [new] = store.extents(["d3"])
    assert store.nearest(store.vectors(new), 1).keys.tolist() == [[new[0]]]
    monkeypatch.setattr(hnsw, "PATIENCE", 60.0)
    store.optimise()
    assert store.facts().get("method") == "exact"
    assert not uses_index(store)
    assert store.check() == []


def uses_index(store: PostgresStore) -> bool:
    with store.transactions.reading() as session:
        return hnsw.exists(session)


def overlap(found: np.ndarray, expected: np.ndarray) -> float:
    return float(
        np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), expected.tolist(), strict=True)])
    )


@pytest.mark.parametrize(
    ("precision", "dim"), [(Precision.FLOAT32, DIM), (Precision.FLOAT16, DIM), (Precision.FLOAT32, 2100)]
)
def test_one_query_is_one_statement_with_the_answer_of_many(
    opened: Opened, patience: None, precision: Precision, dim: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, rows = opened(Layout(dim, "m", precision=precision)), normal(400, dim)
    filled(store, rows)
    store.optimise(recall=0.9)
    together = store.nearest(rows[:2], 20)
    sent: list[int] = []
    pipeline = sessions._sent
    monkeypatch.setattr(sessions, "_sent", lambda held, every: sent.append(len(every)) or pipeline(held, every))
    store.nearest(rows[:1], 20)  # which learns the state
    sent.clear()
    for place in range(2):
        found = store.nearest(rows[place : place + 1], 20)
        assert found.keys[0].tolist() == together.keys[place].tolist()
        assert found.scores[0].tolist() == together.scores[place].tolist()
    assert sent == []
    with store.snapshot():
        assert store.nearest(rows[:1], 20).keys[0].tolist() == together.keys[0].tolist()


def test_the_one_statement_sets_what_it_needs_before_it_searches(
    opened: Opened, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, rows = opened(), normal(3000)
    filled(store, rows)
    store.optimise(recall=0.9)
    monkeypatch.setattr(search, "tuned", lambda *_: {"hnsw.ef_search": "1", "hnsw.iterative_scan": "off"})
    with store.transactions.reading(alone=True) as session:
        plan = store._plan(store.transactions.state(session))
        answer = search.best(session, plan, rows[0], 20, store._names, store.transactions.stated)
        assert answer.found is None  # the index looked at one
        assert session.rows("SELECT current_setting('hnsw.ef_search')") == [("40",)]
    scanned = flat.nearest(store.vectors(store.keys()), rows[:1], 20)
    assert store.nearest(rows[:1], 20).scores.tolist() == scanned.scores.tolist()


def test_the_index_finds_as_many_as_a_filter_keeps_however_few(
    opened: Opened, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    filled(store, normal(3000))
    store.optimise(recall=0.9)
    monkeypatch.setattr(search.Plan, "few", lambda plan, k: 1)  # also rare filters are left to the index
    found = store.nearest(normal(5, seed=2), 10, {"rare": 5})
    assert (found.keys >= 0).all()
    found = store.nearest(normal(5, seed=2), 10, {"id": {"$lt": 7}})
    assert ((found.keys >= 0).sum(axis=1) == 7).all()


def test_alternatives_keep_what_they_keep_by_the_index_by_words_and_within_a_change(
    opened: Opened, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened()
    filled(store, normal(3000))
    store.optimise(recall=0.9)
    monkeypatch.setattr(search.Plan, "few", lambda plan, k: 1)
    where = {"$or": [{"rare": 5}, {"id": {"$lt": 7}}]}
    kept = {number for number in range(3000) if number % 97 == 5 or number < 7}
    found = store.nearest(normal(5, seed=2), 10, where)
    assert set(found.keys.ravel().tolist()) <= kept
    assert store.lexical("w", 5000, where).keys.ravel().tolist() == sorted(kept)
    with store.transaction():
        store.delete(["d0"])
        found = store.nearest(normal(1, seed=2), 10, where)
        assert set(found.keys.ravel().tolist()) <= kept - {0}


def test_a_second_build_follows_the_first_where_that_is_not_good_enough(
    opened: Opened, patience: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured, seen = hnsw.measured, list[str]()

    def poor(*given: object) -> object:
        [[definition]] = store_session(given).rows("SELECT pg_get_indexdef(to_regclass(%s))", hnsw.NAME)
        seen.append(definition)
        return {**measured(*given), **({"recall": 0.0} if len(seen) == 1 else {})}

    monkeypatch.setattr(hnsw, "measured", poor)
    store = opened()
    filled(store, normal(300))
    store.optimise(recall=0.9)
    assert ["m='16'" in one or "m='32'" in one for one in seen] == [True, True]
    assert "m='32'" in seen[1]
    assert (store.facts()["method"], store.facts()["m"]) == ("hnsw", 32)
    with store.transactions.reading() as session:
        assert session.rows("SELECT to_regclass(%s) IS NULL", hnsw.NEXT) == [(True,)]


def store_session(given: tuple[object, ...]) -> sessions.Session:
    assert isinstance(given[0], sessions.Session)
    return given[0]


def test_wide_vectors_are_indexed_in_half_precision(opened: Opened, patience: None) -> None:
    dim = 2100
    store = opened(Layout(dim, "m"))
    rows = normal(300, dim)
    made = entries(rows)
    for one, row in zip(made, rows, strict=True):
        object.__setattr__(one, "vectors", row[None])
    store.write(made)
    store.optimise(recall=0.9)
    assert store.facts()["method"] == "hnsw"
    found = store.nearest(rows[:3], 1)
    assert found.keys[:, 0].tolist() == [0, 1, 2]
    assert found.scores[:, 0].tolist() == pytest.approx([1, 1, 1], abs=1e-6)


def test_a_large_snapshot_is_held_by_a_transaction(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "IN_MEMORY", 0)
    writer, reader = opened(), opened(writable=False)
    rows = normal(500)
    filled(writer, rows)
    held = reader.blocks(rows=64)
    with reader.snapshot():
        before = reader.keys().tolist()
        writer.delete(["d0", "d1"])
        inside = reader.blocks()  # of the state that this thread reads
    writer.optimise()
    assert inside.keys.tolist() == held.keys.tolist() == before == list(range(500))
    assert np.array_equal(np.concatenate([block.vectors for block in held]), rows)
    assert np.array_equal(inside.vectors([1, 0, 1]), rows[[1, 0, 1]])
    assert len(reader.blocks().keys) == 498
    writer.transactions.connections.close()
    reader.close()
    with pytest.raises(StoreError):
        held.vectors([1])


def test_words_weigh_what_they_weigh_in_a_folder(opened: Opened, tmp_path: Path) -> None:
    store = opened(Layout(DIM, "m", language="english"))
    folder = LocalStore.create(tmp_path / "folder.askew", DIM, "m", language="english")
    texts = [
        "red tents and tents",
        "the tenting of blue kayaks",
        "kayak",
        "a red, red lamp",
        "naïve Köln café",
        "Größe",
    ]
    made = [entry(f"d{i}", (text, vector(1)), title="Camping" * (i % 2)) for i, text in enumerate(texts)]
    for one in (store, folder):
        one.write(made)
    for query in ("tent", "red tents", "camping kayak", "cafe koeln", "naive", "groesse", "the", "red red lamp"):
        found, expected = store.lexical(query, 9), folder.lexical(query, 9)
        assert found.keys.tolist() == expected.keys.tolist(), query
        assert found.scores[0].tolist() == pytest.approx(expected.scores[0].tolist(), rel=1e-5)
    folder.close()
