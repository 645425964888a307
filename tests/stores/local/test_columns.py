"""Columns, SQLite and `where.matches` keep the same documents, whatever is added, replaced, deleted or renumbered."""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.entries import DIM, vector
from helpers.entries import entry as with_vectors
from helpers.metadata import Object, documents, entry, filters, undone
from hypothesis import example, given, settings
from hypothesis import strategies as st

from askew.errors import InputError
from askew.quantisation import RowFormat
from askew.stores import Entry, Mask, records
from askew.stores.catalog import State
from askew.stores.local import columns, database, writer
from askew.stores.local.columns import GROWTH, LATE, NARROW, PARTS, STATEMENT, Columns, budget
from askew.stores.local.database import Catalog
from askew.stores.local.filters import rows_kept
from askew.stores.local.folder import Folder
from askew.stores.local.store import LocalStore
from askew.stores.where import Compare, Either, Every, Exists, Kind, Member, Node, Not, leaves, matches, parse

EVERYTHING = Every(())


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Catalog]:
    folder = tmp_path_factory.mktemp("columns")
    database.create(folder, RowFormat(1), "", "")
    opened = Catalog(Folder(folder), writable=True)
    yield opened
    opened.close()


class Made:
    """A catalogue that changes, and what it holds: every document's metadata by its id."""

    def __init__(self, connection: sqlite3.Connection, base: int = 0) -> None:
        self.connection = connection
        self.state = State(base=base)
        self.held: dict[str, Object] = {}

    def add(self, contents: Mapping[str, tuple[Object, int]]) -> None:
        state = records.remove(self.connection, self.state, list(contents))
        checked = [records.checked(entry(id, metadata, count), 1) for id, (metadata, count) in contents.items()]
        self.state = records.insert(self.connection, replace(state, change=state.change + 1), checked)
        self.held |= {id: metadata for id, (metadata, _) in contents.items()}

    def delete(self, ids: Sequence[str]) -> None:
        state = records.remove(self.connection, self.state, ids)
        self.state = replace(state, change=state.change + 1)
        self.held = {id: metadata for id, metadata in self.held.items() if id not in ids}

    def compact(self) -> None:
        state = self.state
        writer._renumber(self.connection, state.base + state.rows)
        moved = replace(state, base=state.base + state.rows, rows=state.passages, deaths=0)
        self.state = replace(moved, generation=state.generation + 1, change=state.change + 1)

    def live(self, node: Node = EVERYTHING) -> Mask:
        """The rows of the documents that match."""
        mask = np.zeros(self.state.rows, np.bool_)
        for id, first, count in self.connection.execute("SELECT id, first, passages FROM documents"):
            mask[first - self.state.base :][:count] = matches(node, self.held[id])
        return mask

    def present(self) -> Iterator[Node]:
        """Conditions on the values that are there, so that most of them keep something."""
        found = list(dict.fromkeys(leaf for metadata in self.held.values() for leaf in leaves(metadata)))
        operators = cycle(["<", ">", "=", ">=", "<="])
        for leaf, other in zip(found[:6], reversed(found), strict=False):
            ordered = leaf.value.kind in (Kind.NUMBER, Kind.STRING)
            yield Compare(leaf.field, next(operators) if ordered else "=", leaf.value)
            yield Every((Exists(leaf.field), Not(Member(other.field, (other.value,)))))
            yield Member(leaf.field, (leaf.value, other.value))

    def kept(self, where: Object | Node, columns: Columns | None) -> list[int]:
        node = parse(where) if isinstance(where, Mapping) else where
        mask = rows_kept(self.connection, node, self.state, columns) & self.live()
        return np.flatnonzero(mask).tolist()


@pytest.fixture
def made(catalogue: Catalog) -> Iterator[Made]:
    with undone(catalogue) as connection:
        yield Made(connection)


def wanted(columns: Columns, fields: set[str]) -> None:
    """As if SQLite had been asked about these fields for long."""
    for field in fields:
        columns.spend(field, 1 << 40)


def named(node: Node) -> set[str]:
    match node:
        case Every(parts) | Either(parts):
            return set[str]().union(*map(named, parts))
        case Not(part):
            return named(part)
        case Compare() | Member() | Exists():
            return {node.field}


def numbered(count: int, field: str = "a", kinds: int = 10, start: int = 0) -> dict[str, tuple[Object, int]]:
    return {str(i): ({field: i % kinds}, 1) for i in range(start, start + count)}


