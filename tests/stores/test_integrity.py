"""Each kind of damage, done by hand, is found and named."""

import re
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
