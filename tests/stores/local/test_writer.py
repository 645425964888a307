from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.stores import catalog
from askew.stores.local import vectors
from askew.stores.local.store import LocalStore


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write(
        [
            entry(f"d{i}", (f"word{i}", vector(i + 1)), (f"second{i}", vector(0, i + 1)), metadata={"n": i})
            for i in range(20)
        ]
    )
    yield store
    store.close()


def keys(store: LocalStore) -> list[int]:
    return [key for block in store.blocks() for key in block.keys.tolist()]


def test_what_a_crash_left_half_made_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "store.askew"
    store = LocalStore.create(folder, DIM, "m")
    store.write([entry("a", ("red", vector(1)))])
    with store._catalog.writing() as connection:
        names = catalog.files(connection)
        made = (*names.made, "vectors-2.f32", "text-2", "ivf-1-7")
        catalog.set_files(connection, replace(names, made=made))
    store.close()
    (folder / "vectors-2.f32").write_bytes(b"half")
    (folder / "text-2").mkdir()
    (folder / "ivf-1-7").write_bytes(b"half")
    with (folder / "vectors-1.f32").open("ab") as file:
        file.write(b"torn")
    LocalStore.open(folder, writable=True).close()
    left = ["catalog.sqlite", "reserve", "text-1", "vectors-1.f32", "write.lock"]
    assert sorted(path.name for path in folder.iterdir()) == left
    assert (folder / "vectors-1.f32").stat().st_size == DIM * 4


def test_a_disk_that_fails_while_vectors_are_written_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write([entry("a", ("red", vector(1)))])

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(vectors, "_write_all", fail)
        with pytest.raises(StoreError, match="No space"):
            store.write([entry("b", ("blue", vector(0, 1)))])
    assert store.sizes().documents == 1
    store.write([entry("b", ("blue", vector(0, 1)))])
    assert store.sizes().documents == 2
    assert store.check() == []
    store.close()


def test_the_lock_is_free_again_after_closing_and_after_a_failed_opening(tmp_path: Path) -> None:
    folder = tmp_path / "store.askew"
    LocalStore.create(folder, DIM, "m").close()
    (folder / "vectors-1.f32").rename(folder / "away")
    with pytest.raises(StoreError, match=r"vectors-1\.f32 is missing"):
        LocalStore.open(folder, writable=True)
    (folder / "away").rename(folder / "vectors-1.f32")
    LocalStore.open(folder, writable=True, wait=0).close()


@pytest.mark.parametrize(("deleted", "generation"), [(0, 1), (2, 1), (3, 2)])
def test_a_compaction_pays_off_from_a_tenth_of_dead_rows_on(store: LocalStore, deleted: int, generation: int) -> None:
    store.delete([f"d{i}" for i in range(deleted)])
    store.optimise()
    assert [path.name for path in store.scratch().parent.glob("vectors-*")] == [f"vectors-{generation}.f32"]


def test_the_living_keep_text_vector_and_metadata_under_new_keys(store: LocalStore) -> None:
    store.delete([f"d{i}" for i in range(0, 20, 2)])
    before = {store.passages([key])[0].text: store.owners([key])[0] for key in keys(store)}
    old = keys(store)
    store.optimise()
    after = keys(store)
    assert min(after) > max(old)
    assert {store.passages([key])[0].text: store.owners([key])[0] for key in after} == before
    found = store.nearest(np.array([vector(1)], np.float32), 1, {"n": {"$lt": 10}})
    assert store.passages(found.keys[0].tolist())[0].text == "word9"
    assert found.scores[0, 0] == 10
    assert store.lexical("second7", 5).keys[0].tolist() == [
        k for k in after if store.passages([k])[0].text == "second7"
    ]
    assert store.sizes().passages == 20
    assert store.check() == []


def test_what_is_stored_twice_over_still_fits_together(store: LocalStore) -> None:
    for round in range(4):
        store.write([entry("d1", (f"round{round}", vector(0, 0, round + 1)))])
        store.delete([f"d{round + 5}"])
        store.optimise()
    assert [p.text for p in store.passages(store.lexical("round3", 1).keys[0].tolist())] == ["round3"]
    assert store.lexical("round2", 1).keys.size == 0
    assert store.check() == []


def test_everything_deleted_leaves_an_empty_store_that_goes_on(store: LocalStore) -> None:
    store.delete([f"d{i}" for i in range(20)])
    store.optimise()
    assert keys(store) == []
    assert store.check() == []
    store.write([entry("new", ("word", vector(1)))])
    assert store.owners(keys(store)) == ["new"]
    assert store.check() == []


def test_stopped_before_its_commit_the_old_generation_stays(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.delete([f"d{i}" for i in range(10)])
    before = keys(store)

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "set_state", stop)
        with pytest.raises(KeyboardInterrupt):
            store.optimise()
    assert keys(store) == before
    assert store.check() == []
    store.optimise()
    assert len(keys(store)) == 20
    assert store.check() == []
    folder = store.scratch().parent
    assert sorted(path.name for path in folder.glob("vectors-*")) == ["vectors-2.f32"]


def test_a_try_that_failed_leaves_none_of_its_words_behind(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.delete([f"d{i}" for i in range(10)])

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(catalog, "set_state", stop)
        with pytest.raises(KeyboardInterrupt):
            store.optimise()
    store.delete(["d10"])
    store.optimise()
    assert store.lexical("word10", 3).keys.size == 0
    assert store.passages(store.lexical("word11", 3).keys[0].tolist())[0].text == "word11"
