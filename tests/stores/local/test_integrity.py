"""Each kind of damage, done by hand, is found and named."""

import re
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.stores.local.store import LocalStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "store.askew"
    store = LocalStore.create(folder, DIM, "m")
    store.write([entry("a", ("red tents", vector(1)), ("more", vector(2))), entry("b", ("kayak", vector(0, 1)))])
    store.close()
    return folder


def found(folder: Path) -> str:
    store = LocalStore.open(folder)
    problems = store.check()
    store.close()
    return "\n".join(problems)


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("DELETE FROM texts WHERE number = 1", "'a'.*incomplete"),
        ("DELETE FROM passages WHERE key = 1", "'a'.*incomplete"),
        ("DELETE FROM passages WHERE key = 1", "2 passages.*3"),
        ("UPDATE texts SET text = 're' WHERE number = 1", "'a'.*passage.*end"),
        ("UPDATE documents SET tokens = 99 WHERE number = 2", r"\d tokens,.*\d"),
        ("UPDATE documents SET source = x'00' WHERE id = 'b'", "source.*'b'"),
        ("INSERT INTO sources VALUES ('', 's', NULL)", "stamp of ''"),
        ("INSERT INTO sources VALUES ('/a', x'01', NULL)", "stamp of '/a'"),
        ("INSERT INTO dead VALUES (9, 1, 0, 1)", "live vector rows"),
    ],
)
def test_a_damaged_catalogue(folder: Path, statement: str, problem: str) -> None:
    assert found(folder) == ""
    with sqlite3.connect(folder / "catalog.sqlite") as connection:
        connection.execute(statement)
    connection.close()
    assert re.search(problem, found(folder))


def test_a_vector_that_is_not_finite_or_grew(folder: Path) -> None:
    rows = np.fromfile(folder / "vectors-1.f32", np.float32)
    harmed = rows.copy()
    harmed[3] = np.nan
    harmed.tofile(folder / "vectors-1.f32")
    assert re.search(r"Vectors 0 to 2: .*NaN", found(folder))
    harmed[3] = 100
    harmed.tofile(folder / "vectors-1.f32")
    assert re.search(r"Vectors 0 to 2: .*norm", found(folder))
    rows.tofile(folder / "vectors-1.f32")
    assert found(folder) == ""


FLIPS = {
    "meta": "UPDATE meta SET value = replace(value, 'm', 'n') WHERE name = 'manifest'",
    "a note": "UPDATE meta SET value = value || ' ' WHERE name = 'note:n'",
    "the files": "UPDATE meta SET value = replace(value, 'text-1', 'text-2') WHERE name = 'files'",
    "the state": "UPDATE meta SET value = replace(value, '\"tokens\": 4', '\"tokens\": 5') WHERE name = 'state'",
    "an id": "UPDATE documents SET id = 'c' WHERE id = 'b'",
    "a title": "UPDATE documents SET title = 'T' WHERE id = 'b'",
    "metadata": "UPDATE documents SET metadata = replace(metadata, 'x', 'y') WHERE id = 'a'",
    "a digest": "UPDATE documents SET digest = 'e' WHERE id = 'b'",
    "a source": "UPDATE documents SET source = '/b' WHERE id = 'b'",
    "the first key": "UPDATE documents SET first = first + 1 WHERE id = 'b'",
    "texts": "UPDATE texts SET text = replace(text, 'kayak', 'Kayak')",
    "a heading": "UPDATE passages SET heading = 'heading' WHERE key = 2",
    "a span": "UPDATE passages SET start = start + 1 WHERE key = 2",
    "an owner": "UPDATE passages SET document = 1 WHERE key = 2",
    "a key": "UPDATE passages SET key = 7 WHERE key = 2",
    "a filter's value": "UPDATE metadata SET value = 'y' WHERE value = 'x'",
    "a filter's field": "UPDATE metadata SET field = 'other'",
    "a filter's kind": "UPDATE metadata SET kind = 'other' WHERE value = 'x'",
    "a filter's document": "UPDATE metadata SET document = 2 WHERE document = 1",
    "a filter's keys": "UPDATE metadata SET first = first + 1",
    "a filter's extent": "UPDATE metadata SET passages = passages + 1",
    "a filter's row": "DELETE FROM metadata WHERE value = 'x'",
    "a dead range": "UPDATE dead SET first = first - 1",
    "a dead range's length": "UPDATE dead SET passages = 0",
    "a stamp": "UPDATE sources SET stamp = 't'",
    "a path": "UPDATE sources SET path = '/aa'",
    "a checksum": "UPDATE sums SET sum = sum + 1",
    "a block": "DELETE FROM sums",
    "an index": "DROP INDEX documents_source",
    "a table": "DROP TABLE sources",
}


@pytest.fixture
def full(tmp_path: Path) -> Path:
    """With a row in every table."""
    folder = tmp_path / "full.askew"
    store = LocalStore.create(folder, DIM, "m")
    a = entry("a", ("red tents", vector(1)), ("more", vector(2)), metadata={"n": "x"})
    store.write([a, entry("b", ("kayak", vector(0, 1))), entry("gone", ("gone", vector(0, 0, 1)))])
    store.delete(["gone"])
    store.set_note("n", "text")
    store.remember({"/a": "s"})
    store.close()
    return folder


@pytest.mark.parametrize("flip", FLIPS)
def test_a_change_in_any_table_is_found(full: Path, flip: str) -> None:
    assert found(full) == ""
    with sqlite3.connect(full / "catalog.sqlite") as connection:
        assert connection.execute(FLIPS[flip]).rowcount != 0
    connection.close()
    assert named(full) != ""


def named(folder: Path) -> str:
    """What check says, or the error that keeps it from being asked."""
    try:
        return found(folder)
    except StoreError as error:
        return str(error)


def rewrite(path: Path, content: bytes | bytearray) -> None:
    """Write in place, as a disk does that errs: a file that is cut first ends a thread that still has it mapped."""
    with path.open("r+b") as file:
        file.write(content)


def test_a_flipped_bit_in_any_file_is_found(full: Path) -> None:
    """At the beginning of each file, of the catalogue in a text."""
    names = [path for path in sorted(full.rglob("*")) if path.is_file() and not path.name.startswith(".")]
    silent = []
    for path in names:
        content = path.read_bytes()
        flipped = bytearray(content)
        flipped[content.index(b"red tents") if path.name == "catalog.sqlite" else 0] ^= 8
        rewrite(path, flipped)
        silent += [] if named(full) else [path.name]
        rewrite(path, content)
    assert silent == ["reserve", "write.lock"]
    assert len(names) > 8
    assert found(full) == ""


@pytest.mark.parametrize("seed", range(6))
def test_flipped_bits_of_the_catalogue_are_found_or_without_effect(full: Path, seed: int) -> None:
    """A flip may hit a free page, or room between rows; otherwise check names it or opening is refused."""

    def content() -> object:
        store = LocalStore.open(full)
        documents = store.documents(["a", "b"])
        told = (documents, store.passages(store.keys().tolist()), store.sources(), store.note("n"), store.manifest)
        filtered = (store.keys({"n": "x"}).tolist(), store.owners(store.keys().tolist()))
        store.close()
        return told, filtered

    before, path = content(), full / "catalog.sqlite"
    whole = path.read_bytes()
    rng = np.random.default_rng(seed)
    for place in rng.integers(len(whole), size=25):
        harmed = bytearray(whole)
        harmed[place] ^= 1 << int(rng.integers(8))
        rewrite(path, harmed)
        try:
            assert found(full) != "" or content() == before, place
        except StoreError:
            continue
    rewrite(path, whole)
