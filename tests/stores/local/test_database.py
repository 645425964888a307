import os
import re
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from helpers.catalogues import add_documents, state_of, write
from helpers.entries import entry, vector

from askew.errors import InputError, StoreError
from askew.quantisation import RowFormat
from askew.stores import Entry, catalog
from askew.stores.catalog import State
from askew.stores.local import database
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder
from askew.stores.local.store import LocalStore

Open = Callable[..., Catalog]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database.create(tmp_path, RowFormat(384), "the manifest", "english")
    return tmp_path


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    """Opens the catalogue, again and again; all are closed after."""
    found = []

    def opener(writable: bool = False, at: Path = folder) -> Catalog:
        found.append(Catalog(Folder(at), writable=writable))
        return found[-1]

    yield opener
    for one in found:
        one.close()


def holds(catalogue: Catalog, name: str) -> bool:
    with catalogue.reading() as connection:
        return connection.execute("SELECT count(*) FROM meta WHERE name = ?", (name,)).fetchone()[0] == 1


def test_a_new_catalogue_holds_what_it_was_made_with_and_counts_nothing(opened: Open) -> None:
    with opened().reading() as connection:
        assert catalog.get(connection, "dim") == 384
        assert catalog.get(connection, "manifest") == "the manifest"
        assert catalog.get(connection, "language") == "english"
        assert catalog.get(connection, "format") == catalog.FORMAT
        assert catalog.state(connection) == State(change=1)


def test_a_catalogue_is_made_once(folder: Path) -> None:
    with pytest.raises(StoreError):
        database.create(folder, RowFormat(8), "another", "")
    catalogue = Catalog(Folder(folder), writable=False)
    with catalogue.reading() as connection:
        assert catalog.get(connection, "manifest") == "the manifest"
    catalogue.close()


@pytest.mark.parametrize("fault", [ValueError, KeyboardInterrupt, SystemExit])
def test_what_is_interrupted_is_not_written_and_writing_goes_on(opened: Open, fault: type[BaseException]) -> None:
    catalogue = opened(writable=True)
    with pytest.raises(fault):
        write(catalogue, {"half": 1, "state": '{"documents": 9}'}, fault)
    assert state_of(catalogue) == state_of(opened()) == State(change=1)
    assert not holds(catalogue, "half")
    assert add_documents(catalogue, 1).documents == 1


def test_an_error_of_sqlite_takes_back_what_came_before_it(opened: Open) -> None:
    catalogue = opened(writable=True)
    with pytest.raises(StoreError, match="NOT NULL"):
        write(catalogue, {"half": 1, "nothing": None})  # type: ignore[dict-item]
    assert not holds(catalogue, "half")


def test_nothing_is_written_while_reading_not_even_by_a_writer(opened: Open) -> None:
    catalogue = opened(writable=True)
    with pytest.raises(StoreError, match="read-only"), catalogue.reading() as connection:
        catalog.put(connection, "half", 1)
    assert not holds(catalogue, "half")


def test_a_reader_sees_one_moment_while_a_writer_commits(opened: Open) -> None:
    writer, reader = opened(writable=True), opened()
    with reader.reading() as connection:
        before = catalog.state(connection)
        after = add_documents(writer, 7)
        assert catalog.state(connection) == before
    assert state_of(reader) == after == State(change=2, documents=7)


def test_nobody_sees_what_is_not_committed_yet(opened: Open) -> None:
    writer, reader = opened(writable=True), opened()
    with writer.writing() as connection:
        catalog.set_state(connection, State(documents=1))
        assert state_of(reader).documents == 0
    assert state_of(reader).documents == 1


def test_a_second_writer_waits_for_the_first(opened: Open) -> None:
    first, second = opened(writable=True), opened(writable=True)
    done = threading.Event()

    def write() -> None:
        add_documents(second, 1)
        done.set()

    thread = threading.Thread(target=write)
    with first.writing() as connection:
        thread.start()
        assert not done.wait(0.3)
        catalog.set_state(connection, State(documents=10))
    thread.join(10)
    assert state_of(first).documents == 11


def test_threads_take_turns_on_one_connection(opened: Open) -> None:
    catalogue = opened(writable=True)

    def work() -> None:
        for _ in range(20):
            add_documents(catalogue, 1)
            state_of(catalogue)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state_of(catalogue) == State(change=81, documents=80)


