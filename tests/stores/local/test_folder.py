"""Whatever happens to the folder of an open index: it answers as before or not at all, and no other index is touched.

The other index was copied while its writer had it open, so that it has a write-ahead log, which must survive.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError
from askew.stores import Entry
from askew.stores.local.store import LocalStore

Files = dict[str, bytes]
Act = Callable[[Path, Path], None]


def entries(name: str) -> list[Entry]:
    """The same vectors in every index, so that a mixture would go unnoticed but for the ids and texts."""
    return [entry(f"{name}{i}", (f"{name} word {i}", vector(1, i)), metadata={"n": i}) for i in range(20)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The index that is open in the tests."""
    return made(tmp_path / "x.askew", "mine")


@pytest.fixture
def other(tmp_path: Path) -> Path:
    place = made(tmp_path / "original.askew", "theirs")
    writer = LocalStore.open(place, writable=True)
    writer.write(
        [entry("theirs in the log", ("theirs late", vector(1, 7))), entry("theirs too", ("theirs", vector(2)))]
    )
    shutil.copytree(place, tmp_path / "other.askew")
    writer.close()
    assert (tmp_path / "other.askew" / "catalog.sqlite-wal").stat().st_size
    return tmp_path / "other.askew"


def made(folder: Path, name: str) -> Path:
    store = LocalStore.create(folder, DIM, "the manifest")
    store.write(entries(name))
    store.close()
    return folder


def moved(folder: Path, other: Path) -> None:
    folder.rename(folder.with_name("away"))


def swapped(folder: Path, other: Path) -> None:
    moved(folder, other)
    other.rename(folder)


def linked(folder: Path, other: Path) -> None:
    moved(folder, other)
    folder.symlink_to(other, target_is_directory=True)


def deleted(folder: Path, other: Path) -> None:
    shutil.rmtree(folder)


def deleted_and_replaced(folder: Path, other: Path) -> None:
    shutil.rmtree(folder)
    other.rename(folder)


def restored(folder: Path, other: Path) -> None:
    """As rsync --delete does it: every file is a new one, renamed over the old."""
    for path in files(other):
        place = folder / path
        place.parent.mkdir(exist_ok=True)
        shutil.copy2(other / path, place.with_name(f".{place.name}.x"))
        place.with_name(f".{place.name}.x").replace(place)
    for path in files(folder).keys() - files(other).keys():
        (folder / path).unlink()


def copied_over(folder: Path, other: Path) -> None:
    """As cp -r does it: every file keeps its inode and gets another content."""
    shutil.copytree(other, folder, dirs_exist_ok=True)


def emptied(folder: Path, other: Path) -> None:
    """The folder stays, its files go and others come."""
    for place in folder.iterdir():
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    for place in other.iterdir():
        place.rename(folder / place.name)


FATES: list[Act] = [
    moved,
    swapped,
    linked,
    deleted,
    deleted_and_replaced,
    restored,
    copied_over,
    emptied,
]


