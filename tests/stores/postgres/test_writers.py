"""Many writers at once, and writers and servers that are killed: what was acknowledged is there, and all of it."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.entries import DIM, entry, vector
from helpers.postgres import Server, server

from askew.errors import AskewError
from askew.stores import Layout, Store
from askew.stores.postgres import engine
from askew.stores.postgres.refusals import ConflictError
from askew.stores.postgres.store import PostgresStore

Opened = Callable[..., PostgresStore]

WRITING = """
import sys
from helpers.entries import entry, vector
from askew.stores.postgres import engine

store = engine.open_store(sys.argv[1], sys.argv[2], writable=True, wait=10.0)
number = 0
while True:
    parts = [(part, ("red tents", vector(number)), ("kayak", vector(part))) for part in range(5)]
    store.write([entry(f"d{number}-{part}", *passages) for part, *passages in parts])
    print(number, flush=True)
    number += 1
"""


def several(act: Callable[[int], None], count: int) -> list[BaseException]:
    faults: list[BaseException] = []

    def run(number: int) -> None:
        try:
            act(number)
        except BaseException as error:
            faults.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_writers_of_different_documents_store_all_of_them(opened: Opened) -> None:
    stores = [opened() for _ in range(4)]

    def write(number: int) -> None:
        for turn in range(10):
            stores[number].write(
                [entry(f"{number}-{turn}-{i}", ("word", vector(i)), ("x", vector(1))) for i in range(3)]
            )

    store = stores[0]
    before = store.change()
    assert several(write, 4) == []
    assert (store.sizes().documents, store.count(), store.change() - before) == (120, 240, 40)
    assert store.keys().tolist() == sorted(set(store.keys().tolist()))
    assert store.check() == []


def test_writers_of_the_same_documents_replace_one_another_whole(opened: Opened) -> None:
    stores = [opened() for _ in range(4)]

    def write(number: int) -> None:
        ids = [f"d{i}" for i in range(6)]
        for turn in range(8):
            order = ids if (number + turn) % 2 else ids[::-1]
            stores[number].write([entry(id, (f"by {number}", vector(number, turn))) for id in order])

    assert several(write, 4) == []
    store = stores[0]
    assert (store.sizes().documents, store.count()) == (6, 6)
    assert len({document.text for document in store.documents([f"d{i}" for i in range(6)])}) == 1
    assert store.check() == []


def test_what_is_said_of_a_document_waits_for_who_replaces_it(opened: Opened) -> None:
    first, second = opened(Layout(DIM, "m", access=True)), opened()
    made = entry("d", ("old", vector(1)))
    first.write([replace(made, document=replace(made.document, readers=frozenset({"staff"})))])
    changes: list[Callable[[], object]] = [
        lambda: second.assign({"d": "a.txt"}),
        lambda: second.set_readers({"d": frozenset({"all"})}),
    ]
    faults: list[BaseException] = []

    def change(number: int) -> None:
        faults.extend(several(lambda _: changes[number](), 1))

    for number in range(len(changes)):
        with first.transaction():
            first.write([replace(made, document=replace(made.document, readers=frozenset({"staff"})))])
            waiting = threading.Thread(target=change, args=(number,))
            waiting.start()
            time.sleep(0.3)
        waiting.join()
    assert faults == []
    assert second.readers(["d"]) == {"d": frozenset({"all"})}
    assert second.check() == []


def test_a_conflict_within_a_transaction_is_left_to_its_owner(opened: Opened) -> None:
    first, second = opened(), opened()
    ready, done = threading.Event(), threading.Event()
    errors: list[BaseException] = []

    def other() -> None:
        ready.wait()
        try:
            second.write([entry("a", ("second", vector(2)))])
        except AskewError as error:  # pragma: no cover
            errors.append(error)
        done.set()

    thread = threading.Thread(target=other)
    thread.start()
    with first.transaction():
        first.write([entry("a", ("first", vector(1)))])
        ready.set()
        assert not done.wait(0.3)  # it waits for the end of this transaction, and then replaces
    thread.join()
    assert errors == []
    assert first.documents(["a"])[0].text == "second"
    with pytest.raises(ConflictError), first.transaction(), first.transactions.reading() as session:
        session.run("INSERT INTO documents SELECT * FROM documents")
    assert first.check() == []


def test_a_reader_sees_no_half_of_a_batch(opened: Opened) -> None:
    writer, reader = opened(), opened(writable=False)
    done, seen = threading.Event(), set()

    def write() -> None:
        for turn in range(15):
            writer.write([entry(f"{turn}-{i}", ("word", vector(i)), ("other", vector(i))) for i in range(4)])
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        with reader.snapshot():
            keys, documents = reader.keys(), reader.sizes().documents
            seen.add((len(keys), len(set(reader.owners(keys.tolist()))), reader.lexical("word", 99).keys.shape[1]))
            assert documents * 2 == len(keys)
    thread.join()
    assert all(count == 2 * owners == 2 * words and owners % 4 == 0 for count, owners, words in seen)


@pytest.fixture
def own() -> Iterator[Server]:
    made = Server().create()
    yield made
    made.close()


def start_writing(url: str, name: str) -> "subprocess.Popen[str]":
    path = str(Path(__file__).parents[2])
    code = f"import sys; sys.path.insert(0, {path!r})\n{WRITING}"
    return subprocess.Popen(
        [sys.executable, "-c", code, url, name], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def acknowledged(writing: "subprocess.Popen[str]", least: int) -> int:
    """Wait for so many batches and return how many."""
    assert writing.stdout is not None
    count = 0
    while count < least:
        assert writing.stdout.readline()
        count += 1
    return count


def whole(store: Store, batches: int) -> None:
    """All acknowledged batches are there, perhaps one more, and none in part."""
    ids = {account.document for account in store.accounts()}
    stored = len(ids) // 5
    assert batches <= stored
    assert ids == {f"d{number}-{part}" for number in range(stored) for part in range(5)}
    assert store.check() == []


def killed(writing: "subprocess.Popen[str]") -> int:
    """Kill a writer and return how many batches it said were stored since it was last read."""
    writing.kill()
    said, _ = writing.communicate()
    return len(said.splitlines())


def test_a_server_that_is_killed_has_all_that_it_acknowledged(own: Server) -> None:
    engine.create(own.url(), "killed", Layout(DIM, "m")).close()
    writing = start_writing(own.url(), "killed")
    count = acknowledged(writing, 20)
    own.kill()
    time.sleep(0.1)
    count += killed(writing)
    own.start()
    store = engine.open_store(own.url(), "killed", writable=True, wait=10.0)
    whole(store, count)
    store.write([entry("after", ("word", vector(1)))])
    store.close()


def test_a_writer_that_is_killed_leaves_no_half_and_nothing_locked(url: str, name: str) -> None:
    engine.create(url, name, Layout(DIM, "m")).close()
    for turn in range(3):
        writing = start_writing(url, name)
        count = acknowledged(writing, 3 + turn) + killed(writing)
        store = engine.open_store(url, name, writable=True, wait=10.0)
        store.delete(["nobody"])
        time.sleep(0.2)
        whole(store, count)
        store.close()
    assert server().answers()
