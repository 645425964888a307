"""Every answer is of one version, whatever a writer does; and what optimising leaves of the old ones."""

import os
import re
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.stores import Entry, Store
from askew.stores.lance import datasets, engine, vectors
from askew.stores.lance.engine import LanceRemote
from askew.stores.replica import log
from askew.stores.replica.store import ReplicaStore

from .conftest import NAME, Opened

TURNS = 25


def generation(turn: int) -> list[Entry]:
    """Three documents that all say the turn, in text and vector."""
    return [entry(id, (f"turn{turn}", vector(turn, place))) for place, id in enumerate("abc")]


def put(store: Store, turn: int) -> None:
    with store.transaction():
        store.write(generation(turn))
        store.set_note("turn", str(turn))


def told(store: Store) -> set[int]:
    """The turns that one snapshot speaks of, by documents, words, vectors, notes and nearest neighbours."""
    with store.snapshot() as same:
        found = {int(one.text.removeprefix("turn")) for one in same.documents(["a", "b", "c"])}
        keys = same.keys()
        found |= {int(row[0]) for row in same.vectors(keys)}
        near = same.nearest(np.array([vector(1)], np.float32), 3)
        found |= {int(passage.text.removeprefix("turn")) for passage in same.passages(near.keys[0].tolist())}
        found |= {int(score) for score in near.scores[0]}
        found.add(int(same.note("turn")))
        [turn, *_] = found
        words = same.lexical(f"turn{turn}", 5)
        assert sorted(words.keys[0].tolist()) == keys.tolist()
    return found


def test_two_readers_beside_a_writer_always_see_one_version(opened: Opened) -> None:
    writer, readers = opened(writable=True), [opened(), opened()]
    put(writer, 1)
    over, seen, wrong = threading.Event(), [0, 0], []

    def read(place: int) -> None:
        while not over.is_set():
            found = told(readers[place])
            seen[place] += 1
            if len(found) != 1:
                wrong.append(found)

    threads = [threading.Thread(target=read, args=(place,)) for place in range(2)]
    for thread in threads:
        thread.start()
    for turn in range(2, TURNS):
        put(writer, turn)
        if turn % 8 == 0:
            writer.optimise()
    over.set()
    for thread in threads:
        thread.join()
    assert (wrong, min(seen) > 3) == ([], True)
    assert [told(reader) for reader in readers] == [{TURNS - 1}] * 2


def test_a_search_does_not_wait_for_a_change_of_the_same_process(opened: Opened) -> None:
    store = opened(writable=True)
    put(store, 1)
    found: list[set[int]] = []
    with store.transaction():
        put(store, 2)
        reader = threading.Thread(target=lambda: found.append(told(store)))
        reader.start()
        reader.join(30)
        assert found == [{1}]
    assert told(store) == {2}


def test_a_store_that_is_deleted_leaves_nothing(opened: Opened, tmp_path: Path) -> None:
    store = opened(writable=True)
    store.write(generation(1))
    assert [one for one in (tmp_path / "objects").rglob("*") if one.is_file()]
    store.discard()
    assert [one for one in (tmp_path / "objects").rglob("*") if one.is_file()] == []


def test_documents_written_again_after_optimising_are_replaced_and_counted_once(opened: Opened) -> None:
    """Where a merge after a compaction matched nothing, each document would be there twice."""
    writer = opened(writable=True)
    for turn in range(4):
        writer.write([entry(f"d{number}", (f"turn{turn}", vector(turn, number))) for number in range(300)])
        writer.optimise()
        writer.write([entry(f"d{number}", (f"again{turn}", vector(turn + 0.5, number))) for number in range(0, 300, 2)])
        for store in (writer, opened()):
            assert store.sizes().documents == store.count() == 300
            assert len(store.lexical(f"again{turn}", 300).keys[0]) == 150
            assert sorted({row[0] for row in store.vectors(store.keys()).tolist()}) == [turn, turn + 0.5]
            assert store.check() == []