def files(folder: Path) -> Files:
    """Every file but the shared memory of SQLite, which any reader of the index may change."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.name.endswith("-shm"):
            found[str(path.relative_to(folder))] = path.read_bytes()
    return found


def seen(store: LocalStore) -> list[str]:
    """The ids and texts that the store still returns, in whatever way."""
    found: list[str] = []
    query = np.array([vector(1, 7)], np.float32)

    def passages(keys: np.ndarray) -> list[str]:
        kept = [key for key in keys.tolist() if key >= 0]
        return [passage.text for passage in store.passages(kept)] + store.owners(kept)

    acts: list[Callable[[], list[str]]] = [
        lambda: passages(store.nearest(query, 30).keys[0]),
        lambda: passages(store.lexical("mine theirs word late", 30).keys[0]),
        lambda: passages(store.keys()),
        lambda: passages(store.keys({"n": {"$lt": 5}})),
        lambda: list(store.digests([f"{name}{i}" for name in ("mine", "theirs") for i in range(20)])),
        lambda: [account.document for account in store.accounts()],
        lambda: ["theirs"] if store.count() == 22 else [],
        lambda: ["theirs"] if store.sizes().documents == 22 else [],
        lambda: [str(store.scratch())][1:],
        lambda: store.check()[:0],
    ]
    for act in acts:
        with suppress(StoreError):
            found += act()
    return found


@pytest.mark.parametrize("searched", [True, False], ids=["after a search", "before the first"])
@pytest.mark.parametrize("fate", FATES)
def test_a_reader_never_returns_what_is_another_indexs_and_changes_nothing_of_it(
    folder: Path, other: Path, fate: Act, searched: bool
) -> None:
    reader = LocalStore.open(folder)
    if searched:
        assert len(seen(reader)) > 100
    fate(folder, other)
    before = files(folder) if folder.exists() else {}
    found = seen(reader)
    assert [text for text in found if "theirs" in text] == []
    if fate in (moved, swapped, linked):
        assert len(found) > 100  # its folder is whole, wherever it is
    reader.close()
    after = files(folder) if folder.exists() else {}
    assert {name: after.get(name) for name in before} == before
    assert after.keys() - before.keys() <= {"catalog.sqlite-wal"}
    if before:
        assert_theirs(folder)


@pytest.mark.parametrize("searched", [True, False], ids=["after a search", "before the first"])
@pytest.mark.parametrize("fate", FATES)
def test_a_writer_writes_nothing_into_another_index_and_leaves_its_log(
    folder: Path, other: Path, fate: Act, searched: bool
) -> None:
    writer = LocalStore.open(folder, writable=True)
    writer.write([entry("mine in the log", ("mine late", vector(1, 7)))])
    if searched:
        seen(writer)
    fate(folder, other)
    before = files(folder) if folder.exists() else {}
    refused(writer)
    assert [text for text in seen(writer) if "theirs" in text] == []
    writer.close()
    assert (files(folder) if folder.exists() else {}) == before
    if before:
        assert_theirs(folder)


@pytest.mark.parametrize("end", ["raise SystemExit", "os._exit(0)", "store.close()", "del store", "raise KeyError"])
@pytest.mark.parametrize("fate", [swapped, copied_over])
def test_a_process_that_ends_with_its_writer_open_leaves_the_log_of_the_other(
    folder: Path, other: Path, fate: Act, end: str
) -> None:
    program = f"{WRITE}\n{end}"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parents[2])])},
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "written\n"
        fate(folder, other)
        before = files(folder)
        child.communicate("\n", timeout=60)
    assert files(folder) == before
    assert_theirs(folder)


WRITE = """
import os, sys, pathlib
import helpers.entries as e
from askew.stores.local.store import LocalStore
store = LocalStore.open(pathlib.Path(sys.argv[1]), writable=True)
store.write([e.entry("mine in the log", ("mine late", e.vector(1, 7)))])
print("written", flush=True)
sys.stdin.readline()
"""


def refused(writer: LocalStore) -> None:
    for act in (
        lambda: writer.write(entries("more")),
        lambda: writer.delete(["mine1", "theirs1"]),
        lambda: writer.set_note("note", "text"),
        lambda: writer.remember({"/a": "s"}),
        lambda: writer.optimise(recall=0.9),
        lambda: writer.discard(),
    ):
        with pytest.raises(StoreError, match=r"x\.askew was "):
            act()


def assert_theirs(folder: Path) -> None:
    store = LocalStore.open(folder)
    assert store.check() == []
    assert store.digests(["theirs0", "theirs in the log", "mine0"]).keys() == {"theirs0", "theirs in the log"}
    store.close()


def test_a_backup_of_the_index_itself_may_come_back_under_a_reader(folder: Path, tmp_path: Path) -> None:
    """The older state, the newer one that was read, or an error; never a mixture."""
    shutil.copytree(folder, tmp_path / "backup")
    writer = LocalStore.open(folder, writable=True)
    writer.write([entry("later", ("mine later", vector(2)))])
    writer.delete(["mine3"])
    writer.close()
    for fate in (copied_over, restored):
        reader = LocalStore.open(folder)
        reader.nearest(np.array([vector(1)], np.float32), 1)
        fate(folder, tmp_path / "backup")
        with suppress(StoreError), reader.snapshot():
            ids = reader.owners(reader.keys().tolist())
            assert len(ids) == reader.count() == reader.sizes().documents == 20
            assert ("later" in ids) != ("mine3" in ids)
        reader.close()
    again = LocalStore.open(folder, writable=True)
    assert (again.sizes().documents, again.check()) == (20, [])
    again.close()


def test_an_index_that_is_opened_through_a_link_stays_the_one_it_was(folder: Path, other: Path, tmp_path: Path) -> None:
    link = tmp_path / "current.askew"
    link.symlink_to(folder)
    reader, writer = LocalStore.open(link), LocalStore.open(link, writable=True)
    link.unlink()
    link.symlink_to(other)
    assert {text[:4] for text in seen(reader)} == {"mine"}
    before = files(other)
    with pytest.raises(StoreError, match=r"current\.askew was "):
        writer.delete(["mine1"])
    writer.close()
    reader.close()
    assert files(other) == before
    reader = LocalStore.open(link)
    assert len(reader.digests(["theirs1"])) == 1
    reader.close()


def test_a_folder_that_is_moved_and_comes_back_goes_on(folder: Path, tmp_path: Path) -> None:
    writer = LocalStore.open(folder, writable=True)
    folder.rename(tmp_path / "away")
    with pytest.raises(StoreError, match="moved"):
        writer.delete(["mine1"])
    (tmp_path / "away").rename(folder)
    assert writer.delete(["mine1"]) == 1
    writer.close()
    reader = LocalStore.open(folder)
    assert (reader.check(), reader.count()) == ([], 19)
    reader.close()


@pytest.fixture
def foreign(folder: Path) -> Files:
    """Files and folders of the user in the index folder, whose names are like those of the store."""
    names = ["vectors-backup.f32", "text-notes/a.txt", "ivf-results.csv", "vectors-99.f32", "text-7/a"]
    names += ["ivf-1-2.part/b", "versions/readme.txt", "versions/7.txt", "reserve.txt", "catalog.sqlite.bak"]
    names += [".vectors-1.f32.x"]
    for name in names:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(name)
    return {name: name.encode() for name in names}


def test_foreign_files_with_names_like_those_of_the_store_stay(folder: Path, foreign: Files) -> None:
    def left() -> Files:
        return {name: content for name, content in files(folder).items() if name in foreign}

    writer = LocalStore.open(folder, writable=True)
    writer.write(entries("more"))
    writer.delete([f"mine{i}" for i in range(20)])
    writer.optimise()
    assert left() == foreign
    assert not (folder / "vectors-1.f32").exists()
    writer.close()
    writer = LocalStore.open(folder, writable=True)
    writer.optimise()
    assert writer.check() == []
    writer.discard()
    assert files(folder) == foreign


def test_a_discarded_index_leaves_no_folder(folder: Path) -> None:
    writer = LocalStore.open(folder, writable=True)
    writer.delete(["mine1", "mine2", "mine3"])
    writer.optimise()
    writer.discard()
    assert not folder.exists()
