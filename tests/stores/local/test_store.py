import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.first_text_index import first_version

from askew.errors import StoreError, StoreLockedError
from askew.stores.local import ivf_build
from askew.stores.local.store import LocalStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A store with two documents, closed."""
    folder = tmp_path / "store.askew"
    store = LocalStore.create(folder, DIM, "m", language="english")
    store.write([entry("a", ("red tents", vector(1))), entry("b", ("blue kayak", vector(0, 1)))])
    store.close()
    return folder


def word(folder: Path, query: str) -> list[str]:
    store = LocalStore.open(folder)
    found = store.owners(store.lexical(query, 5).keys[0].tolist())
    store.close()
    return found


def test_what_is_no_index_is_named(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(StoreError, match=f"{tmp_path / 'none.askew'}"):
        LocalStore.open(tmp_path / "none.askew")
    with pytest.raises(StoreError, match=f"{tmp_path} is not an askew index"):
        LocalStore.open(tmp_path)
    with pytest.raises(StoreError, match=f"{folder} already exists"):
        LocalStore.create(folder, DIM, "m")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"x\.askew"):
        LocalStore.create(tmp_path / "file" / "x.askew", DIM, "m")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "store.askew"]


def test_a_copied_folder_is_an_index(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "copy.askew")
    shutil.rmtree(folder)
    assert word(tmp_path / "copy.askew", "kayaks") == ["b"]


@pytest.mark.parametrize("harm", ["gone", "emptied", "garbled"])
def test_a_damaged_text_index_is_made_up_for_by_readers_and_mended_by_the_writer(folder: Path, harm: str) -> None:
    text = folder / "text-1"
    if harm == "gone":
        shutil.rmtree(text)
    elif harm == "emptied":
        shutil.rmtree(text)
        text.mkdir()
    else:
        (text / "meta.json").write_text("{")
    assert word(folder, "tent") == ["a"]
    LocalStore.open(folder, writable=True).close()
    store = LocalStore.open(folder)
    assert store.check() == []
    assert word(folder, "tent") == ["a"]
    store.close()


def test_a_missing_or_short_vector_file_is_damage_and_said_so(folder: Path) -> None:
    file = folder / "vectors-1.f32"
    kept = file.read_bytes()
    file.write_bytes(kept[:-4])
    store = LocalStore.open(folder)
    with pytest.raises(StoreError, match=rf"{file} .*\b1 .*\b2\b"):
        store.nearest(np.zeros((1, DIM), np.float32), 1)
    file.unlink()
    with pytest.raises(StoreError, match=f"{file} is missing"):
        store.nearest(np.zeros((1, DIM), np.float32), 1)
    store.close()
    with pytest.raises(StoreError, match=f"{file} is missing"):
        LocalStore.open(folder, writable=True)
    file.write_bytes(kept)
    assert word(folder, "kayak") == ["b"]


def test_a_damaged_catalogue_is_said_so(folder: Path) -> None:
    catalogue = folder / "catalog.sqlite"
    content = bytearray(catalogue.read_bytes())
    content[:16] = b"not a database.."
    catalogue.write_bytes(content)
    with pytest.raises(StoreError, match=f"{catalogue} is damaged"):
        LocalStore.open(folder)


def test_a_newer_index_is_refused(folder: Path) -> None:
    with sqlite3.connect(folder / "catalog.sqlite") as connection:
        connection.execute("UPDATE meta SET value = 99 WHERE name = 'format'")
    connection.close()
    with pytest.raises(StoreError, match="format 99"):
        LocalStore.open(folder)


WRITER = """
import os, signal, sys
import numpy as np
sys.path.insert(0, sys.argv[2])
from helpers.entries import entry, vector
from pathlib import Path
from askew.stores import catalog
from askew.stores.local.store import LocalStore
store = LocalStore.open(Path(sys.argv[1]), writable=True)
def die(*args): os.kill(os.getpid(), signal.SIGKILL)
catalog.set_state = die
store.write([entry("c", ("green stove", vector(0, 0, 1)))])
"""


def test_killed_before_the_commit_nothing_of_it_counts_and_the_next_writer_cuts_it(folder: Path) -> None:
    """Vectors and text index are on the disk already, the catalogue is not: the worst moment."""
    run = subprocess.run([sys.executable, "-c", WRITER, str(folder), str(Path(__file__).parents[2])], check=False)
    assert run.returncode == -signal.SIGKILL
    assert (folder / "vectors-1.f32").stat().st_size == 3 * DIM * 4
    assert word(folder, "stove") == []
    store = LocalStore.open(folder)
    assert store.check() == []
    assert store.count() == 2
    store.close()
    store = LocalStore.open(folder, writable=True)
    assert (folder / "vectors-1.f32").stat().st_size == 2 * DIM * 4
    store.write([entry("d", ("yellow lamp", vector(0, 0, 2)))])
    assert store.owners(store.lexical("lamp", 5).keys[0].tolist()) == ["d"]
    assert store.lexical("stove", 5).keys.size == 0
    assert store.check() == []
    store.close()


def test_it_searches_approximately_once_a_scan_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(2)
    centres = rng.normal(size=(40, DIM))
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    store = LocalStore.create(tmp_path / "big.askew", DIM, "m")

    def fill(first: int, count: int) -> None:
        for start in range(first, first + count, 5000):
            rows = centres[rng.integers(40, size=5000)] + 0.3 * rng.normal(size=(5000, DIM))
            store.write([entry(f"d{start + i}", (f"w{start + i}", row)) for i, row in enumerate(rows)])

    fill(0, 20_000)
    assert store.facts() == {"method": "exact", "recall": 1.0}
    store.optimise()
    facts = store.facts()
    assert facts["method"] == "ivf"
    assert facts["recall"] >= facts["recall_asked"] == 0.99
    queries = (centres[:20] + 0.3 * rng.normal(size=(20, DIM))).astype(np.float32)
    assert _recall(store, queries) >= 0.95
    fill(20_000, 5000)  # beyond what the approximate index covers, scanned
    assert _recall(store, queries) >= 0.95
    store.optimise()
    assert _recall(store, queries) >= 0.95
    store.delete([f"d{i}" for i in range(0, 25_000, 2)])
    assert _recall(store, queries) >= 0.95
    store.optimise()
    assert _recall(store, queries) >= 0.95
    assert len(list((tmp_path / "big.askew").glob("ivf-*"))) == 1
    assert store.check() == []
    store.close()


def _recall(store: LocalStore, queries: np.ndarray) -> float:
    blocks = list(store.blocks())
    keys, vectors = np.concatenate([b.keys for b in blocks]), np.concatenate([b.vectors for b in blocks])
    exact = keys[np.argsort(-(queries @ vectors.T), axis=1)[:, :10]]
    found = store.nearest(queries, 10).keys
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(found.tolist(), exact.tolist(), strict=True)]))


def test_a_second_writer_waits_and_is_told_who_writes(folder: Path) -> None:
    first = LocalStore.open(folder, writable=True)
    with pytest.raises(StoreLockedError, match=f"process {os.getpid()} "):
        LocalStore.open(folder, writable=True, wait=0.2)
    first.close()
    LocalStore.open(folder, writable=True, wait=0.2).close()


def test_discarded_its_folder_is_gone(folder: Path) -> None:
    LocalStore.open(folder, writable=True).discard()
    assert not folder.exists()
    with pytest.raises(StoreError, match="askew index"):
        LocalStore.open(folder)


def test_a_compaction_gives_every_passage_another_key(folder: Path) -> None:
    store = LocalStore.open(folder, writable=True)
    keys = store.keys().tolist()
    store.delete(["b"])
    store.optimise()
    assert min(store.keys()) > max(keys)
    with pytest.raises(KeyError):
        store.owners(keys[:1])
    store.close()


def test_a_text_index_of_the_first_version_is_read_and_then_built_anew(tmp_path: Path) -> None:
    path = tmp_path / "old.askew"
    with closing(LocalStore.create(path, DIM, "m")) as made:
        made.write([entry(f"d{n}", (f"the cat RX-58{n}", vector(1))) for n in range(3)])
    [folder] = path.glob("text-*")
    shutil.rmtree(folder)
    first_version(folder, {0: "the cat", 1: "a dog", 2: "the cat"})
    with closing(LocalStore.open(path)) as reader:
        assert len(reader.lexical("cat", 5).keys[0]) == 2  # not 3, which are in the new one
        assert reader.check() == []
    LocalStore.open(path, writable=True).close()
    with closing(LocalStore.open(path)) as reader:
        assert reader.lexical("RX582", 5).keys.tolist() == [[2]]


def test_the_name_of_a_file_is_searched_but_not_that_of_a_table(tmp_path: Path) -> None:
    with closing(LocalStore.create(tmp_path / "x.askew", DIM, "m")) as made:
        one = entry("in/meetingNotes-QX41.txt", ("nothing", vector(1)))
        row = entry("r1", ("nothing", vector(1)))
        made.write([replace(one, document=replace(one.document, source="/data/in/meetingNotes-QX41.txt"))])
        made.write([replace(row, document=replace(row.document, source="/data/in/meetings.csv"))])
        for query in ("notes", "meeting", "qx41", "QX-41", "meetingNotes-QX41.txt"):
            assert made.lexical(query, 5).keys.tolist() == [[0]], query
        made.optimise()
        assert made.lexical("meetings csv", 5).keys.tolist() == [[]]
