"""An index that goes from a folder to Postgres, to Lance and back: the same vectors, contract and rankings."""

from pathlib import Path

import numpy as np
import pytest
from helpers.postgres import server
from helpers.to_migrate import documents

from askew.index import Index
from askew.migration.migrate import migrate

QUERIES = [one.text for one in documents(300)[5:300:30]]


def test_an_index_is_the_same_in_every_store(book: Path, tmp_path: Path) -> None:
    url = server().url()
    with Index.open(book, writable=True) as index:
        index.store.set_note("weights", "[1, 3]")
        contract = index.contract
        vectors = index.store.vectors(index.store.keys())
    before = {mode: rankings(book, mode) for mode in ("dense", "lexical")}
    for store in (url, f"lance://{tmp_path / 'shared'}", "folder"):
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
