"""Each kind of damage, done by hand, is found and named."""

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.stores.local import LocalStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "store.askew"
    store = LocalStore.create(folder, DIM, "m")
    store.write([entry("a", ("red tents", vector(1)), ("more", vector(2))), entry("b", ("kayak", vector(0, 1)))])
    store.close()
    return folder


def found(folder: Path) -> str:
    store = LocalStore.open(folder)
    faults = store.check()
    store.close()
    return "\n".join(faults)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("DELETE FROM texts WHERE number = 1", "Document 'a' is not whole"),
        ("DELETE FROM passages WHERE key = 1", "Document 'a' is not whole"),
        ("DELETE FROM passages WHERE key = 1", "holds 2 passages and counts 3"),
        ("UPDATE texts SET text = 're' WHERE number = 1", "Document 'a' has a passage that ends after its text"),
        ("UPDATE documents SET tokens = 99 WHERE number = 2", "tokens and counts"),
        ("UPDATE documents SET source = x'00' WHERE id = 'b'", "The source of 'b'"),
        ("INSERT INTO sources VALUES ('', 's')", "is not one that a writer leaves"),
        ("INSERT INTO sources VALUES ('/a', x'01')", "The source of '/a', or its stamp"),
        ("INSERT INTO dead VALUES (9, 1, 0, 1)", "are not those of the passages"),
    ],
)
def test_a_damaged_catalogue(folder: Path, statement: str, fault: str) -> None:
    assert found(folder) == ""
    with sqlite3.connect(folder / "catalog.sqlite") as connection:
        connection.execute(statement)
    connection.close()
    assert fault in found(folder)


def test_a_vector_that_is_not_finite_or_grew(folder: Path) -> None:
    rows = np.fromfile(folder / "vectors-1.f32", np.float32)
    harmed = rows.copy()
    harmed[3] = np.nan
    harmed.tofile(folder / "vectors-1.f32")
    assert "one is not finite" in found(folder)
    harmed[3] = 100
    harmed.tofile(folder / "vectors-1.f32")
    assert "one is longer than was noted" in found(folder)
    rows.tofile(folder / "vectors-1.f32")
    assert found(folder) == ""
