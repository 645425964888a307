"""Readers of documents, in every store."""

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.opener import GUARDED

from askew.errors import InputError, StoreError
from askew.stores import Entry, Store
from askew.stores.local.store import LocalStore
from askew.stores.visible import Views, VisibleStore
from askew.types import SparseRows


def read_by(given: Entry, *groups: str) -> Entry:
    return replace(given, document=replace(given.document, readers=frozenset(groups)))


@pytest.fixture(params=list(GUARDED))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    made = GUARDED[request.param](tmp_path / "guarded.askew", DIM, "the manifest")
    made.write(
        [
            read_by(entry("a", ("red tents", vector(1, 0)), metadata={"x": 1}), "staff", "board"),
            entry("b", ("blue kayak", vector(0, 2)), ("red paddle", vector(0, 1)), metadata={"y": 1}),
            read_by(entry("c", ("red roof", vector(0.5, 0.5))), "board"),
        ]
    )
    return made


def test_readers_are_read_back_replaced_and_deleted_with_their_document(store: Store) -> None:
    assert [one.readers for one in store.documents(["a", "b", "c"])] == [{"staff", "board"}, frozenset(), {"board"}]
    assert store.readers(["a", "b"]) == {"a": {"staff", "board"}}
    assert list(store.readable(["board", "staff"])) == ["a", "c"]
    assert {id: names for id, (_, names) in store.readable(["staff", "x"]).items()} == {"a": {"staff"}}
    store.write([read_by(entry("a", ("red tents", vector(1, 0))), "press")])
    assert list(store.readable(["board", "press"])) == ["c", "a"]
    store.delete(["c"])
    assert store.readers(["a", "c"]) == {"a": {"press"}}
    assert store.check() == []


def test_readers_change_alone_and_what_follows_them_knows(store: Store) -> None:
    before = store.change()
    store.remember({"/file": "stamp"})
    store.assign({"b": "/file"})
    store.remember({"/file": "stamp"})
    assert store.set_readers({"a": frozenset({"staff", "board"}), "b": frozenset({"staff"})}) == 1
    assert store.change() != before
    assert store.sources() == {}
    assert store.readers(["b"]) == {"b": {"staff"}}
    assert store.check() == []
    with pytest.raises(KeyError):
        store.set_readers({"nobody": frozenset()})
    with pytest.raises(InputError):
        store.set_readers({"a": "staff"})  # type: ignore[dict-item]


def test_a_transaction_that_fails_leaves_the_readers(store: Store) -> None:
    view = VisibleStore(store, frozenset({"board"}), "", Views())

    def fail() -> None:
        with store.transaction():
            store.set_readers({"a": frozenset()})
            assert view.keys().tolist() == [0]
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert store.readers(["a"]) == {"a": {"staff", "board"}}
    assert view.owners(view.keys().tolist()) == ["a", "c"]


def test_a_view_numbers_what_it_shows_anew(store: Store) -> None:
    view = VisibleStore(store, frozenset({"board"}), "", Views())
    assert view.keys().tolist() == [0, 1]
    assert view.extents(["c"]) == [range(1, 2)]
    assert [one.document for one in view.passages([1, 0])] == ["c", "a"]
    assert view.lexical("red", 5).keys.tolist() == [[0, 1]]
    assert view.lexical("kayak", 5).keys.tolist() == [[]]
    assert view.count({"x": 1}) == 1
    assert view.sizes().documents == 2
    for read in (lambda: view.documents(["b"]), lambda: view.extents(["b"]), lambda: view.passages([2])):
        with pytest.raises(KeyError):
            read()
    with pytest.raises(InputError, match="There is no"):
        view.count({"y": 1})


def test_views_keep_no_more_than_they_may(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("askew.stores.visible.HELD", 2)
    monkeypatch.setattr("askew.stores.visible_content.IN_MEMORY", 0)
    views = Views()
    for group in ("board", "staff", "press"):
        view = VisibleStore(store, frozenset({group}), "", views)
        assert len(view.vectors(view.keys())) == len(view.keys())
        assert [block.vectors.tolist() for block in view.blocks()] == [view.vectors(view.keys()).tolist()] * bool(
            len(view.keys())
        )
        assert view.nearest(view.vectors(view.keys()), 2).keys.shape == (len(view.keys()), min(2, len(view.keys())))
    assert len(views._held) == 2


def test_a_change_that_is_invisible_leaves_the_view_as_it_is(store: Store) -> None:
    views = Views()
    view = VisibleStore(store, frozenset({"staff"}), "", views)
    view.lexical("red", 1)
    (_, content) = views._held[frozenset({"staff"})]
    store.write([entry("d", ("hidden", vector(1)))])
    view.lexical("red", 1)
    assert views._held[frozenset({"staff"})][1] is content
    store.set_readers({"c": frozenset({"staff"})})
    assert view.lexical("roof", 1).keys.tolist() == [[1]]


def test_sparse_vectors_are_of_what_is_visible(store: Store) -> None:
    rows = SparseRows.of(np.array([[0, 1, 2]], np.float32))
    store.write([replace(read_by(entry("s", ("sparse", vector(1))), "staff"), sparse=rows)])
    store.delete(["a", "b", "c"])
    view = VisibleStore(store, frozenset({"staff"}), "", Views())
    assert view.sparse(rows, 3).keys.tolist() == [[0]]
    assert view.sparse(rows, 1).scores.tolist() == store.sparse(rows, 1).scores.tolist()
    assert view.sparse_moments(rows) == store.sparse_moments(rows)


def test_a_store_without_access_control_takes_no_readers(tmp_path: Path) -> None:
    with_none = LocalStore.create(tmp_path / "open.askew", DIM, "m")
    with pytest.raises(InputError):
        with_none.write([read_by(entry("a", ("x", vector(1))), "staff")])
    with_none.write([entry("a", ("x", vector(1)))])
    assert (with_none.access, with_none.readers(["a"]), with_none.readable(["staff"])) == (False, {}, {})
    with pytest.raises(InputError):
        with_none.set_readers({"a": frozenset({"staff"})})
    with_none.close()


def test_damaged_readers_are_found(tmp_path: Path) -> None:
    folder = tmp_path / "guarded.askew"
    made = LocalStore.create(folder, DIM, "m", access=True)
    made.write([read_by(entry("a", ("x", vector(1))), "staff")])
    made.close()
    connection = sqlite3.connect(folder / "catalog.sqlite")
    connection.execute("INSERT INTO readers VALUES ('press', 1)")
    connection.execute("INSERT INTO readers VALUES ('press', 99)")
    connection.commit()
    connection.close()
    damaged = LocalStore.open(folder)
    with pytest.raises(StoreError):
        damaged.documents(["a"])
    assert len(damaged.check()) == 2
    damaged.close()
