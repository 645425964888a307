"""An index beside a folder whose files come, change, move, break and go."""

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from askew.documents import stamps
from askew.documents.read import Fate
from askew.documents.stamps import Stamp
from askew.errors import InputError, ResourceError
from askew.index import Index
from askew.progress import Progress
from askew.settings import IndexSettings
from askew.sync import SyncResult, index_files, sync


@pytest.fixture
def drive(tmp_path: Path) -> Path:
    folder = tmp_path / "drive"
    (folder / "deep").mkdir(parents=True)
    (folder / "a.txt").write_text("red tents")
    (folder / "deep" / "b.md").write_text("# Boats\n\nblue kayaks")
    (folder / "rows.csv").write_text("id,text\nr1,green stoves\nr2,grey ropes\n")
    return folder


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    with Index.create(tmp_path / "x", "question-answering", model="hashing") as made:
        yield made


def ids(index: Index) -> set[str]:
    return set(index.store.ids_within("/"))


def counts(mirrored: SyncResult) -> tuple[int, int, int, int]:
    added = mirrored.added
    return added.new, added.changed, added.unchanged, mirrored.removed


def fates(mirrored: SyncResult) -> dict[str, str]:
    return {file.id: str(file.fate) for file in mirrored.files}


def touch(path: Path, text: str) -> None:
    """Another time than before, also where the clock of the file system is coarse."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 10**9, before + 10**9))


def test_a_file_that_is_still_there_keeps_its_documents_though_its_folder_hides_it(index: Index, drive: Path) -> None:
    (drive / ".notes").mkdir()
    (drive / ".notes" / "h.txt").write_text("hidden stoves")
    assert counts(sync(index, [drive / ".notes"])) == (1, 0, 0, 0)
    assert counts(sync(index, [drive])) == (4, 0, 0, 0)
    assert counts(sync(index, [drive / ".notes"])) == (0, 0, 1, 0)
    (drive / ".notes" / "h.txt").unlink()
    assert counts(sync(index, [drive])) == (0, 0, 4, 1)


def test_what_stands_in_the_place_of_a_file_or_a_folder_keeps_no_old_documents(index: Index, drive: Path) -> None:
    sync(index, [drive])
    (drive / "a.txt").unlink()
    (drive / "a.txt").mkdir()
    (drive / "deep").rename(drive / "new")
    (drive / "deep").symlink_to(drive / "new")
    sync(index, [drive])
    assert ids(index) == {"new/b.md", "r1", "r2"}


def test_a_file_that_was_read_from_its_own_folder_makes_way_for_another_of_its_name(index: Index, drive: Path) -> None:
    (drive / "deep" / "a.txt").write_text("deep tents")
    assert counts(sync(index, [drive / "deep" / "a.txt"])) == (1, 0, 0, 0)
    sync(index, [drive])
    assert {"a.txt", "deep/a.txt"} <= ids(index)
    texts = {one.id: one.text for one in index.documents(["a.txt", "deep/a.txt"])}
    assert texts == {"a.txt": "red tents", "deep/a.txt": "deep tents"}
    assert counts(sync(index, [drive])) == (0, 0, 5, 0)


def test_every_document_knows_its_file(index: Index, drive: Path) -> None:
    assert counts(sync(index, [drive])) == (4, 0, 0, 0)
    assert index.store.ids_within("/") == {
        "a.txt": str(drive / "a.txt"),
        "deep/b.md": str(drive / "deep/b.md"),
        "r1": str(drive / "rows.csv"),
        "r2": str(drive / "rows.csv"),
    }
    assert index.documents(["r2"])[0].source == str(drive / "rows.csv")


def test_what_is_unchanged_is_not_opened(index: Index, drive: Path) -> None:
    sync(index, [drive])
    (drive / "a.txt").chmod(0)
    again = sync(index, [drive])
    assert set(fates(again).values()) == {"unchanged"}
    assert counts(again) == (0, 0, 4, 0)
    assert {id for file in again.files for id in file.ids} == {"a.txt", "deep/b.md", "r1", "r2"}


def test_only_what_changed_is_read_and_what_vanished_goes(index: Index, drive: Path) -> None:
    sync(index, [drive])
    touch(drive / "a.txt", "red tents and poles")
    touch(drive / "rows.csv", "id,text\nr2,grey ropes\nr3,black pegs\n")
    (drive / "deep" / "b.md").unlink()
    (drive / "new.txt").write_text("white socks")
    again = sync(index, [drive])
    assert counts(again) == (2, 1, 1, 2)
    assert ids(index) == {"a.txt", "r2", "r3", "new.txt"}
    assert index.documents(["a.txt"])[0].text == "red tents and poles"
    assert set(index.store.sources()) == {str(drive / name) for name in ("a.txt", "rows.csv", "new.txt")}


def test_what_vanished_stays_where_that_is_asked_for(index: Index, drive: Path) -> None:
    sync(index, [drive])
    (drive / "a.txt").unlink()
    assert counts(sync(index, [drive], keep=True)) == (0, 0, 3, 0)
    assert "a.txt" in ids(index)
    assert sync(index, [drive]).removed == 1


def test_a_row_that_was_kept_goes_once_that_is_no_more_asked_for(index: Index, drive: Path) -> None:
    sync(index, [drive])
    touch(drive / "rows.csv", "id,text\nr1,green stoves\n")
    assert sync(index, [drive], keep=True).removed == 0
    assert "r2" in ids(index)
    assert sync(index, [drive]).removed == 1
    assert "r2" not in ids(index)


def test_a_folder_is_the_same_however_it_is_named(index: Index, drive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sync(index, [drive])
    monkeypatch.chdir(drive / "deep")
    for name in ("..", "../../drive", drive / "deep" / ".."):
        assert counts(sync(index, [name])) == (0, 0, 4, 0)
    (drive / "a.txt").unlink()
    assert sync(index, [".."]).removed == 1
    assert str(drive / "a.txt") not in index.store.sources()


def test_other_places_are_left_alone(index: Index, drive: Path, tmp_path: Path) -> None:
    other = tmp_path / "drive2"
    other.mkdir()
    (other / "c.txt").write_text("yellow lamps")
    sync(index, [drive])
    assert counts(sync(index, [other])) == (1, 0, 0, 0)
    assert counts(sync(index, [drive / "deep"])) == (
        0,
        0,
        1,
        0,
    )  # a known file keeps its id, whatever folder is named
    assert ids(index) == {"a.txt", "deep/b.md", "r1", "r2", "c.txt"}


def test_a_moved_row_is_not_lost(index: Index, drive: Path) -> None:
    sync(index, [drive])
    touch(drive / "rows.csv", "id,text\nr1,green stoves\n")
    (drive / "more.csv").write_text("id,text\nr2,grey ropes\n")
    again = sync(index, [drive])
    assert counts(again)[3] == 0
    assert index.store.ids_within(str(drive / "more.csv")) == {"r2": str(drive / "more.csv")}
    assert set(fates(sync(index, [drive])).values()) == {"unchanged"}


def test_a_file_that_broke_keeps_what_was_stored_of_it(index: Index, drive: Path) -> None:
    sync(index, [drive])
    (drive / "a.txt").write_bytes(bytes(range(32)))
    os.utime(drive / "a.txt", ns=(1, 1))
    again = sync(index, [drive])
    assert fates(again)["a.txt"] == "skipped"
    assert again.removed == 0
    assert index.documents(["a.txt"])[0].text == "red tents"
    touch(drive / "a.txt", "whole again")
    assert counts(sync(index, [drive]))[1] == 1


@pytest.mark.skipif(os.geteuid() == 0, reason="root may list every folder")
def test_a_folder_that_may_not_be_listed_has_not_vanished(index: Index, drive: Path) -> None:
    sync(index, [drive])
    (drive / "deep").chmod(0)
    try:
        assert sync(index, [drive]).removed == 0
    finally:
        (drive / "deep").chmod(0o755)


def test_an_id_of_another_file_that_is_still_there_is_refused(index: Index, drive: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "a.txt").write_text("something else")
    sync(index, [drive])
    with pytest.raises(InputError, match=r"drive/a\.txt"):
        sync(index, [other])
    assert index.documents(["a.txt"])[0].text == "red tents"
    (drive / "late.csv").write_text("id,text\nr1,another\n")
    for _ in range(2):  # the first time it is new, the second time its neighbours are not even opened
        again = sync(index, [drive])
        assert {file.id: file.ids for file in again.files}["late.csv"] == ("late.csv:2",)
        assert index.documents(["r1"])[0].text == "green stoves"
    (drive / "late.csv").unlink()
    (drive / "a.txt").unlink()
    assert sync(index, [other]).added.changed == 1  # whose file is gone may be replaced


def test_other_fields_read_every_file_anew(index: Index, drive: Path) -> None:
    from askew.documents.columns import Fields

    (drive / "rows.csv").write_text("id,text,other\nr1,green stoves,lamps\n")
    sync(index, [drive])
    again = sync(index, [drive / "rows.csv"], Fields(text="other"))
    assert fates(again) == {"rows.csv": Fate.READ}
    assert index.documents(["r1"])[0].text == "lamps"


def test_an_interruption_keeps_what_was_stored_and_the_rest_follows(index: Index, tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(1200):
        (folder / f"{i:04}.txt").write_text(f"text number {i}")

    def stop(progress: Progress) -> None:
        if progress.what == "files" and progress.done > 1000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sync(index, [folder], progress=stop)
    assert len(ids(index)) == 512
    again = sync(index, [folder])
    assert (again.added.new, again.added.unchanged) == (688, 512)
    assert sum(file.fate == Fate.UNCHANGED for file in again.files) == 512


def test_where_loss_is_an_error_nothing_is_stored(tmp_path: Path) -> None:
    folder = tmp_path / "many"
    folder.mkdir()
    for i in range(600):
        (folder / f"{i:04}.txt").write_text(f"text number {i}")
    (folder / "zz.txt").write_text("word " * 2000)
    with Index.create(tmp_path / "x", "paraphrase", policy="error") as index:
        with pytest.raises(InputError, match=r"zz.txt: 2,000 tokens, 1,746 would be lost"):
            sync(index, [folder])
        assert index.sizes().documents == 0


def test_stdin_and_named_files_are_mirrored_too(index: Index, drive: Path) -> None:
    assert counts(sync(index, [drive / "a.txt"])) == (1, 0, 0, 0)
    assert counts(sync(index, [drive / "a.txt"])) == (0, 0, 1, 0)
    (drive / "a.txt").unlink()
    with pytest.raises(InputError, match=str(drive / "a.txt")):
        sync(index, [drive / "a.txt"])
    assert ids(index) == {"a.txt"}


def test_a_newer_file_with_the_users_own_ids_takes_them_over(index: Index, drive: Path, tmp_path: Path) -> None:
    sync(index, [drive])
    (tmp_path / "newer.csv").write_text("id,text\nr1,green stoves with gas\n")
    assert counts(sync(index, [tmp_path / "newer.csv"])) == (0, 1, 0, 0)
    assert index.documents(["r1"])[0].source == str(tmp_path / "newer.csv")
    (tmp_path / "lines").mkdir()
    (tmp_path / "lines" / "rows.csv").write_text("text\nno ids here\n")
    assert counts(sync(index, [tmp_path / "lines"])) == (1, 0, 0, 0)
    (tmp_path / "rows.csv").write_text("text\nnor here\n")
    with pytest.raises(InputError, match=r"rows\.csv:2"):
        sync(index, [tmp_path / "rows.csv"])


def slipped(path: Path, text: str) -> None:
    """Write other content of the same length, and keep the file's time of modification, as `cp -p` and rsync do."""
    before = path.stat()
    assert len(text) == before.st_size
    path.write_text(text)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The files were written long before the clock says they are looked at."""
    now = time.time_ns()
    monkeypatch.setattr(time, "time_ns", lambda: now + 3600 * 10**9)


def stamp_of(index: Index, path: Path) -> Stamp:
    return stamps.parse(index.store.sources()[str(path)])


def restamped(index: Index, path: Path, **changes: object) -> None:
    made = replace(stamp_of(index, path), **changes)  # type: ignore[arg-type]
    index.store.remember({str(path): str(made)})


def test_content_that_changed_within_size_and_time_is_found(index: Index, drive: Path) -> None:
    sync(index, drive)
    slipped(drive / "a.txt", "old tents")
    again = sync(index, drive)
    assert counts(again) == (0, 1, 3, 0)
    assert index.documents(["a.txt"])[0].text == "old tents"


@pytest.mark.usefixtures("later")
def test_only_the_content_tells_where_every_time_is_kept(index: Index, drive: Path) -> None:
    sync(index, drive)
    slipped(drive / "a.txt", "old tents")
    slipped(drive / "rows.csv", "id,text\nr1,green stoves\nr2,long ropes\n")
    for name in ("a.txt", "rows.csv"):  # the clock that no program can set back, set back
        restamped(index, drive / name, ctime_ns=(drive / name).stat().st_ctime_ns)
    assert counts(sync(index, drive)) == (0, 0, 4, 0)
    found = sync(index, drive, verify=True)
    assert counts(found) == (0, 2, 2, 0)
    assert {id for id, fate in fates(found).items() if fate == "read"} == {"a.txt", "rows.csv"}
    assert index.documents(["a.txt", "r2"])[1].text == "long ropes"
    assert counts(sync(index, drive, verify=True)) == (0, 0, 4, 0)


@pytest.mark.usefixtures("later")
def test_a_touched_or_copied_file_is_compared_once_and_not_encoded(index: Index, drive: Path, tmp_path: Path) -> None:
    sync(index, drive)
    before = stamp_of(index, drive / "a.txt")
    assert before.settled
    shutil.copy2(drive / "a.txt", tmp_path / "copy")
    (tmp_path / "copy").replace(drive / "a.txt")
    os.utime(drive / "deep" / "b.md", ns=(5, 5))
    again = sync(index, drive)
    assert set(fates(again).values()) == {"unchanged"}
    assert counts(again) == (0, 0, 4, 0)
    after = stamp_of(index, drive / "a.txt")
    assert after.digest == before.digest
    assert after.ctime_ns != before.ctime_ns
    assert stamp_of(index, drive / "deep" / "b.md").mtime_ns == 5


def test_a_file_written_twice_within_a_tick_of_the_clock_is_found(index: Index, drive: Path) -> None:
    """It was read between the two, and the second left size and times as they were."""
    sync(index, drive)
    path = drive / "a.txt"
    assert not stamp_of(index, path).settled
    slipped(path, "old tents")
    restamped(index, path, ctime_ns=path.stat().st_ctime_ns)
    assert counts(sync(index, drive)) == (0, 1, 3, 0)


@pytest.mark.parametrize("mtime", [0, -(10**18), 4 * 10**18], ids=["1970", "1938", "2096"])
@pytest.mark.usefixtures("later")
def test_odd_times_do_no_harm(index: Index, drive: Path, mtime: int) -> None:
    path = drive / "a.txt"
    os.utime(path, ns=(mtime, mtime))
    assert counts(sync(index, drive)) == (4, 0, 0, 0)
    assert stamp_of(index, path).mtime_ns == path.stat().st_mtime_ns
    assert counts(sync(index, drive)) == (0, 0, 4, 0)
    path.write_text("other tents")
    os.utime(path, ns=(mtime - 10**9, mtime - 10**9))
    assert counts(sync(index, drive)) == (0, 1, 3, 0)


def test_a_clock_that_goes_backwards_does_no_harm(index: Index, drive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert counts(sync(index, drive)) == (4, 0, 0, 0)
    slipped(drive / "a.txt", "old tents")
    assert counts(sync(index, drive)) == (0, 1, 3, 0)
    assert counts(sync(index, drive)) == (0, 0, 4, 0)


@pytest.mark.parametrize("old", ["9:{mtime}:{way}", "", "x", "a:b:c:d:e:f"])
def test_a_stamp_of_an_earlier_release_reads_the_file_once(index: Index, drive: Path, old: str) -> None:
    sync(index, drive)
    path = drive / "a.txt"
    made = old.format(mtime=path.stat().st_mtime_ns, way=stamp_of(index, path).way)
    index.store.remember({str(path): made})
    again = sync(index, drive)
    assert fates(again)["a.txt"] == "read"
    assert counts(again) == (0, 0, 4, 0)
    assert fates(sync(index, drive))["a.txt"] == "unchanged"


def test_a_file_that_lost_a_document_is_read_again(index: Index, drive: Path) -> None:
    """Even if its stamp would have been renewed in the same sync."""
    sync(index, drive)
    (drive / "a.txt").touch()
    index.delete(["r1"])
    again = sync(index, drive)
    assert counts(again) == (1, 0, 3, 0)
    assert "r1" in ids(index)


@pytest.mark.parametrize("stop", [MemoryError, KeyboardInterrupt, InputError])
def test_a_new_index_that_stays_empty_is_removed(drive: Path, tmp_path: Path, stop: type[BaseException]) -> None:
    def fail(progress: Progress) -> None:
        raise stop

    settings = IndexSettings("hashing", None, None, None, None, None, None, None, None)
    with pytest.raises(ResourceError if stop is MemoryError else stop):
        index_files(tmp_path / "new", [drive], "question-answering", settings, progress=fail)
    assert not (tmp_path / "new.askew").exists()