def test_a_machine_that_comes_late_and_one_that_slept_long_find_the_same(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("askew.stores.replica.writer.EVERY", 4)
    monkeypatch.setattr("askew.stores.replica.catalogue.BEHIND", 6)
    writer = opened(writable=True)
    for turn in range(10):
        writer.write([entry(f"d{turn}", (f"word{turn}", vector(turn))), entry("same", ("again", vector(50, turn)))])
        writer.remember({f"/{turn}": "stamp"})
        writer.assign({f"d{turn}": f"/{turn}"})
        writer.set_note("last", str(turn))
    writer.delete(["d3"])
    expected = state(writer)
    away(writer)
    writer = opened(writable=True)
    assert state(writer) == expected
    writer.optimise()
    assert state(writer) == expected
    away(writer)
    assert state(opened()) == expected


def state(store: ReplicaStore) -> object:
    ids = [one.document for one in store.accounts()]
    return (
        sorted((one.id, one.text, one.source) for one in store.documents(ids)),
        store.owners(store.keys().tolist()),
        store.vectors(store.keys()).tolist(),
        store.sources(),
        store.note("last"),
        [store.owners(store.lexical(word, 5).keys[0].tolist()) for word in ("again", "word2", "word3")],
        store.check(),
    )


def away(store: ReplicaStore) -> None:
    """Close a store, and move the catalogue of this machine out of the way."""
    store.close()
    folder = store.scratch().parent
    folder.rename(folder.with_name(f"{folder.name}-{os.urandom(4).hex()}"))


def test_a_catalogue_that_slept_past_the_beginning_of_the_log_is_made_anew(opened: Opened) -> None:
    writer = opened(writable=True, age=timedelta(0))
    writer.write([entry("a", ("red tents", vector(1))), entry("b", ("blue kayak", vector(2)))])
    writer.set_note("old", "text")
    sleeper = opened()
    place = sleeper.scratch().parent
    sleeper.close()
    asleep = place.with_name("asleep")
    place.rename(asleep)
    again = opened()  # makes a catalogue that follows what comes
    writer.close()
    writer = opened(writable=True, age=timedelta(0))
    writer.delete(["a"])
    writer.set_note("old", "")
    for turn in range(3):
        writer.write([entry(f"d{turn}", (f"word{turn}", vector(turn)))])
        writer.optimise()
    expected = state(again)
    for store in (again, writer):
        store.close()
    place.rename(place.with_name("later"))
    asleep.rename(place)
    assert state(opened()) == expected


def test_what_no_reader_can_need_is_deleted_and_nothing_else(opened: Opened, tmp_path: Path) -> None:
    def kept() -> tuple[int, ...]:
        return tuple(
            len(list((tmp_path / "objects").glob(f"{NAME}/*/{pattern}")))
            for pattern in ("commits/*", "documents.lance/data/*", "vectors.lance/_versions/*.manifest")
        )

    writer = opened(writable=True)
    for turn in range(8):
        writer.write(generation(turn))
    held = opened().blocks()
    writer.optimise()
    before = kept()
    writer.close()
    assert held.vectors(held.keys).tolist() == [vector(7, place) for place in range(3)]
    writer = opened(writable=True, age=timedelta(0))
    writer.optimise()
    after = kept()
    assert all(few < many for few, many in zip(after, before, strict=True))
    assert told_texts(opened()) == told_texts(writer) == ["turn7"] * 3


def told_texts(store: ReplicaStore) -> list[str]:
    return [one.text for one in store.documents(["a", "b", "c"])]


def test_many_small_writes_do_not_leave_many_fragments(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datasets, "MANY", 6)
    writer = opened(writable=True)
    for turn in range(20):
        writer.write([entry(f"d{turn}", (f"word{turn}", vector(turn)))])
    remote = writer._remote
    assert isinstance(remote, LanceRemote)
    versions = remote.head().versions
    for name in (datasets.DOCUMENTS, datasets.VECTORS):
        assert len(remote._datasets.at(name, versions[name]).get_fragments()) <= 7
    assert writer.vectors(writer.keys()).tolist() == [vector(turn) for turn in range(20)]
    assert writer.check() == []


def test_vectors_that_memory_does_not_hold_are_searched_in_lance(opened: Opened) -> None:
    rng = np.random.default_rng(1)
    given = rng.standard_normal((6000, DIM)).astype(np.float32)
    made = [entry(f"d{n}", (f"word{n}", row.tolist()), metadata={"third": n % 3 == 0}) for n, row in enumerate(given)]
    writer = opened(writable=True, held=1000)
    for start in range(0, 6000, 1500):
        writer.write(made[start : start + 1500])
    queries = rng.standard_normal((20, DIM)).astype(np.float32)
    exact = opened()
    truth = exact.nearest(queries, 10)
    found = writer.nearest(queries, 10)
    assert (found.keys.tolist(), found.scores.tolist()) == (truth.keys.tolist(), truth.scores.tolist())
    writer.optimise(recall=0.95)
    facts = writer.facts()
    assert (facts["method"], facts["recall_asked"], facts["recall"] >= 0.95) == ("ivf", 0.95, True)
    found = writer.nearest(queries, 10)
    assert np.mean([len(set(a) & set(b)) for a, b in zip(found.keys.tolist(), truth.keys.tolist(), strict=True)]) >= 9.3
    same = found.keys == truth.keys
    assert (found.scores[same] == truth.scores[same]).all()
    for where in ({"third": True}, {"$not": {"third": True}}):
        assert set(writer.owners(writer.nearest(queries[:1], 5, where).keys[0].tolist())) <= {
            one.document.id for one in made if one.document.metadata["third"] is ("third" in where)
        }
    writer.write([entry("d0", ("new", (given[0] * 9).tolist())), entry("e", ("new", (queries[0] * 5).tolist()))])
    assert writer.owners(writer.nearest(queries[:1], 1).keys[0].tolist()) == ["e"]
    writer.optimise()
    assert writer.facts()["rows"] == 6001
    assert writer.owners(writer.nearest(queries[:1], 1).keys[0].tolist()) == ["e"]
    held = writer.blocks(rows=1000)
    assert [key for block in held for key in block.keys.tolist()] == writer.keys().tolist()
    assert writer.check() == []


MERGES = """
import sys
import numpy as np
from helpers.entries import entry
from askew.stores import Layout
from askew.stores.lance import datasets, engine

def peak():
    return int(next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1])

url, rows, dim = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
objects = engine._objects(url)
from askew.stores.lance.datasets import Datasets
made = Datasets(objects, "memory", Layout(dim, ""))
version = made.create()["vectors"]
rng = np.random.default_rng(1)
for start in range(0, rows, 16384):
    keys = np.arange(start, min(start + 16384, rows))
    version = made.append_vectors(version, keys, rng.standard_normal((len(keys), dim)).astype(np.float32))
before = peak()
version = made.without("vectors", "key", version, list(range(0, rows // 3)), lambda progress: None)
print(before, peak(), made.at("vectors", version).count_rows())
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="only Linux tells the peak memory of a process")
def test_a_compaction_takes_bounded_memory(url: str) -> None:
    rows, dim = 300_000, 256
    command = [sys.executable, "-c", MERGES, url, str(rows), str(dim)]
    told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, cwd=Path(__file__).parents[2])
    before, after, left = map(int, told.stdout.split())
    assert left == rows - rows // 3
    assert after - before < 240_000  # kB; the vectors are 307 MB


def test_float16_is_stored_as_such(tmp_path: Path) -> None:
    from askew.errors import InputError
    from askew.quantisation import Precision
    from askew.stores import Layout

    url = f"lance://{tmp_path}"
    store = engine.create(url, "half", Layout(DIM, "m", precision=Precision.FLOAT16))
    store.write([entry("a", ("word", vector(0.1, 2)))])
    assert store.vectors(store.keys()).tolist() == [vector(*np.array([0.1, 2], np.float16).astype(float).tolist())]
    store.close()
    with pytest.raises(InputError, match="int8"):
        engine.create(url, "byte", Layout(DIM, "m", precision=Precision.INT8))


def test_a_shelf_is_shared_by_versions_and_never_overwritten() -> None:
    first = vectors.Shelf(10, 2)
    one = first.extended(0, np.array([1, 2]), np.ones((2, 2), np.float32))
    two = one.extended(2, np.array([3]), np.full((1, 2), 3, np.float32))
    other = one.extended(2, np.array([4]), np.full((1, 2), 4, np.float32))
    assert two is one
    assert other is not one
    assert (two.keys[:3].tolist(), other.keys[:3].tolist()) == ([1, 2, 3], [1, 2, 4])
    assert other.matrix[:3].tolist() == [[1, 1], [1, 1], [4, 4]]


def test_a_commit_is_read_back_and_one_of_a_newer_version_is_refused() -> None:
    from askew.errors import StoreError

    delta = log.Delta((3,), {1: "/a"}, {2: ("staff",)}, {"note:x": "y", "note:z": None}, {"/a": None})
    commit = log.Commit(7, "t", 5, "process 1 on x", 4, 9, 30, 1.5, {"documents": 3, "vectors": 4}, delta)
    assert log.Commit.from_bytes(commit.to_bytes(), "here") == commit
    checkpoint = log.Checkpoint(7, delta)
    assert log.Checkpoint.from_bytes(checkpoint.to_bytes(), "here") == checkpoint
    for data in (b"", b"[]", b'{"format": 1}', b'{"format": 1, "number": 1, "delta": {}}'):
        with pytest.raises(StoreError, match="damaged"):
            log.Commit.from_bytes(data, "here")
    newer = re.sub(rb'"format": 1', b'"format": 2', commit.to_bytes())
    with pytest.raises(StoreError, match="newer version"):
        log.Commit.from_bytes(newer, "here")
