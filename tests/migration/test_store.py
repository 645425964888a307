"""Migration of an index to another store: from files to an engine and back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.to_migrate import documents

from askew.errors import InputError, StoreError
from askew.index import Index
from askew.migration import copying
from askew.migration.change import ContractChange
from askew.migration.migrate import migrate
from askew.migration.steps import begin, build
from askew.settings import IndexSettings
from askew.stores import remote
from askew.stores.opening import engine_of
from askew.sync import index_files

QUERY = documents(300)[7].text


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an engine with a password, which must not be kept."""
    monkeypatch.setitem(remote.ENGINES, "elsewhere", "helpers.elsewhere")
    return f"elsewhere://me:hush@here{tmp_path / 'elsewhere'}"


def ranking(name: Path) -> list[tuple[str, float]]:
    with Index.open(name) as index:
        return [(hit.document.id, hit.score) for hit in index.search(QUERY, 20)]


def test_an_index_moves_with_its_vectors_and_notes_and_back(book: Path, url: str, tmp_path: Path) -> None:
    before = ranking(book)
    with Index.open(book, writable=True) as index:
        index.store.set_note("kept", "yes")
        vectors, contract = index.store.vectors(index.store.keys()), index.contract
    for store, engine in ((url, url.replace(":hush", "")), ("folder", "")):
        found = migrate(book, store=store, switch=True)
        assert (found.written, found.copied, found.switched, found.overlap) == (0, 300, True, 1.0)
        migrate(book, drop_old=True)
        with Index.open(book) as index:
            assert (index.contract, index.store.note("kept"), index.check()) == (contract, "yes", [])
            assert np.array_equal(index.store.vectors(index.store.keys()), vectors)
        assert ranking(book) == before
        home = book.with_suffix(".askew")
        active = next(path for path in [home, *(home / "versions").iterdir()] if (path / "catalog.sqlite").exists()
                      or (path / "store.json").exists())  # fmt: skip
        assert engine_of(active) == engine
    assert not [path for path in (tmp_path / "elsewhere").iterdir() if path.suffix != ".lock"]


def test_a_password_is_not_written_down(book: Path, url: str) -> None:
    migrate(book, store=url)
    written = [path.read_bytes() for path in book.with_suffix(".askew").rglob("*") if path.is_file()]
    assert not [data for data in written if b"hush" in data]


def test_a_new_index_is_created_in_the_engine_and_opened_by_its_pointer(tmp_path: Path, url: str) -> None:
    with Index.create(tmp_path / "made", "question-answering", model="hashing", store=url) as index:
        index.add(documents(20))
    assert (tmp_path / "elsewhere" / "made").is_dir()
    with Index.open(tmp_path / "made") as index:
        assert index.sizes().documents == 20
    with Index.open_or_create(tmp_path / "other" / "made", "question-answering", model="hashing", store=url) as index:
        assert index.sizes().documents == 20  # it is there already, and another folder points to it now
    (tmp_path / "one.md").write_text("one more text")
    settings = IndexSettings(*[None] * 9, store=url)
    index_files(tmp_path / "fourth" / "made", [tmp_path / "one.md"], None, settings)  # the index knows its task
    with Index.open(tmp_path / "made") as index:
        assert index.sizes().documents == 21
    with pytest.raises(StoreError, match="already exists"):
        Index.create(tmp_path / "third" / "made", "question-answering", model="hashing", store=url)


def test_a_change_of_the_model_stays_in_the_engine(book: Path, url: str, card: str) -> None:
    migrate(book, store=url, switch=True)
    migrate(book, drop_old=True)
    migrate(book, to=card, switch=True)
    migrate(book, drop_old=True)
    home = book.with_suffix(".askew")
    assert [engine_of(path) for path in (home / "versions").iterdir()] == [url.replace(":hush", "")]


def test_another_engine_than_that_of_the_index_is_refused(book: Path, url: str) -> None:
    with pytest.raises(InputError, match="migrate"):
        Index.open_or_create(book, "question-answering", model="hashing", store=url)
    with pytest.raises(InputError, match="already"):
        migrate(book, store="folder")
    with pytest.raises(InputError, match="postgresql://"):
        migrate(book, store="ftp://here")


def test_a_copy_that_differs_is_found(book: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(book, ContractChange(store=url))
    entry = copying.Entry
    monkeypatch.setattr(copying, "Entry", lambda *all: replace(entry(*all), vectors=all[3] + 1))
    with pytest.raises(StoreError, match="differs"):
        build(book)
