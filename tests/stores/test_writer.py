from pathlib import Path

import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.stores import vectors
from askew.stores.local import LocalStore


def test_what_a_crash_left_half_made_is_swept_away(tmp_path: Path) -> None:
    folder = tmp_path / "store.askew"
    store = LocalStore.create(folder, DIM, "m")
    store.write([entry("a", ("red", vector(1)))])
    store.close()
    (folder / "vectors-2.f32").write_bytes(b"half")
    (folder / "text-2").mkdir()
    (folder / "ivf-1-7").write_bytes(b"half")
    with (folder / "vectors-1.f32").open("ab") as file:
        file.write(b"torn")
    LocalStore.open(folder, writable=True).close()
    assert sorted(path.name for path in folder.iterdir()) == ["catalog.sqlite", "text-1", "vectors-1.f32", "write.lock"]
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
        with pytest.raises(OSError, match="No space"):
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
