"""Whole indexes that askew wrote in each earlier format, as files: read, searched, changed, and then of today's format.

tests/stores/formats holds one folder per format, written by the last code that wrote it: three documents with the model
`hashing`, one of them deleted again.
"""

import sqlite3
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from askew import Document, Index
from askew.stores.catalog import FORMAT

FORMATS = Path(__file__).parents[1] / "formats"


@pytest.fixture(params=range(1, FORMAT + 1))
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    with tarfile.open(FORMATS / f"format-{request.param}.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    assert stored_format(tmp_path / "old") == request.param
    return tmp_path / "old"


def stored_format(name: Path) -> int:
    with closing(sqlite3.connect(f"file:{name}.askew/catalog.sqlite?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()[0])


def test_it_is_read_and_searched_as_it_is(old: Path) -> None:
    before = stored_format(old)
    with Index.open(old) as index:
        assert [document.id for document in index] == ["leave", "dogs"]
        assert index.get("leave").metadata["year"] == 2024
        for mode in ("dense", "lexical", "hybrid"):
            assert index.search("dogs in the office", 1, mode=mode)[0].id == "dogs"
        assert [hit.id for hit in index.search("holiday", where={"year": {"$gte": 2021}})] == ["leave"]
        assert index.check() == []
    assert stored_format(old) == before


def test_a_writer_brings_it_up_to_date_and_nothing_is_lost(old: Path) -> None:
    with Index.open(old, writable=True) as index:
        index.add([Document("tents", "Red tents may be rented.")])
        assert [document.id for document in index] == ["leave", "dogs", "tents"]
        assert index.search("red tents", 1)[0].id == "tents"
        assert index.check() == []
    assert stored_format(old) == FORMAT
    with Index.open(old) as index:
        assert index.search("dogs in the office", 1)[0].id == "dogs"
        assert index.get("leave").title == "Leave"