ids = st.sampled_from("abcdefgh")
steps = st.one_of(
    st.dictionaries(ids, st.tuples(documents, st.integers(0, 3)), min_size=1, max_size=5),
    st.lists(ids, min_size=1, max_size=3),
    st.just("compact"),
)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(steps, min_size=1, max_size=12),
    st.lists(filters, min_size=1, max_size=4),
    st.sampled_from([0, 7, 2**40]),
)
@example([{"a": ({"a": [1, 1.0, True, "1"]}, 2), "b": ({"a": 2**53 + 1}, 1)}], [{"a": float(2**53)}, {"a": 1}], 7)
@example([{"a": ({"a": [1, 2, 3]}, 2), "b": ({"a": 0}, 2)}], [{"a": {"$gt": 1}}, {"a": {"$lt": 2}}], 0)
@example([{"a": ({"a": 1}, 1)}, {"b": ({"a": 2}, 1)}, ["a"], {"b": ({}, 3)}, "compact"], [{"a": {"$gte": 1}}], 0)
@example([{"a": ({}, 1)}, *({id: ({"a": 1}, 1)} for id in "bcdefghabc")], [{"a": 1}, {"a": None}], 0)
def test_columns_and_sqlite_keep_what_matches(
    catalogue: Catalog, changes: list[Any], wheres: list[Object], base: int
) -> None:
    found = Columns()
    with undone(catalogue) as connection:
        made = Made(connection, base)
        for change in changes:
            if isinstance(change, dict):
                made.add(change)
            elif isinstance(change, list):
                made.delete(change)
            else:
                made.compact()
            for node in [*map(parse, wheres), *made.present()]:
                wanted(found, named(node))
                expected = np.flatnonzero(made.live(node)).tolist()
                assert made.kept(node, None) == expected
                assert made.kept(node, found) == expected


@settings(max_examples=100, deadline=None)
@given(st.lists(documents, min_size=1, max_size=8), st.sampled_from([1, 3]), st.data())
def test_every_value_of_a_column_is_found(
    catalogue: Catalog, contents: list[Object], count: int, data: st.DataObject
) -> None:
    found = Columns()
    leaf = data.draw(st.sampled_from([leaf for one in contents for leaf in leaves(one)] or [None]))
    if leaf is None or leaf.value.kind not in ("n", "s"):
        return
    with undone(catalogue) as connection:
        made = Made(connection)
        made.add({str(i): (one, count) for i, one in enumerate(contents)})
        wanted(found, {leaf.field})
        for operator in ("$eq", "$ne", "$gt", "$gte", "$lt", "$lte"):
            where = {leaf.field: {operator: leaf.value.plain}}
            assert made.kept(where, found) == np.flatnonzero(made.live(parse(where))).tolist(), operator
        assert found.find(connection, leaf.field, made.state) is not None


def test_a_column_is_read_once_sqlite_has_read_half_as_much(made: Made) -> None:
    made.add(numbered(4 * STATEMENT, kinds=8))
    found = Columns()
    assert found.find(made.connection, "a", made.state) is None
    assert made.kept({"a": {"$lt": 2}}, found) == made.kept({"a": {"$lt": 2}}, None)  # a quarter, and the statement
    column = found.find(made.connection, "a", made.state)
    assert column is not None
    assert column.kept(Compare("a", "=", parse({"a": 3}).value)).sum() == STATEMENT // 2  # type: ignore[union-attr]
    assert found.find(made.connection, "b", made.state) is None


def test_a_field_of_many_values_waits_longer(made: Made) -> None:
    made.add(numbered(2 * NARROW, kinds=2 * NARROW))
    found = Columns()
    found.spend("a", int(LATE * 2 * NARROW) - 2 * STATEMENT)
    assert found.find(made.connection, "a", made.state) is None
    assert found.find(made.connection, "a", made.state) is None
    found.spend("a", STATEMENT)
    column = found.find(made.connection, "a", made.state)
    assert column is not None
    assert made.kept({"a": {"$gte": 1990}}, found) == list(range(1990, 2000))


def test_a_field_of_long_strings_is_left_to_sqlite(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "FREE", 0)
    urls = [f"https://example.com/a/long/path/to/document/{i}" for i in range(100)]
    made.add({url: ({"url": url, "lang": url[-1]}, 1) for url in urls})
    found = Columns()
    for _ in range(3):
        wanted(found, {"url", "lang"})
        assert found.find(made.connection, "url", made.state) is None
        assert made.kept({"url": urls[7]}, found) == [7]
    column = found.find(made.connection, "lang", made.state)
    assert column is not None
    assert column.bytes <= budget(made.state)
    made.add({f"new {i}": ({"lang": f"a language of its own, {i}" * 10}, 1) for i in range(50)})
    assert found.find(made.connection, "lang", made.state) is None