def test_who_opened_it_for_reading_cannot_write(opened: Open) -> None:
    reader = opened()
    with pytest.raises(StoreError, match="read-only"), reader.writing() as connection:
        catalog.put(connection, "name", 1)
    with pytest.raises(StoreError, match="read-only"), reader.outside() as connection:
        connection.execute("DELETE FROM meta")
    assert state_of(opened()) == State(change=1)


def test_a_copy_of_the_folder_is_the_index(opened: Open, tmp_path: Path) -> None:
    catalogue = opened(writable=True)
    add_documents(catalogue, 5)
    with catalogue.outside() as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = tmp_path / "copy"
    copy.mkdir()
    shutil.copy(tmp_path / catalog.NAME, copy)
    assert state_of(opened(at=copy)).documents == 5


@pytest.mark.parametrize("name", ["a?mode=memory", "a#b", "100%41", "é 索引", "a&b;c", "file:x", "a b'\"", "~"])
def test_a_folder_may_have_any_name(tmp_path: Path, opened: Open, name: str) -> None:
    folder = tmp_path / name
    folder.mkdir()
    database.create(folder, RowFormat(8), name, "")
    assert (folder / catalog.NAME).is_file()
    add_documents(opened(writable=True, at=folder), 2)
    reader = opened(at=folder)
    assert state_of(reader).documents == 2
    with reader.reading() as connection:
        assert catalog.get(connection, "manifest") == name
    assert {path.name for path in tmp_path.iterdir() if path.is_dir()} == {name}


def test_a_relative_path_is_of_the_folder_one_is_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    catalogue = Catalog(Folder(Path(folder.name)), writable=True)
    monkeypatch.chdir("/")
    assert add_documents(catalogue, 1).documents == 1
    catalogue.close()


def test_a_newer_format_is_refused_with_the_way_out(opened: Open) -> None:
    with opened(writable=True).writing() as connection:
        catalog.put(connection, "format", catalog.FORMAT + 1)
    newer = rf"format {catalog.FORMAT + 1};.* {catalog.FORMAT}\).*pip install --upgrade"
    for writable in (True, False):
        with pytest.raises(StoreError, match=newer):
            opened(writable=writable)


@pytest.mark.parametrize("writable", [True, False])
@pytest.mark.parametrize("content", [b"", b"no database", b"x" * 9000, b"SQLite format 3\0" + b"\0" * 5000])
def test_what_is_no_database_is_refused_and_left_alone(tmp_path: Path, content: bytes, writable: bool) -> None:
    path = tmp_path / catalog.NAME
    path.write_bytes(content)
    with pytest.raises(StoreError, match=f"{path} is "):
        Catalog(Folder(tmp_path), writable=writable)
    assert path.read_bytes() == content


@pytest.mark.parametrize("value", ["one", None, 1.5, b"1"])
def test_a_database_of_something_else_is_refused(tmp_path: Path, value: object) -> None:
    connection = sqlite3.connect(tmp_path / catalog.NAME)
    connection.execute("CREATE TABLE meta (name, value)")
    if value is not None:
        connection.execute("INSERT INTO meta VALUES ('format', ?)", (value,))
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=f"{catalog.NAME} is not an askew catalogue"):
        Catalog(Folder(tmp_path), writable=False)


def test_a_file_that_was_overwritten_in_part_is_refused(folder: Path) -> None:
    path = folder / catalog.NAME
    whole = path.read_bytes()
    path.write_bytes(whole[:4096] + b"\xaa" * (len(whole) - 4096))
    with pytest.raises(StoreError, match=f"{path} is damaged .*{re.escape(catalog.DAMAGED)}"):
        Catalog(Folder(folder), writable=False)


@pytest.mark.parametrize("writable", [True, False])
def test_where_there_is_no_catalogue_none_is_made(tmp_path: Path, writable: bool) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(StoreError, match=f" {folder}"):
            Catalog(Folder(folder), writable=writable)
    assert list(tmp_path.iterdir()) == []


def test_a_catalogue_cannot_be_made_where_there_is_no_folder(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path / 'missing' / catalog.NAME}: "):
        database.create(tmp_path / "missing", RowFormat(8), "", "")


def test_half_a_character_is_the_users_error_and_nothing_is_written(opened: Open) -> None:
    catalogue = opened(writable=True)
    with pytest.raises(InputError, match=r"'a\\ud800'"):
        write(catalogue, {"before": 1, "name": "a\ud800"})
    assert not holds(catalogue, "before")


