"""An index that goes from engine to engine: the same vectors, contract and rankings, also where it was killed."""

from pathlib import Path

import numpy as np
import pytest
from helpers.killing import MOVE, running
from helpers.postgres import PASSWORD, execute, server, together
from helpers.to_migrate import documents, texts

from askew.index import Index
from askew.migration.migrate import migrate
from askew.migration.steps import drop_old
from askew.stores import Layout
from askew.stores.postgres import engine

QUERIES = [one.text for one in documents(300)[5:300:30]]
SERVERS, MANY = 3, 1100
ROUTES = {
    "one server": ("postgres", "lance", "folder"),
    "several servers": ("shards", "lance", "shards", "folder"),
}


@pytest.mark.parametrize("route", ROUTES)
def test_an_index_is_the_same_in_every_store(book: Path, tmp_path: Path, route: str) -> None:
    urls = {
        "postgres": server().url(),
        "shards": together(*map(server, range(SERVERS))),
        "lance": f"lance://{tmp_path / 'shared'}",
        "folder": "folder",
    }
    with Index.open(book, writable=True) as index:
        index.store.set_note("weights", "[1, 3]")
        contract = index.contract
        vectors = index.store.vectors(index.store.keys())
    before = {mode: rankings(book, mode) for mode in ("dense", "lexical")}
    for store in (urls[place] for place in ROUTES[route]):
        found = migrate(book, store=store, switch=True)
        assert (found.written, found.copied, found.switched) == (0, 300, True)
        migrate(book, drop_old=True)
        with Index.open(book) as index:
            assert (index.contract, index.store.note("weights"), index.check()) == (contract, "[1, 3]", [])
            assert np.array_equal(index.store.vectors(index.store.keys()), vectors)
        for mode, (ids, scores) in before.items():
            moved = rankings(book, mode)
            assert moved[0] == ids
            assert moved[1] == pytest.approx(scores, rel=1e-5)  # tantivy adds in single precision
    written = [path.read_bytes() for path in book.with_suffix(".askew").rglob("*") if path.is_file()]
    assert not any(b"store.json" in data or b"postgresql" in data for data in written)


def rankings(name: Path, mode: str) -> tuple[list[str], list[float]]:
    with Index.open(name) as index:
        found = [hit for ranked in index.rank(QUERIES, 20, mode=mode) for hit in ranked]
    return [hit.document for hit in found], [hit.score for hit in found]


@pytest.mark.parametrize("moment", [("documents", 512), ("switching", 0)])
def test_a_move_to_several_servers_that_is_killed_goes_on(
    book: Path, moment: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    with Index.open(book, writable=True) as index:
        index.add(documents(MANY))
        vectors = index.store.vectors(index.store.keys())
    before = rankings(book, "dense")
    for store in (together(*map(server, range(SERVERS))), "folder"):
        killed(book, store, *moment)
        assert rankings(book, "dense") == before
        with running(MOVE, book, store) as child:
            out, err = child.communicate()
            assert "switched 0" in out, err
        drop_old(book)
        with Index.open(book) as index:
            assert index.check() == []
            assert np.array_equal(index.store.vectors(index.store.keys()), vectors)
        assert rankings(book, "dense") == before
    assert texts(book) == {document.id: document.text for document in documents(MANY)}
    for number in range(SERVERS):
        assert schemas(number, "book") == []


def test_a_name_that_another_index_has_is_passed_over(book: Path) -> None:
    url = together(*map(server, range(SERVERS)))
    taken = engine.create(url, "book-v1", Layout(4, "another index"))
    migrate(book, store=url, switch=True)
    assert schemas(0, "book") == schemas(1, "book") == ["askew_book-v1", "askew_book-v2"]
    assert taken.count() == 0
    migrate(book, drop_old=True)
    migrate(book, store="folder", switch=True)
    migrate(book, drop_old=True)
    taken.discard()


def killed(name: Path, store: str, what: str, done: int) -> None:
    """Move it until this has been said, and kill that."""
    with running(MOVE, name, store) as child:
        assert child.stdout is not None
        for line in child.stdout:
            said, _, count = line.strip().rpartition(" ")
            if said == what and int(count) >= done:
                return
        assert child.stderr is not None
        pytest.fail(f"{what} never came: {child.stderr.read()}")


def schemas(number: int, name: str) -> list[str]:
    """The stores of an index on one of the servers."""
    query = f"SELECT nspname::text FROM pg_namespace WHERE nspname LIKE 'askew!_{name}%' ESCAPE '!' ORDER BY 1"
    return [found for (found,) in execute(server(number).url(), query)]
