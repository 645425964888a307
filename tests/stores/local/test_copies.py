from pathlib import Path

import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.stores.local.copies import copy_store
from askew.stores.local.store import LocalStore


@pytest.fixture
def store(tmp_path: Path):
    store = LocalStore.create(tmp_path / "store.askew", DIM, "old", language="english")
    store.write([entry(f"d{n}", (f"red tent {n}", vector(1, n))) for n in range(70)])
    store.write([entry("d3", ("blue kayak", vector(0, 1)), metadata={"n": 3})])
    store.delete(["d4"])
    store.remember({"/a.csv": "stamp"})
    store.set_note("weights", "{}")
    yield store
    store.close()


def test_a_copy_has_everything_but_the_notes_and_lives_on_its_own(store: LocalStore, tmp_path: Path) -> None:
    copy_store(tmp_path / "store.askew", tmp_path / "copy", "new")
    old, new = (next(path.glob("vectors-*")) for path in (tmp_path / "store.askew", tmp_path / "copy"))
    assert new.read_bytes() == old.read_bytes()
    copy = LocalStore(tmp_path / "copy", writable=True, wait=1)
    assert copy.manifest == "new"
    assert copy.check() == []
    assert copy.digests([f"d{n}" for n in range(70)]) == store.digests([f"d{n}" for n in range(70)])
    assert copy.documents(["d3"])[0].metadata == {"n": 3}
    assert (copy.sources(), copy.notes(), store.notes()) == ({"/a.csv": "stamp"}, [], ["weights"])
    assert copy.owners(copy.lexical("kayak", 3).keys[0].tolist()) == ["d3"]
    copy.write([entry("late", ("green stove", vector(0, 0, 1)))])
    copy.delete(["d5"])
    assert ("late" in store.digests(["late"]), "d5" in store.digests(["d5"])) == (False, True)
    assert copy.check() == []
    assert store.check() == []
    copy.close()


def test_rows_beyond_the_catalogue_are_not_copied(store: LocalStore, tmp_path: Path) -> None:
    file = next((tmp_path / "store.askew").glob("vectors-*"))
    whole = file.read_bytes()
    file.write_bytes(whole + b"left over from a crash")
    copy_store(tmp_path / "store.askew", tmp_path / "copy", "new")
    assert next((tmp_path / "copy").glob("vectors-*")).read_bytes() == whole


def test_a_place_that_is_taken_is_refused(store: LocalStore, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "mine").touch()
    with pytest.raises(StoreError, match="already exists"):
        copy_store(tmp_path / "store.askew", tmp_path / "copy", "new")
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["mine"]
