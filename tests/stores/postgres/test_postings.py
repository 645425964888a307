"""Packed postings: scores of a folder whatever is read, deleted, merged or looked up, and the upgrade to them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.postgres import execute

from askew.stores import Entry, Layout
from askew.stores.local.store import LocalStore
from askew.stores.postgres import lexical, postings, upkeep
from askew.stores.postgres.sessions import Clause, Rows
from askew.stores.postgres.store import PostgresStore
from askew.stores.postgres.transactions import STATED
from askew.stores.text import Analysis

Opened = Callable[..., PostgresStore]
WORDS = [f"w{rank}" for rank in range(40)]
QUERIES = ("w0", "w0 w1", "w39", "w39 w0 w1", "w20 w21 w0", "w5 w6 w7 w0", "w0 nowhere")


def drawn(count: int, seed: int = 1, first: int = 0) -> list[Entry]:
    """Passages of words by a law under which the first are in nearly all of them."""
    rng = np.random.default_rng(seed)
    law = 1 / (np.arange(len(WORDS)) + 1.0) ** 1.3
    rows = rng.choice(len(WORDS), (count, 12), p=law / law.sum())
    return [
        entry(f"d{number}", (" ".join(WORDS[rank] for rank in row), vector(1)), metadata={"i": number})
        for number, row in enumerate(rows.tolist(), first)
    ]


def same(store: PostgresStore, folder: LocalStore, k: int, where: dict[str, object] | None = None) -> None:
    for query in QUERIES:
        found, expected = store.lexical(query, k, where), folder.lexical(query, k, where)
        assert found.scores[0].tolist() == pytest.approx(expected.scores[0].tolist(), rel=1e-5), query
        assert store.owners(found.keys[0].tolist()) == folder.owners(expected.keys[0].tolist()), query


@pytest.fixture(params=[(20_000, 2000), (100, 2000), (100, 5), (5, 2000)])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Words that are read at once, looked up in few passages, read after all as these are too many, or all rare."""
    monkeypatch.setattr(lexical, "MANY", request.param[0])
    monkeypatch.setattr(lexical, "LOOKED_UP", request.param[1])


def test_scores_are_those_of_a_folder_whatever_is_read(opened: Opened, tmp_path: Path, limits: None) -> None:
    store, folder = opened(), LocalStore.create(tmp_path / "folder.askew", DIM, "m")
    for one in (store, folder):
        for part in range(4):
            one.write(drawn(100, part, 100 * part))
    for k in (1, 10, 500):
        same(store, folder, k)
        same(store, folder, k, {"i": {"$lt": 70}})
        same(store, folder, k, {"i": {"$in": [3, 399]}})
    folder.close()


@pytest.mark.parametrize("block", [8192, 7])
def test_what_is_deleted_weighs_nothing_before_and_after_merging(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(postings, "BLOCK", block)
    monkeypatch.setattr(postings, "AT_ONCE", 500)
    monkeypatch.setattr(upkeep, "MERGED", 0 if block == 7 else 10_000)
    store = opened()
    store.write(drawn(60))
    store.write(drawn(60, 2, 60))
    store.delete([f"d{number}" for number in range(0, 120, 3)])
    store.write(drawn(30, 3, 20))
    left = sorted({*range(120)} - {*range(0, 120, 3)} | {*range(20, 50)})
    texts = {document.id: document.text for document in store.documents([f"d{number}" for number in left])}
    folder = LocalStore.create(tmp_path / "fresh.askew", DIM, "m")
    keys = store.owners(store.keys().tolist())  # the order in which they were written
    folder.write([entry(id, (texts[id], vector(1))) for id in keys])
    assert store.check() == []
    same(store, folder, 200)
    store.optimise()
    assert store.check() == []
    same(store, folder, 200)
    with store.transactions.reading() as session:
        assert session.rows("SELECT count(*) FROM postings WHERE n <= 0 OR n > %s", block) == [(0,)]
    store.delete(keys)
    store.optimise()
    with store.transactions.reading() as session:
        assert session.rows("SELECT count(*) FROM postings") == session.rows("SELECT count(*) FROM terms") == [(0,)]
    folder.close()


def test_what_is_deleted_while_postings_are_merged_stays_deleted(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postings, "BLOCK", 8)
    store, other = opened(), opened()
    store.write(drawn(60))
    store.optimise()
    for part in range(3):
        store.write(drawn(3, part, 60 + 3 * part))  # loose rows, and whole blocks that would be left
    merge = postings._merge

    def beside(*given: object) -> int:
        if other.digests(["d5"]):
            other.delete(["d5", "d6", "d7"])
        return merge(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(postings, "_merge", beside)
    store.optimise()
    assert store.check() == []
    monkeypatch.setattr(postings, "_merge", merge)
    store.optimise()
    assert store.check() == []
    for query in QUERIES:
        store.passages(store.lexical(query, 500).keys[0].tolist())


def test_a_word_that_one_server_lacks_is_read_from_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "MANY", 10)
    row = ("cat", 0, 30, 30, next(postings.rows({"cat": [(key, 1, 5) for key in range(30)]}).__iter__())[3])
    state = (0,) * STATED

    def ask(clause: Clause) -> list[Rows]:
        least = clause.values[0]
        held = row if isinstance(least, int) and least >= 30 else (*row[:4], None)
        return [[(*state, *held)], [(*state, *[None] * 5)]]

    found = lexical.search(ask, lambda _: (30, 150), Analysis(""), "cat", 3, None, None)
    assert found.keys.tolist() == [[0, 1, 2]]


@pytest.mark.parametrize("access", [False, True])
def test_the_first_format_is_upgraded(opened: Opened, url: str, name: str, access: bool) -> None:
    store = opened(Layout(DIM, "m", access=access))
    store.write(drawn(50))
    expected = [store.lexical(query, 20) for query in QUERIES]
    sees = "SET askew.sees = 'all'"
    execute(
        url,
        f"SET search_path = askew_{name}, public",
        sees,
        "CREATE TABLE first AS SELECT key, freq, length, term FROM terms f, unnest(terms, freqs) AS t(term, freq)",
        "DROP TABLE terms",
        "DROP TABLE postings",
        "ALTER TABLE first RENAME TO postings",
        "CREATE INDEX postings_term ON postings (term, key)",
        "CREATE INDEX postings_key ON postings (key)",
        "UPDATE meta SET value = '1' WHERE name = 'format'",
    )
    again = opened()
    for query, found in zip(QUERIES, expected, strict=True):
        assert again.lexical(query, 20).keys.tolist() == found.keys.tolist()
        assert again.lexical(query, 20).scores.tolist() == found.scores.tolist()
    assert again.check() == []
    again.optimise()
    assert again.check() == []
    for table in ("terms", "postings"):
        assert bool(execute(url, f"SELECT * FROM askew_{name}.{table}")) is not access


def test_long_passages_and_wide_keys_keep_their_numbers() -> None:
    rows = {"a": [(5, 1, 2), (5 + 2**33, 40_000, 70_000)], "b": [(2**40, 3, 4)]}
    for term, first, count, packed in postings.rows(rows):
        found = postings.unpacked([(first, count, packed)])  # type: ignore[list-item]
        assert list(zip(found.keys, found.freqs, found.lengths, strict=True)) == rows[term]  # type: ignore[index]