def test_columns_together_stay_within_the_budget(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "FREE", 0)
    made.add({str(i): (dict.fromkeys("abcdefghijklmnopqrst", i % 10), 1) for i in range(100)})
    found = Columns()
    for name in "abcdefghijklmnopqrst":
        wanted(found, {name, "a"})
        for field in (name, "a"):
            assert found.find(made.connection, field, made.state) is not None
    held = {name: column for name, column in found._held.items() if column is not None}
    assert {"a", "t"} < set(held)
    assert "b" not in held
    assert sum(column.bytes for column in held.values()) <= budget(made.state)


def test_what_is_added_is_read_alone_and_the_small_parts_as_one(made: Made) -> None:
    made.add(numbered(1000))
    found = Columns()
    wanted(found, {"a"})
    counted = []
    for i in range(2 * PARTS):
        made.add(numbered(2, start=1000 + 2 * i))
        column = found.find(made.connection, "a", made.state)
        assert column is not None
        counted.append(len(column.parts))
        assert made.kept({"a": 3}, found) == made.kept({"a": 3}, None)
    assert counted[:3] == [1, 2, 3]
    assert max(counted) == PARTS
    assert counted[PARTS] == 2
    made.delete(["3", "1001"])
    assert made.kept({"a": 3}, found) == made.kept({"a": 3}, None)
    again = found.find(made.connection, "a", made.state)
    assert again is not None
    assert again is column  # deletions leave it as it is


def test_new_documents_are_found_by_their_index(made: Made) -> None:
    plan = made.connection.execute(f"EXPLAIN QUERY PLAN {columns.NEWER}", ("a", 1)).fetchall()
    assert "metadata_document" in str(plan[0])


def test_a_column_that_lacks_much_or_is_renumbered_is_dropped(made: Made) -> None:
    made.add(numbered(1000))
    found = Columns()
    for change in (lambda: made.add(numbered(int(GROWTH * 1000) + 1, start=1000)), made.compact):
        wanted(found, {"a"})
        assert found.find(made.connection, "a", made.state) is not None
        change()
        assert found.find(made.connection, "a", made.state) is None
        assert made.kept({"a": 3}, found) == made.kept({"a": 3}, None)


def test_a_reader_of_an_older_state_asks_sqlite(made: Made) -> None:
    made.add(numbered(10))
    older = made.state
    made.delete(["3"])
    found = Columns()
    wanted(found, {"a"})
    assert found.find(made.connection, "a", made.state) is not None
    assert found.find(made.connection, "a", older) is None
    assert found.find(made.connection, "a", made.state) is not None


@pytest.mark.parametrize("where", [{"a": "\ud800"}, {"a": {"$in": ["x", "\udfff"]}}, {"a": {"$gt": "\ud800"}}])
def test_half_a_character_is_the_users_error_of_a_column_too(catalogue: Catalog, where: Object) -> None:
    def ask() -> None:
        with undone(catalogue) as connection:
            made, found = Made(connection), Columns()
            made.add({"one": ({"a": "x"}, 1)})
            wanted(found, {"a"})
            assert found.find(connection, "a", made.state) is not None
            made.kept(where, found)

    with pytest.raises(InputError, match=r"Unicode.*\\ud"):
        ask()


def test_threads_and_a_writer_see_whole_columns(tmp_path: Path) -> None:
    """Every batch has one document of each of five values, so any state has as many of one as of another."""

    def batch(number: int) -> list[Entry]:
        return [
            with_vectors(f"{number} {i}", ("text", vector(1, i)), metadata={"a": i, "batch": number}) for i in range(5)
        ]

    wrong: list[Any] = []
    folder = tmp_path / "store"
    with closing(LocalStore.create(folder, DIM, "{}")) as writer, closing(LocalStore.open(folder)) as reader:
        writer.write([one for number in range(100) for one in batch(number)])
        done = threading.Event()

        def read() -> None:
            step = 0
            while not done.is_set():
                step += 1
                rows = len(reader.keys({"batch": {"$gte": step % 50}, "a": {"$in": [step % 5, -step]}}))
                fewest = 100 - step % 50
                if not fewest <= rows <= fewest + 20:
                    wrong.append((step, rows))

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for number in range(100, 120):
            writer.write(batch(number))
        done.set()
        for thread in threads:
            thread.join()
        assert not wrong
        assert {"a", "batch"} <= set(reader._columns._held)
        assert all(reader.count({"a": {"$in": [i, "x"]}}) == 120 for i in range(5))
