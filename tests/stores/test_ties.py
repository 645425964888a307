"""Pages of one result neither overlap nor lose anything: equal scores come by key, however many are asked for."""

from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.stores import Entry, Neighbours, Store, flat, text
from askew.stores.local import ivf_build
from askew.stores.local.store import LocalStore

ALIKE, COUNT = 5, 330


def many(first: int = 0, count: int = COUNT) -> list[Entry]:
    """Of every vector and every text many, mixed with one another; some documents have two passages."""
    rng = np.random.default_rng(3)
    kinds = rng.normal(size=(ALIKE, DIM))
    words = ["red tent", "red tent kayak", "tent", "stove red red", "lamp"]
    made = []
    for i in range(first, first + count):
        parts = [(words[kind], kinds[kind].tolist()) for kind in rng.integers(0, ALIKE, 1 + i % 2)]
        made.append(entry(f"d{i}", *parts, metadata={"third": i % 3}))
    return made


def assert_ordered(found: Neighbours) -> None:
    for keys, scores in zip(found.keys, found.scores, strict=True):
        assert keys.tolist() == keys[np.lexsort((keys, -scores))].tolist()
        assert len(set(keys.tolist())) == len(keys)


@pytest.fixture
def tied(store: Store) -> Store:
    """Dead passages, several commits, and so several segments of the text index."""
    store.write(many())
    store.write(many(COUNT, 60))
    store.delete([f"d{i}" for i in range(0, 90, 9)])
    store.write(many(40, 20))
    return store


@pytest.mark.parametrize("where", [None, {"third": {"$ne": 1}}, {"third": 2}])
@pytest.mark.parametrize("block", [7, 1 << 15])
def test_the_nearest_few_are_the_first_of_more(
    tied: Store, block: int, where: dict[str, object] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flat, "BLOCK", block)
    queries = np.random.default_rng(4).normal(size=(3, DIM)).astype(np.float32)
    total = tied.count(where)
    everything = tied.nearest(queries, total, where)
    assert_ordered(everything)
    assert len(np.unique(everything.scores[0])) == ALIKE
    for k in range(1, total, 5):
        found = tied.nearest(queries, k, where)
        assert np.array_equal(found.keys, everything.keys[:, :k])
        assert np.array_equal(found.scores, everything.scores[:, :k])
        alone = tied.nearest(queries[:1], k, where)
        assert np.array_equal(alone.keys, everything.keys[:1, :k])


@pytest.mark.parametrize("where", [None, {"third": {"$ne": 1}}])
@pytest.mark.parametrize("few", [0, 20_000])
@pytest.mark.parametrize("query", ["red", "tent kayak", "red stove lamp"])
def test_the_best_few_by_word_are_the_first_of_more(
    tied: Store, query: str, few: int, where: dict[str, object] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(text, "FEW", few)
    everything = tied.lexical(query, 10**6, where)
    assert_ordered(everything)
    total = everything.keys.shape[1]
    assert total > 10 * len(np.unique(everything.scores))
    for k in range(1, total, 7):
        found = tied.lexical(query, k, where)
        assert found.keys.tolist() == everything.keys[:, :k].tolist()
        assert found.scores.tolist() == everything.scores[:, :k].tolist()


def test_thousands_that_share_one_score_come_by_key(store: Store) -> None:
    for start in range(0, 9000, 3000):  # three segments, which tantivy does not keep in the order of keys
        store.write([entry(f"d{i}", ("red tent", vector(1))) for i in range(start, start + 3000)])
    for k in (1, 10, 700, 6000):
        assert store.lexical("red", k).keys[0].tolist() == list(range(k))
        assert store.nearest(np.array([vector(1)], np.float32), k).keys[0].tolist() == list(range(k))


def test_the_approximate_search_orders_what_it_finds_in_the_same_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With rows beyond what it covers, which are scanned and merged with the rest."""
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    rng = np.random.default_rng(5)
    rows = np.repeat(rng.normal(size=(1200, DIM)), 5, axis=0)[rng.permutation(6000)]
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write([entry(f"d{i}", ("w", row)) for i, row in enumerate(rows)])
    store.optimise()
    assert store.facts()["method"] == "ivf"
    store.write([entry(f"e{i}", ("w", row)) for i, row in enumerate(rows[:2000])])
    for k in (1, 4, 50, 300):
        found = store.nearest(rng.normal(size=(8, DIM)).astype(np.float32), k)
        assert_ordered(found)
        assert k < 4 or (np.diff(found.scores, axis=1) == 0).any()
    store.close()
