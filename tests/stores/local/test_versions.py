import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import StoreError, StoreLockedError
from askew.lock import SharedLock
from askew.stores import catalog
from askew.stores.local import versions
from askew.stores.local.store import LocalStore
from askew.stores.local.versions import Versions, place, put, read, release, serving, sweep, unused


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An index folder with version 0, which holds a, and version 1, which holds b; version 0 serves."""
    home = tmp_path / "x.askew"
    for number, word in ((0, "a"), (1, "b")):
        store = LocalStore.create(place(home, number), DIM, word)
        store.write([entry(word, (word, vector(1)))])
        store.close()
    put(home, Versions(next=1))
    return home


def held(home: Path) -> str:
    store = LocalStore.open(home)
    try:
        return store.manifest + "".join(store.digests(["a", "b"]))
    finally:
        store.close()


def left(home: Path) -> list[str]:
    return sorted(path.name for path in home.iterdir())


def test_without_a_file_version_0_serves_alone(tmp_path: Path) -> None:
    assert read(tmp_path) == read(tmp_path / "none") == Versions(0, None, None)
    assert serving(tmp_path) == tmp_path
    assert place(tmp_path, 3) == tmp_path / "versions" / "3"


def test_the_one_that_is_named_is_opened(home: Path) -> None:
    assert held(home) == "aa"
    put(home, Versions(1, kept=0))
    assert (held(home), serving(home)) == ("bb", home / "versions" / "1")
    assert read(home).named == {0, 1}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"serving": -1}', '{"serving": "1"}', '{"other": 1}'])
def test_a_file_that_names_none_is_damage(home: Path, text: str) -> None:
    (home / "versions.json").write_text(text)
    with pytest.raises(StoreError, match=rf"versions\.json .*{re.escape(catalog.DAMAGED)}"):
        LocalStore.open(home)


def test_a_version_that_is_missing_is_named(home: Path) -> None:
    put(home, Versions(7))
    with pytest.raises(StoreError, match="versions/7 "):
        LocalStore.open(home)


def test_each_counts_its_own_bytes(home: Path) -> None:
    store = LocalStore(home, writable=False, wait=0)
    other = LocalStore(place(home, 1), writable=False, wait=0)
    both = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    assert 0 < store.sizes().bytes < both
    assert store.sizes().bytes + other.sizes().bytes == both
    store.close()
    other.close()


@pytest.mark.parametrize("number", [0, 1])
def test_one_is_taken_away_and_the_other_is_whole(home: Path, number: int) -> None:
    stays = 1 - number
    release(home, number, Versions(stays), wait=0)
    assert held(home) == "ab"[stays] * 2
    assert json.loads((home / "versions.json").read_text()) == {"serving": stays, "next": None, "kept": None}
    expected = ["versions", "versions.json"] if number == 0 else ["catalog.sqlite", "text-1", "vectors-1.f32"]
    assert set(expected) <= set(left(home))
    assert (home / "catalog.sqlite").exists() == (number == 1)
    assert place(home, 1).exists() == (number == 0)


@pytest.mark.parametrize("number", [0, 1])
def test_what_a_process_has_open_is_not_taken_away(home: Path, number: int) -> None:
    hold = "import sys; from pathlib import Path; from askew.stores.local.store import LocalStore\n"
    hold += "store = LocalStore(Path(sys.argv[1]), writable=False, wait=0); print(1, flush=True); sys.stdin.readline()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(place(home, number))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "1\n"
        with pytest.raises(StoreLockedError, match=str(place(home, number))):
            release(home, number, Versions(1 - number), wait=0.1)
        assert read(home) == Versions(next=1)
        put(home, Versions(1 - number))
        sweep(home)
        assert place(home, number).joinpath("catalog.sqlite").exists()
        child.kill()
    sweep(home)
    assert not place(home, number).joinpath("catalog.sqlite").exists()


def test_what_a_crash_left_is_swept_and_what_is_named_stays(home: Path) -> None:
    (home / "versions" / ".2.0123abcd.askew-tmp").mkdir()
    (home / "versions" / "5").mkdir()
    assert unused(home) == 6
    sweep(home)
    assert left(home / "versions") == ["1"]
    assert unused(home) == 2
    assert held(home) == "aa"
    put(home, Versions(1))
    sweep(home)
    assert left(home) == ["versions", "versions.json"]
    sweep(home)
    assert held(home) == "bb"


def test_a_lock_that_nobody_released_goes_with_its_holder(home: Path) -> None:
    lock = SharedLock(home)
    with pytest.raises(StoreLockedError):
        release(home, 0, Versions(1), wait=0)
    del lock
    release(home, 0, Versions(1), wait=0)
    with pytest.raises(StoreError, match="none"):
        LocalStore(home / "none", writable=False, wait=0)


def test_a_store_is_opened_at_the_second_look_where_it_was_switched_meanwhile(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the look at the file and the opening the index is switched and the old store taken away."""
    looks = []

    def look(folder: Path) -> Path:
        found = serving(folder)
        looks.append(found)
        if len(looks) == 1:
            release(home, 0, Versions(1), wait=0)
        return found

    monkeypatch.setattr(versions, "serving", look)
    assert held(home) == "bb"
    assert looks[0] == home


def test_notes_are_listed_by_name(home: Path) -> None:
    store = LocalStore(home, writable=True, wait=0)
    assert store.notes() == []
    store.set_note("weights", "1")
    store.set_note("note:", "2")
    assert store.notes() == ["note:", "weights"]
    store.set_note("weights", "")
    assert store.notes() == ["note:"]
    assert store.recall() == 0.99
    store.optimise(recall=0.8)
    assert store.recall() == 0.8
    store.close()


HUGE = 1 << 30
WRONG = {
    "a list": b"[1, 2]",
    "nested": b"[" * 4000,
    "nested objects": b'{"serving":' * 300,
    "booleans": b'{"serving": true}',
    "null": b'{"serving": null}',
    "a float": b'{"serving": 1.0}',
    "NaN": b'{"serving": NaN}',
    "a huge number": b'{"serving": ' + b"9" * 4000 + b"}",
    "a large number": b'{"serving": 99999999999999999999999999}',
    "a huge kept": b'{"serving": 0, "kept": 1e999}',
    "a path": b'{"serving": "../../etc"}',
    "invalid UTF-8": b'{"serving": "\xff\xfe"}',
    "UTF-16": '{"serving": 0}'.encode("utf-16"),
    "NUL": b"\0" * 100,
    "too much": b'{"serving": 0' + b" " * 5000 + b"}",
}


@pytest.mark.parametrize("content", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("writable", [False, True])
def test_a_file_of_wrong_types_is_one_error(home: Path, content: bytes, writable: bool) -> None:
    (home / "versions.json").write_bytes(content)
    with pytest.raises(StoreError, match=str(home)):
        LocalStore.open(home, writable=writable)


def test_a_file_of_a_gigabyte_is_not_read(home: Path) -> None:
    with (home / "versions.json").open("wb") as file:
        file.truncate(HUGE)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(StoreError, match=r"versions\.json"):
        LocalStore.open(home)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_folder_or_a_pipe_in_its_place_is_one_error(home: Path) -> None:
    (home / "versions.json").unlink()
    (home / "versions.json").mkdir()
    with pytest.raises(StoreError, match=r"versions\.json"):
        LocalStore.open(home)
    (home / "versions.json").rmdir()
    (home / "versions.json").symlink_to("versions.json")
    with pytest.raises(StoreError, match=r"versions\.json"):
        LocalStore.open(home)
