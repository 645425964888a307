import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.catalogues import add_documents, state_of, write

from askew.errors import StoreError
from askew.quantisation import RowFormat
from askew.stores import catalog
from askew.stores.catalog import CHUNK, State, chunks, marks, select
from askew.stores.local import database
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder

Open = Callable[..., Catalog]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database.create(tmp_path, RowFormat(384), "the manifest", "english")
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    """Opens the catalogue, again and again; all are closed after."""
    found = []

    def opener(writable: bool = False, at: Path = folder) -> Catalog:
        found.append(Catalog(Folder(at), writable=writable))
        return found[-1]

    yield opener
    for one in found:
        one.close()


def test_values_of_every_kind_come_back_and_later_ones_replace_earlier(opened: Open) -> None:
    catalogue = opened(writable=True)
    with catalogue.writing() as connection:
        catalog.put(connection, "text", "old")
        catalog.put(connection, "text", "new \0 é")
        catalog.put(connection, "number", 2.5)
        catalog.put_object(connection, "object", {"a": [1, None, "é"]})
    with catalogue.reading() as connection:
        assert catalog.get(connection, "text") == "new \0 é"
        assert catalog.get(connection, "number") == 2.5
        assert catalog.get_object(connection, "object") == {"a": [1, None, "é"]}
        assert catalog.get_object(connection, "nothing") == {}
        with pytest.raises(KeyError):
            catalog.get(connection, "nothing")


def test_every_change_of_the_state_is_counted(opened: Open) -> None:
    catalogue = opened(writable=True)
    assert add_documents(catalogue, 3) == State(change=2, documents=3)
    assert add_documents(catalogue, 0) == State(change=3, documents=3)
    assert state_of(catalogue) == state_of(opened()) == State(change=3, documents=3)


def test_every_count_of_the_state_comes_back(opened: Open) -> None:
    full = State(5, 2, 2**40, 9, 8, 7, 6, 5, 4, 3, 2, 1.1)
    with opened(writable=True).writing() as connection:
        catalog.set_state(connection, full)
    assert state_of(opened()) == replace(full, change=6)
    assert full.dead == 4


@pytest.mark.parametrize("damaged", ["", "{", "null", "[]", "7", '{"change": 1, "unknown": 2}', 5, b"\xff"])
def test_a_damaged_state_is_refused(opened: Open, damaged: str) -> None:
    catalogue = opened(writable=True)
    write(catalogue, {"state": damaged})
    with pytest.raises(StoreError, match=f"counters .*{re.escape(catalog.DAMAGED)}"):
        state_of(catalogue)


def test_a_missing_state_is_refused(opened: Open) -> None:
    catalogue = opened(writable=True)
    with catalogue.writing() as connection:
        connection.execute("DELETE FROM meta WHERE name = 'state'")
    with pytest.raises(StoreError, match="counters"):
        state_of(catalogue)


@pytest.mark.parametrize("damaged", ["{}", '{"rows": "many"}'])
def test_a_state_that_lacks_counts_or_holds_other_things_is_refused(opened: Open, damaged: str) -> None:
    catalogue = opened(writable=True)
    write(catalogue, {"state": damaged})
    with pytest.raises(StoreError, match="counters"):
        state_of(catalogue)


@pytest.mark.parametrize("count", [0, 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_chunks_are_the_whole_in_order_and_none_is_too_large(count: int) -> None:
    parts = list(chunks(range(count)))
    assert [value for part in parts for value in part] == list(range(count))
    assert all(0 < len(part) <= CHUNK for part in parts)


def test_each_value_is_asked_for_once_and_none_is_part_of_the_statement() -> None:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE t (a)")
    names = [f"n{i}" for i in range(2 * CHUNK)]
    connection.executemany("INSERT INTO t VALUES (?)", [(name,) for name in [*names, "'); DROP TABLE t; --"]])
    found = [a for (a,) in select(connection, "SELECT a FROM t WHERE a IN ({})", [*names, *names, "none"])]
    assert sorted(found) == sorted(names)
    [(hostile,)] = select(connection, "SELECT a FROM t WHERE a IN ({})", ["'); DROP TABLE t; --"])
    assert hostile.startswith("')")
    assert list(select(connection, "SELECT a FROM t WHERE a IN ({})", [])) == []
    assert marks("abc") == "?,?,?"
    connection.close()
