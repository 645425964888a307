"""In a forked child a reader goes on to work, and a writer raises an error: it neither hangs nor harms its parent."""

import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry

from askew.errors import StoreError, StoreLockedError
from askew.stores import Entry
from askew.stores.local import ivf_build
from askew.stores.local.store import LocalStore

SECONDS = 60
"""More than any child needs on a busy machine."""

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]


def entries(count: int, first: int = 0) -> list[Entry]:
    rows = np.random.default_rng(first).normal(size=(count, DIM))
    return [entry(f"d{first + i}", (f"word{first + i} all", row)) for i, row in enumerate(rows)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = LocalStore.create(tmp_path / "store.askew", DIM, "m")
    store.write(entries(200))
    store.close()
    return tmp_path / "store.askew"


def forked(act: Callable[[], None], *, normally: bool = False) -> int:
    """Run in a child and return its process id. normally: it ends as an interpreter does, not at once."""
    child = os.fork()
    if child:
        return child
    status = 1
    try:
        act()
        status = 0
    except BaseException:
        traceback.print_exc()
    if normally:
        # What `Py_Finalize` runs: the functions of atexit, then the destructors of what modules hold.
        import atexit
        import gc

        atexit._run_exitfuncs()
        gc.collect()
    os._exit(status)


def ended(child: int) -> int:
    """Wait for a child; kill it if it hangs. Returns the exit code, negative for a signal."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return -signal.SIGALRM


def write(store: LocalStore) -> None:
    store.write(entries(1, 900))


def delete(store: LocalStore) -> None:
    store.delete(["d1"])


def search(store: LocalStore) -> None:
    store.nearest(np.ones((1, DIM), np.float32), 3)


def words(store: LocalStore) -> None:
    store.lexical("word3", 3)


def optimise(store: LocalStore) -> None:
    store.optimise()


def note(store: LocalStore) -> None:
    store.set_note("name", "text")


def discard(store: LocalStore) -> None:
    store.discard()


@pytest.mark.parametrize("normally", [False, True], ids=["at once", "normally"])
def test_a_writer_is_refused_in_a_child_and_its_parent_goes_on(folder: Path, normally: bool) -> None:
    writer = LocalStore.open(folder, writable=True)
    writer.write(entries(1, 300))
    words(writer)

    def child() -> None:
        for act in (write, delete, search, words, optimise, note, discard):
            with pytest.raises(StoreError, match="forked"):
                act(writer)
        writer.close()
        writer.close()

    assert ended(forked(child, normally=normally)) == 0
    with pytest.raises(StoreLockedError):
        LocalStore.open(folder, writable=True, wait=0)
    writer.write(entries(1, 301))
    assert writer.delete(["d1"]) == 1
    writer.optimise()
    assert (writer.count(), writer.check()) == (201, [])
    writer.close()
    LocalStore.open(folder, writable=True, wait=0).close()


@pytest.mark.parametrize("end", ["pass", "store.close()", "del store", "raise SystemExit(0)", "os._exit(0)"])
def test_an_interpreter_that_was_forked_with_a_writer_ends_and_its_parent_goes_on(folder: Path, end: str) -> None:
    """A whole process, as its child runs the end of an interpreter."""
    program = f"""
import os, sys, pathlib
import helpers.entries as e
from askew.stores.local.store import LocalStore
store = LocalStore.open(pathlib.Path(sys.argv[1]), writable=True)
store.write([e.entry("before", ("word", e.vector(1)))])
child = os.fork()
if not child:
    {end}
else:
    assert os.waitpid(child, 0)[1] == 0
    store.write([e.entry("after", ("word", e.vector(1)))])
    assert store.check() == [], store.check()
    store.close()
"""
    child = os.posix_spawn(
        sys.executable,
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program, str(folder)],
        {**os.environ, "PYTHONPATH": os.pathsep.join([*sys.path, str(Path(__file__).parents[2])])},
    )
    assert ended(child) == 0
    reader = LocalStore.open(folder)
    assert (reader.count(), reader.check()) == (202, [])
    reader.close()


def test_a_lock_that_its_parent_releases_is_free_though_a_child_lives(folder: Path) -> None:
    writer = LocalStore.open(folder, writable=True)
    reading, writing = os.pipe()
    child = forked(lambda: (os.close(writing), os.read(reading, 1))[:0])  # type: ignore[arg-type, return-value]
    try:
        writer.close()
        LocalStore.open(folder, writable=True, wait=0).close()
    finally:
        os.close(writing)
        assert ended(child) == 0
        os.close(reading)


@pytest.mark.parametrize("approximate", [False, True], ids=["exact", "approximate"])
def test_a_reader_works_in_four_children_at_once_beside_a_writer(
    folder: Path, approximate: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer = LocalStore.open(folder, writable=True)
    if approximate:
        monkeypatch.setattr(ivf_build, "PATIENCE", 0.0)
        writer.write(entries(6000, 1000))
        writer.optimise()
        assert writer.facts()["method"] == "ivf"
    writer.close()
    queries = np.random.default_rng(5).normal(size=(30, DIM)).astype(np.float32)
    reader = LocalStore.open(folder)
    expected = reader.nearest(queries, 5)
    assert ("faiss" in sys.modules) >= approximate
    assert reader.owners(reader.lexical("word3", 1).keys[0].tolist()) == ["d3"]
    before = reader.count()

    def child() -> None:
        end = time.monotonic() + 2
        while time.monotonic() < end:
            with reader.snapshot():
                count = reader.count()
                found = reader.nearest(queries, 5)
                assert reader.count() == count == len(reader.keys()) == reader.sizes().passages >= before
                owners = reader.owners(found.keys[0].tolist())
            if count == before:
                assert found.keys.tolist() == expected.keys.tolist()
            assert owners
            assert reader.owners(reader.lexical("word3", 1).keys[0].tolist()) == ["d3"]
        reader.close()

    children = [forked(child, normally=number % 2 == 0) for number in range(4)]
    writer = LocalStore.open(folder, writable=True)
    for number in range(5):
        writer.write(entries(3, 20_000 + 3 * number))
        assert reader.count() == before + 3 * number + 3
    assert [ended(child) for child in children] == [0, 0, 0, 0]
    assert reader.nearest(queries, 5).keys.shape == (30, 5)
    assert (reader.count(), reader.check()) == (before + 15, [])
    writer.close()
    reader.close()


def test_a_child_may_open_the_index_for_writing_itself(folder: Path) -> None:
    reader, writer = LocalStore.open(folder), LocalStore.open(folder, writable=True)
    search(reader)
    writer.close()

    def child() -> None:
        own = LocalStore.open(folder, writable=True, wait=0)
        own.write(entries(1, 500))
        assert reader.count() == 201
        own.close()

    assert ended(forked(child)) == 0
    assert reader.count() == 201
    reader.close()