def test_a_closed_catalogue_says_so(opened: Open) -> None:
    catalogue = opened()
    catalogue.close()
    catalogue.close()
    with pytest.raises(StoreError, match=f"{catalogue.folder.path} .*closed"):
        state_of(catalogue)


def test_a_full_disk_is_named_and_nothing_is_written(opened: Open) -> None:
    catalogue = opened(writable=True)
    with catalogue.outside() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreError, match=f"No space .*{catalogue.folder.path}"):
        write(catalogue, {"small": 1, "large": "x" * 100_000})
    assert not holds(catalogue, "small")


READ = """
import sys
from pathlib import Path
from askew.stores import catalog
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder
catalogue = Catalog(Folder(Path(sys.argv[1])), writable=False)
with catalogue.reading() as connection:
    print(catalog.get(connection, "manifest"))
"""


def test_an_index_on_a_read_only_disk_can_be_read(folder: Path) -> None:
    """Root may write anywhere, and must give that up for this."""
    ordinary = [] if os.geteuid() else ["setpriv", "--bounding-set=-dac_override,-dac_read_search"]
    if ordinary and not shutil.which("setpriv"):
        pytest.skip("root cannot be held back here")
    assert {path.name for path in folder.iterdir()} == {catalog.NAME}
    (folder / catalog.NAME).chmod(0o444)
    folder.chmod(0o555)
    try:
        program = [*ordinary, sys.executable, "-c", READ, str(folder)]
        ran = subprocess.run(program, capture_output=True, text=True, check=False)
    finally:
        folder.chmod(0o755)
    assert (ran.returncode, ran.stdout) == (0, "the manifest\n"), ran.stderr


ADMIN = os.name == "posix" and os.geteuid() == 0
SEARCH = """
import pathlib, sys
import numpy as np
from askew.errors import StoreError
from askew.stores.local.store import LocalStore
try:
    reader = LocalStore.open(pathlib.Path(sys.argv[1]))
except StoreError as error:
    print("refused", error)
    raise SystemExit
for _ in range(int(sys.argv[2])):
    try:
        with reader.snapshot():
            count = reader.count()
            found = reader.nearest(np.ones((1, 8), np.float32), 5)
            owners = reader.owners(found.keys[0].tolist())
            words = reader.owners(reader.lexical("word", 3).keys[0].tolist())
            same = (count, len(reader.keys()), reader.sizes().passages, len(owners) > 0, len(words) > 0)
        assert same == (count, count, count, True, True), same
    except StoreError as error:
        print("refused", error)
    else:
        print("answered", count)
reader.close()
"""


def store(folder: Path, count: int = 50) -> Path:
    made = LocalStore.create(folder, 8, "m")
    made.write(some(count))
    made.close()
    return folder


def some(count: int, first: int = 0) -> list[Entry]:
    return [entry(f"d{first + i}", (f"word {first + i}", vector(1, first + i))) for i in range(count)]


