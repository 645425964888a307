import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.stores.local import ivf_build, snapshot
from askew.stores.local.store import LocalStore
from askew.stores.text import words


def test_the_words_of_a_passage_are_title_heading_and_text() -> None:
    assert words("Title", "", "text") == "Title\ntext"
    assert words("", "A › B", "text") == "A › B\ntext"


def test_a_view_is_kept_until_something_changes(tmp_path: Path) -> None:
    writer = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    writer.write([entry("a", ("red", vector(1)))])
    reader = LocalStore.open(tmp_path / "store.askew")
    first = reader._view()
    assert reader._view() is first
    writer.write([entry("b", ("blue", vector(0, 1)))])
    second = reader._view()
    assert (first.vectors.shape[0], second.vectors.shape[0]) == (1, 2)
    writer.delete(["a"])
    third = reader._view()
    assert (second.alive.tolist(), third.alive.tolist()) == ([True, True], [False, True])
    writer.close()
    reader.close()


def test_the_first_query_over_few_bytes_needs_no_approximate_index(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
    rows = np.random.default_rng(1).normal(size=(5000, DIM)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    with_index = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    with_index.write([entry(f"d{i}", ("w", row)) for i, row in enumerate(rows)])
    with_index.optimise()
    with_index.close()

    def loaded(limit: int, *sizes: int) -> list[bool]:
        monkeypatch.setattr(snapshot, "LOADING", limit)
        store = LocalStore.open(tmp_path / "store.askew")
        found = []
        for size in sizes:
            assert store.nearest(rows[:size], 1).keys[:, 0].tolist() == list(range(size))
            found.append("ivf" in vars(store._view().file))
        store.close()
        return found

    assert loaded(rows.nbytes, 1, 1) == [False, True]
    assert loaded(rows.nbytes, 2) == [True]
    assert loaded(rows.nbytes - 1, 1) == [True]


SEARCHING = """
import pathlib, sys, threading, time
import numpy as np
from askew.stores.local.store import LocalStore
reader = LocalStore.open(pathlib.Path(sys.argv[1]))
end, failed, turns, seen = time.monotonic() + 3, [], [], set()
def search():
    done = 0
    while time.monotonic() < end and not failed:
        try:
            with reader.snapshot():
                first = (reader.count(), len(reader.keys()), reader.sizes().documents, reader.sizes().passages)
                found = reader.nearest(np.ones((2, 8), np.float32), 3)
                owners = reader.owners(found.keys.ravel().tolist())
                texts = reader.passages(reader.lexical("word", 3).keys[0].tolist())
                again = (reader.count(), len(reader.keys()), reader.sizes().documents, reader.sizes().passages)
            assert first == again and len(set(first)) == 1, (first, again)
            assert len(owners) == 6 and len(texts) == 3
            seen.add(first[0])
            done += 1
        except BaseException as error:
            failed.append(repr(error))
    turns.append(done)
threads = [threading.Thread(target=search) for _ in range(16)]
for thread in threads: thread.start()
for thread in threads: thread.join()
reader.close()
print(failed[:3], min(turns) > 0, len(seen) > 1, flush=True)
"""


def test_sixteen_threads_read_one_state_each_beside_a_writer(tmp_path: Path) -> None:
    folder = tmp_path / "store.askew"
    writer = LocalStore.create(folder, DIM, "m")
    writer.write([entry(f"d{i}", (f"word {i}", vector(1, i))) for i in range(100)])
    path = os.pathsep.join(sys.path)
    with subprocess.Popen(
        [sys.executable, "-c", SEARCHING, str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as child:
        turn = 0
        while child.poll() is None:
            turn += 1
            writer.write([entry(f"new{turn}-{i}", ("word", vector(2, i))) for i in range(20)])
            writer.delete([f"new{turn - 1}-{i}" for i in range(15)])
            if turn % 5 == 0:
                writer.optimise()
        assert child.stdout is not None
        assert (child.returncode, child.stdout.read()) == (0, "[] True True\n")
    assert writer.check() == []
    writer.close()


def test_threads_of_the_writers_process_read_one_state_each(tmp_path: Path) -> None:
    writer = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    writer.write([entry(f"d{i}", (f"word {i}", vector(1, i))) for i in range(50)])
    failed: list[str] = []
    stop = threading.Event()

    def read() -> None:
        while not stop.is_set() and not failed:
            try:
                with writer.snapshot():
                    first, keys = writer.count(), writer.keys().tolist()
                    writer.nearest(np.ones((1, DIM), np.float32), 3)
                    writer.lexical("word", 3)
                    assert first == len(keys) == writer.count() == len(writer.owners(keys))
            except BaseException as error:
                failed.append(repr(error))

    threads = [threading.Thread(target=read) for _ in range(16)]
    for thread in threads:
        thread.start()
    for turn in range(6):
        with writer.transaction():
            writer.write([entry(f"new{turn}", ("word", vector(2)))])
            writer.delete([f"d{turn}", f"d{turn + 20}"])
        if turn % 3 == 2:
            writer.optimise()
    stop.set()
    for thread in threads:
        thread.join()
    assert failed == []
    assert (writer.count(), writer.check()) == (44, [])
    writer.close()
