"""An index of an older format, as askew made it then, is read as it is and brought up to date by the next writer."""

import json
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.stores import catalog
from askew.stores.local import schema
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder
from askew.stores.local.store import LocalStore

FORMAT_1 = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, metadata TEXT NOT NULL,
    digest TEXT NOT NULL, tokens INTEGER NOT NULL, seen INTEGER NOT NULL,
    first INTEGER NOT NULL, passages INTEGER NOT NULL
);
CREATE TABLE texts (number INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE passages (
    key INTEGER PRIMARY KEY, document INTEGER NOT NULL, number INTEGER NOT NULL,
    start INTEGER NOT NULL, "end" INTEGER NOT NULL, heading TEXT NOT NULL
);
CREATE TABLE metadata (
    field TEXT NOT NULL, kind TEXT NOT NULL, value NOT NULL, document INTEGER NOT NULL,
    first INTEGER NOT NULL, passages INTEGER NOT NULL,
    PRIMARY KEY (field, kind, value, document)
) WITHOUT ROWID;
CREATE INDEX metadata_document ON metadata (document);
CREATE TABLE dead (
    sequence INTEGER PRIMARY KEY, number INTEGER NOT NULL, first INTEGER NOT NULL, passages INTEGER NOT NULL
);
"""
COLUMNS = {
    "documents": "number, id, title, metadata, digest, tokens, seen, first, passages",
    "texts": "number, text",
    "meta": "name, value",
    **dict.fromkeys(("passages", "metadata", "dead"), "*"),
}


@pytest.fixture(params=[1, 2])
def folder(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """The vectors and the text index are the same in all formats; the catalogue is made with the old statements."""
    folder = tmp_path / "old.askew"
    store = LocalStore.create(folder, DIM, "the manifest")
    store.write(
        [
            entry("a", ("red tents", vector(1)), title="Camping", metadata={"lang": "en"}),
            entry("b", ("blue kayak", vector(0, 2)), ("paddle", vector(0, 1)), metadata={"lang": "de"}),
            entry("gone", ("lamp", vector(0, 0, 1))),
        ]
    )
    store.delete(["gone"])
    store.close()
    (folder / catalog.NAME).rename(tmp_path / "new.sqlite")
    old = sqlite3.connect(folder / catalog.NAME)
    old.execute("PRAGMA journal_mode = WAL")
    old.executescript(FORMAT_1)
    old.execute("ATTACH ? AS new", (str(tmp_path / "new.sqlite"),))
    for table, columns in COLUMNS.items():
        old.execute(f"INSERT INTO main.{table} SELECT {columns} FROM new.{table}")
    old.execute("DELETE FROM meta WHERE name = 'files'")
    old.execute("UPDATE meta SET value = 1 WHERE name = 'format'")
    if request.param == 2:
        for statement in (*schema.STEPS[1], "UPDATE meta SET value = 2 WHERE name = 'format'"):
            old.execute(statement)
    old.commit()
    old.close()
    return folder


def format_of(folder: Path) -> int:
    connection = sqlite3.connect(folder / catalog.NAME)
    [(found,)] = connection.execute("SELECT value FROM meta WHERE name = 'format'")
    connection.close()
    return int(found)


def assert_whole(store: LocalStore) -> None:
    [b, a] = store.documents(["b", "a"])
    assert (b.text, a.title, a.source, dict(a.metadata)) == ("blue kayak\npaddle", "Camping", "", {"lang": "en"})
    assert store.owners(store.nearest(np.array([vector(0, 1)], np.float32), 1).keys[0].tolist()) == ["b"]
    assert store.owners(store.lexical("tents", 5).keys[0].tolist()) == ["a"]
    assert store.count({"lang": "de"}) == 2
    assert store.extents(["b"]) == [range(1, 3)]
    assert [account.document for account in store.accounts()] == ["a", "b"]
    assert store.check() == []


def test_a_reader_reads_it_and_leaves_it_as_it_is(folder: Path) -> None:
    before = format_of(folder)
    reader = LocalStore.open(folder)
    assert_whole(reader)
    assert (reader.sources(), reader.ids_within("/"), reader.losers(5), reader.note("x")) == ({}, {}, [], "")
    with pytest.raises(StoreError, match="writable=True"):
        reader.delete(["a"])
    reader.close()
    assert format_of(folder) == before


def test_a_writer_brings_it_up_to_date_and_nothing_is_lost(folder: Path) -> None:
    writer = LocalStore.open(folder, writable=True)
    assert format_of(folder) == catalog.FORMAT
    assert_whole(writer)
    writer.assign({"a": "/camp/a.md"})
    writer.remember({"/camp/a.md": "s"})
    assert writer.ids_within("/camp") == {"a": "/camp/a.md"}
    writer.write([entry("c", ("green stove", vector(0, 0, 3)))])
    writer.optimise()
    writer.close()
    reader = LocalStore.open(folder)
    assert [document.source for document in reader.documents(["a", "b", "c"])] == ["/camp/a.md", "", ""]
    assert reader.sources() == {"/camp/a.md": "s"}
    assert reader.check() == []
    reader.close()


def test_what_it_then_is_has_the_tables_of_a_new_one(folder: Path, tmp_path: Path) -> None:
    LocalStore.open(folder, writable=True).close()
    LocalStore.create(tmp_path / "new.askew", DIM, "m").close()
    columns = []
    for one in (folder, tmp_path / "new.askew"):
        connection = sqlite3.connect(one / catalog.NAME)
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE sql <> '' ORDER BY name")]
        columns.append({name: connection.execute(f"PRAGMA table_xinfo({name})").fetchall() for name in names})
        connection.close()
    assert columns[0] == columns[1]
    assert "documents_source" in columns[0]


def test_a_reader_that_was_there_before_follows_a_writer_that_brings_it_up_to_date(folder: Path) -> None:
    reader = LocalStore.open(folder)
    assert reader.sources() == {}
    writer = LocalStore.open(folder, writable=True)
    writer.assign({"a": "/camp/a.md"})
    writer.remember({"/camp/a.md": "s"})
    assert reader.sources() == {"/camp/a.md": "s"}
    assert reader.documents(["a"])[0].source == "/camp/a.md"
    assert reader.ids_within("/camp") == {"a": "/camp/a.md"}
    with pytest.raises(StoreError, match="writable=True"):
        reader.delete(["a"])
    writer.close()
    reader.close()


def test_a_step_that_fails_leaves_it_as_it_was(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = format_of(folder)
    with monkeypatch.context() as patch:
        patch.setitem(schema.STEPS, 2, (*schema.STEPS[2], "CREATE TABLE texts (number)"))
        with pytest.raises(StoreError, match="already exists"):
            LocalStore.open(folder, writable=True)
    assert format_of(folder) == before
    reader = LocalStore.open(folder)
    assert_whole(reader)
    reader.close()
    LocalStore.open(folder, writable=True, wait=0).close()
    assert format_of(folder) == catalog.FORMAT


@pytest.mark.parametrize("folder", [1], indirect=True)
def test_the_recall_that_an_approximate_index_was_built_with_is_still_asked_for(folder: Path) -> None:
    noted = json.dumps({"name": "ivf-1-3", "recall_asked": 0.9, "recall": 0.91})
    connection = sqlite3.connect(folder / catalog.NAME)
    connection.execute("INSERT OR REPLACE INTO meta VALUES ('ivf', ?)", (noted,))
    connection.commit()
    connection.close()
    catalogue = Catalog(Folder(folder), writable=True)
    catalogue.upgrade()
    with catalogue.reading() as found:
        assert catalog.get(found, "recall") == 0.9
    catalogue.close()