def searched(folder: Path, times: int = 1, *, ordinary: bool = False) -> list[str]:
    """What a process prints that searches; ordinary: one that may not write where root may."""
    program = [sys.executable, "-c", SEARCH, str(folder), str(times)]
    if ordinary and ADMIN:
        if not shutil.which("setpriv"):
            pytest.skip("root cannot be held back here")
        program = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *program]
    path = os.pathsep.join(sys.path)
    ran = subprocess.run(program, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path})
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes in memory."""
    disk = tmp_path / "disk"
    disk.mkdir()
    if not ADMIN or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=False).returncode:
        pytest.skip("nothing can be mounted here")
    yield disk
    subprocess.run(["umount", "-l", disk], check=True)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """No one but root may write any file of the folder, nor make one."""
    places = [folder, *folder.rglob("*")]
    modes = {place: place.stat().st_mode for place in places}
    for place in places:
        place.chmod(0o555 if place.is_dir() else 0o444)
    try:
        yield
    finally:
        for place, mode in modes.items():
            if place.exists():
                place.chmod(mode)


def fill(disk: Path) -> None:
    with suppress(OSError), (disk / "filling").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def test_a_closed_index_is_searched_without_the_right_to_write(tmp_path: Path) -> None:
    folder = store(tmp_path / "x.askew")
    for name in ("catalog.sqlite-wal", "catalog.sqlite-shm"):
        assert not (folder / name).exists()
    with read_only(folder):
        names = {path.name for path in folder.iterdir()}
        assert searched(folder, 3, ordinary=True) == ["answered 50"] * 3
        assert {path.name for path in folder.iterdir()} == names


def test_without_the_right_to_read_it_is_refused_in_a_sentence(tmp_path: Path) -> None:
    folder = store(tmp_path / "x.askew")
    for place, mode in ((folder, 0o000), (folder, 0o111), (folder / catalog.NAME, 0o000)):
        before = place.stat().st_mode
        place.chmod(mode)
        try:
            [line] = searched(folder, ordinary=True)
        finally:
            place.chmod(before)
        assert line.startswith("refused")
        assert str(folder) in line
    assert searched(folder) == ["answered 50"]


@pytest.mark.parametrize("left", ["closed", "with its log"])
def test_an_index_on_a_disk_that_is_mounted_read_only_is_searched(mounted: Path, left: str) -> None:
    folder = store(mounted / "x.askew")
    if left == "with its log":  # as a backup of an index that was open
        writer = LocalStore.open(folder, writable=True)
        writer.write(some(5, 50))
        shutil.copytree(folder, mounted / "copy.askew")
        writer.close()
        folder = mounted / "copy.askew"
        (folder / "catalog.sqlite-shm").unlink()
    subprocess.run(["mount", "-o", "remount,ro", mounted], check=True)
    try:
        lines = searched(folder, 3)
    finally:
        subprocess.run(["mount", "-o", "remount,rw", mounted], check=True)
    if left == "closed":
        assert lines == ["answered 50"] * 3
    else:
        assert all(line == "answered 55" or line.startswith("refused") for line in lines)


def test_a_closed_index_on_a_full_disk_is_searched_and_documents_are_deleted(mounted: Path) -> None:
    folder = store(mounted / "x.askew")
    fill(mounted)
    assert searched(folder, 2) == ["answered 50"] * 2
    for number in range(5):
        writer = LocalStore.open(folder, writable=True)
        assert writer.delete([f"d{number}"]) == 1
        writer.close()
        assert searched(folder) == [f"answered {49 - number}"]
    (mounted / "filling").unlink()
    writer = LocalStore.open(folder, writable=True)
    writer.write(some(5))
    assert (writer.count(), writer.check()) == (50, [])
    writer.close()


def test_what_does_not_fit_on_a_full_disk_is_refused_and_nothing_is_lost(mounted: Path) -> None:
    folder = store(mounted / "x.askew")
    writer = LocalStore.open(folder, writable=True)
    fill(mounted)
    with pytest.raises(StoreError, match="space"):
        writer.write([entry(f"big{i}", ("word " * 2000, vector(1))) for i in range(200)])
    assert writer.count() == 50
    assert searched(folder) == ["answered 50"]
    assert writer.delete(["d1"]) == 1
    writer.close()
    (mounted / "filling").unlink()
    writer = LocalStore.open(folder, writable=True)
    assert (writer.count(), writer.check()) == (49, [])
    writer.close()


@pytest.mark.parametrize("ordinary", [False, True], ids=["may write", "may not write"])
def test_a_reader_beside_a_writer_that_does_everything_gets_one_state_or_an_error(
    tmp_path: Path, ordinary: bool
) -> None:
    folder = store(tmp_path / "x.askew", 200)
    stop = threading.Event()

    def work() -> None:
        turn = 0
        while not stop.is_set():
            writer = LocalStore.open(folder, writable=True)
            first = 1000 + 50 * turn
            writer.write(some(50, first))
            writer.delete([f"d{first + i}" for i in range(50)])
            writer.optimise()
            writer.close()
            turn += 1

    thread = threading.Thread(target=work)
    thread.start()
    if ordinary:
        folder.chmod(0o555)  # only root, the writer, makes files here
    try:
        lines = searched(folder, 150, ordinary=ordinary)
        lines += searched(folder, 50, ordinary=ordinary)
    finally:
        stop.set()
        thread.join()
        folder.chmod(0o755)
    assert {line for line in lines if not line.startswith("refused")} <= {"answered 200", "answered 250"}
    assert all(str(folder) in line for line in lines if line.startswith("refused"))
    assert "answered 200" in lines or ordinary
    reader = LocalStore.open(folder)
    assert (reader.count(), reader.check()) == (200, [])
    reader.close()
