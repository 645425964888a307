"""Formats of the schema, access control by policies, and damage that is found."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from helpers.entries import DIM, entry, vector
from helpers.postgres import SUPERUSER, execute, server

from askew.errors import StoreError
from askew.stores import Entry, Layout
from askew.stores.postgres import blocks, engine, schema
from askew.stores.postgres.store import PostgresStore
from askew.stores.visible import Views, VisibleStore

Opened = Callable[..., PostgresStore]


def read_by(given: Entry, *groups: str) -> Entry:
    return replace(given, document=replace(given.document, readers=frozenset(groups)))


def test_an_older_format_is_upgraded_by_a_writer_and_refused_to_a_reader(
    opened: Opened, url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened().write([entry("a", ("red tents", vector(1)))])
    now = schema.FORMAT
    monkeypatch.setattr(schema, "FORMAT", now + 2)
    monkeypatch.setattr(schema, "STEPS", {now: "CREATE TABLE one ()", now + 1: "CREATE TABLE two (); DROP TABLE one"})
    with pytest.raises(StoreError, match=f"older format {now}"):
        opened(writable=False)
    assert opened(writable=True).count() == 1
    assert opened(writable=False).count() == 1
    assert execute(url, f"SELECT value FROM askew_{name}.meta WHERE name = 'format'") == [(f"{now + 2}",)]
    monkeypatch.setattr(schema, "FORMAT", now)
    with pytest.raises(StoreError, match="pip install -U askew"):
        opened(writable=False)


def test_an_upgrade_that_fails_leaves_the_format_as_it_was(
    opened: Opened, url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened()
    now = schema.FORMAT
    monkeypatch.setattr(schema, "FORMAT", now + 1)
    monkeypatch.setattr(schema, "STEPS", {now: "CREATE TABLE one (); SELECT 1 / 0"})
    with pytest.raises(StoreError):
        opened(writable=True)
    assert execute(
        url, f"SELECT value, to_regclass('askew_{name}.one') FROM askew_{name}.meta WHERE name = 'format'"
    ) == [(f"{now}", None)]


@pytest.mark.parametrize(
    "harm",
    [
        "UPDATE meta SET value = 'x' WHERE name = 'dim'",
        "DELETE FROM meta WHERE name = 'precision'",
        "UPDATE meta SET value = 'x' WHERE name = 'format'",
        "ALTER TABLE meta RENAME COLUMN value TO other",
        "DROP TABLE meta",
    ],
)
def test_settings_that_cannot_be_read_are_told(opened: Opened, url: str, name: str, harm: str) -> None:
    opened()
    execute(url, f"SET search_path = askew_{name}", harm)
    for writable in (False, True):
        with pytest.raises(StoreError, match="damaged"):
            opened(writable=writable)


@pytest.mark.parametrize(
    ("harm", "found"),
    [
        ("UPDATE texts SET text = 'other'", "'a'"),
        ("DELETE FROM vectors WHERE key = 0", "'a'"),
        ("DELETE FROM terms WHERE key = 0", "'a'"),
        ("DELETE FROM postings WHERE term = 'kayak'", "'kayak'"),
        ("DELETE FROM texts WHERE number = 0", "'a'"),
        ("UPDATE state SET passages = 7", "counters"),
        ("INSERT INTO metadata VALUES (99, 'n', 1, 'x', NULL)", "metadata"),
        ("UPDATE documents SET source = '/x' WHERE number = 0", "'a'"),
        ('UPDATE passages SET "end" = 3 WHERE key = 0', "'a'"),
    ],
)
def test_what_does_not_fit_together_is_found(opened: Opened, url: str, name: str, harm: str, found: str) -> None:
    store = opened()
    store.write([entry("a", ("red tents", vector(1))), entry("b", ("kayak", vector(2)))])
    assert store.check() == []
    execute(url, f"SET search_path = askew_{name}, public", harm)
    assert any(found in problem for problem in store.check())


def guarded(opened: Opened) -> PostgresStore:
    store = opened(Layout(DIM, "m", access=True))
    store.write(
        [
            read_by(entry("a", ("red tents", vector(1)), metadata={"x": 1}), "staff"),
            read_by(entry("b", ("red kayak", vector(2)), metadata={"y": 1}), "board", "'; DROP TABLE readers; --"),
            entry("c", ("red roof", vector(3))),
        ]
    )
    store.set_note("weights", "learned from all")
    store.remember({"/file": "stamp"})
    return store


TABLES = ("documents", "texts", "passages", "vectors", "metadata", "terms", "readers", "sources", "postings")


@pytest.mark.parametrize(
    "sees", ["", "SET askew.sees = 'groups'", "SET askew.sees = 'nothing'", "SET row_security = on"]
)
def test_a_session_that_names_no_group_sees_no_row(opened: Opened, url: str, name: str, sees: str) -> None:
    guarded(opened)
    for table in TABLES:
        settings = [sees] if sees else []
        assert execute(url, *settings, f"SELECT * FROM askew_{name}.{table}") == []


def test_a_group_sees_its_documents_alone_in_every_table(opened: Opened, url: str, name: str) -> None:
    guarded(opened)
    path = f"SET search_path = askew_{name}, public"
    sees = (path, "SET askew.sees = 'groups'", "SET askew.groups = '{staff}'")
    for table in TABLES[:-2]:
        assert len(execute(url, *sees, f"SELECT * FROM {table}")) == 1
    for table in TABLES[-2:]:  # which know no single document
        assert execute(url, *sees, f"SELECT * FROM {table}") == []
    assert execute(url, *sees, "SELECT * FROM meta WHERE name LIKE 'note:%'") == []
    assert execute(url, *sees, "WITH d AS (DELETE FROM documents RETURNING 1) SELECT * FROM d") == []
    assert execute(url, path, "SET askew.sees = 'all'", "SELECT id FROM documents ORDER BY id") == [
        ("a",),
        ("b",),
        ("c",),
    ]


def test_a_view_that_asks_for_too_much_gets_nothing(opened: Opened) -> None:
    """As if `VisibleStore` had a fault: the base is asked for what the groups may not read."""
    store = guarded(opened)
    with store.seen_by(frozenset({"staff"})):
        assert (store.keys().tolist(), store.notes(), store.sources()) == ([0], [], {})
        assert list(store.digests(["a", "b", "c"])) == ["a"]
        assert store.lexical("red", 9).keys.tolist() == [[]]
        assert [field.name for field in store.fields()] == ["x"]
        with pytest.raises(KeyError):
            store.documents(["b"])
        with store.snapshot():
            assert store.count({"x": 1}) == 1
    assert store.count({"x": 1}) == 1
    assert len(store.keys()) == 3
    view = VisibleStore(store, frozenset({"'; DROP TABLE readers; --"}), "", Views())
    assert view.owners(view.keys().tolist()) == ["b"]
    assert view.documents(["b"])[0].readers == {"'; DROP TABLE readers; --"}
    assert store.documents(["b"])[0].readers == {"board", "'; DROP TABLE readers; --"}
    assert store.check() == []


def test_a_large_snapshot_of_a_view_is_behind_the_wall_too(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "IN_MEMORY", 0)
    store = guarded(opened)
    with store.seen_by(frozenset({"staff"})):
        held = store.blocks()
        assert held.keys.tolist() == [0]
        with pytest.raises(KeyError):
            held.vectors([1])
    assert held.vectors([0]).shape == (1, DIM)
    assert store.blocks().vectors([1]).shape == (1, DIM)


@pytest.mark.parametrize("hostile", ['x"; DROP SCHEMA public; --', "", "A", "é", "x" * 49, "x y"])
def test_a_name_from_a_pointer_is_no_part_of_a_statement(url: str, hostile: str) -> None:
    for act in (
        lambda: engine.exists(url, hostile),
        lambda: engine.create(url, hostile, Layout(DIM, "m")),
        lambda: engine.open_store(url, hostile, writable=True, wait=1.0),
    ):
        with pytest.raises(StoreError, match="is not the name"):
            act()


def test_a_role_that_passes_through_policies_is_refused(opened: Opened, name: str) -> None:
    guarded(opened)
    for act in (
        lambda: engine.open_store(server().url(SUPERUSER), name, writable=False, wait=1.0),
        lambda: engine.create(server().url(SUPERUSER), f"{name}x", Layout(DIM, "m", access=True)),
    ):
        with pytest.raises(StoreError, match="CREATE ROLE"):
            act()


def test_only_what_was_deleted_by_name_is_gone(opened: Opened, url: str, name: str) -> None:
    store = opened()
    folder = store.scratch()
    store.discard()
    assert not engine.exists(url, name)
    again = engine.create(url, name, Layout(DIM, "m"))
    assert again.scratch() != folder  # what was derived from other documents is not taken for its own
    again.close()
