"""An index over several servers: where documents are, changes that are in all of them, and servers that are down."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector
from helpers.postgres import PASSWORD, QUICK, SEVERAL, SUPERUSER, Server, execute, server, together

from askew import Document, Index
from askew.errors import InputError, StoreError, UnknownNameError
from askew.stores import Entry, Layout, remote
from askew.stores.local.store import LocalStore
from askew.stores.postgres import engine, opening
from askew.stores.postgres.refusals import CutError
from askew.stores.postgres.shards.commits import Commits
from askew.stores.postgres.shards.parts import place_of
from askew.stores.postgres.shards.store import ShardedStore
from askew.stores.postgres.transactions import Transactions


@pytest.fixture(scope="module")
def url() -> str:
    return together(server(0), server(1), server(2))


@pytest.fixture
def store(url: str, name: str) -> Iterator[ShardedStore]:
    made = opened(url, name, create=True)
    yield made
    made.close()


def opened(url: str, name: str, *, writable: bool = True, create: bool = False) -> ShardedStore:
    if create:
        made = engine.create(url, name, Layout(DIM, "m"))
    else:
        made = engine.open_store(url, name, writable=writable, wait=60.0)
    assert isinstance(made, ShardedStore)
    return made


def many(count: int = 60) -> list[Entry]:
    rng = np.random.default_rng(5)
    words = [" ".join(rng.choice(["red", "tent", "kayak", "lamp", "rope"], 4)) for _ in range(count)]
    return [entry(f"d{i}", (words[i], rng.normal(size=DIM).tolist()), metadata={"i": i}) for i in range(count)]


def test_documents_are_spread_and_found_as_in_one_folder(store: ShardedStore, tmp_path: Path) -> None:
    folder = LocalStore.create(tmp_path / "folder.askew", DIM, "m")
    for one in (store, folder):
        one.write(many())
        one.write(many()[:7])
        one.delete(["d30"])
        one.optimise()
    held = [part.count() for part in store._parts]
    assert sum(held) == 59
    assert min(held) > 5
    queries = np.random.default_rng(6).normal(size=(3, DIM)).astype(np.float32)
    for where in (None, {"i": {"$lt": 20}}, {"i": {"$in": [2, 3]}}):
        found, expected = store.nearest(queries, 10, where), folder.nearest(queries, 10, where)
        names = [one.owners([key for key in keys if key >= 0]) for one, keys in
                 ((store, found.keys[0].tolist()), (folder, expected.keys[0].tolist()))]  # fmt: skip
        assert names[0] == names[1]
        assert found.scores.tolist() == expected.scores.tolist()
        for query in ("red", "red tent", "lamp rope kayak"):
            by_words, there = store.lexical(query, 60, where), folder.lexical(query, 60, where)
            assert by_words.scores[0].tolist() == pytest.approx(there.scores[0].tolist(), rel=1e-5)
    assert store.check() == []
    folder.close()


def test_a_field_is_unknown_only_if_no_server_has_it(store: ShardedStore) -> None:
    ids = [next(f"x{i}" for i in range(99) if place_of(f"x{i}", 3) == place) for place in range(2)]
    store.write([entry(id, ("red", vector(1)), metadata={f"of{place}": 1}) for place, id in enumerate(ids)])
    assert store.owners(store.keys({"of1": 1}).tolist()) == [ids[1]]
    assert store.lexical("red", 5, {"of0": 1}).keys.shape == (1, 1)
    with pytest.raises(UnknownNameError, match="of0"):
        store.count({"off": 1})


def test_a_writer_that_dies_before_the_decision_changes_nothing(
    store: ShardedStore, url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(many(20))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Transactions, "commit", die)
        patch.setattr(Commits, "_end", die)  # as a killed process, it does not tidy up
        with pytest.raises(KeyboardInterrupt):
            store.write(many(30))
    store.close()
    reader = opened(url, name, writable=False)
    assert reader.sizes().documents == 20
    writer = opened(url, name)
    writer.write([entry("new", ("red", vector(1)))])
    assert reader.sizes().documents == writer.sizes().documents == 21
    assert writer.check() == []
    for one in (reader, writer):
        one.close()


def test_a_writer_that_dies_after_the_decision_has_changed_all(
    store: ShardedStore, url: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write(many(20))

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Commits, "_end", die)
        with pytest.raises(KeyboardInterrupt):
            store.write(many(30))
    store.close()
    writer = opened(url, name)  # whose read ends what the other one left
    assert writer.sizes().documents == 30
    assert writer.check() == []
    assert execute(server(1).url(), "SELECT gid FROM pg_prepared_xacts") == []
    writer.close()


def test_a_reader_sees_no_state_of_one_server_alone(store: ShardedStore, url: str, name: str) -> None:
    reader, done, seen = opened(url, name, writable=False), threading.Event(), set()

    def write() -> None:
        for turn in range(10):
            store.write([entry(f"{turn}-{i}", ("word", vector(i))) for i in range(8)])
        done.set()

    thread = threading.Thread(target=write)
    thread.start()
    while not done.is_set():
        with reader.snapshot():
            seen.add((len(reader.keys()), reader.lexical("word", 99).keys.shape[1], reader.sizes().documents))
    thread.join()
    assert all(keys == words == documents and keys % 8 == 0 for keys, words, documents in seen)
    reader.close()


def test_writers_of_the_same_documents_replace_one_another_whole(store: ShardedStore, url: str, name: str) -> None:
    stores, faults = [opened(url, name) for _ in range(3)], []

    def write(number: int) -> None:
        ids = [f"d{i}" for i in range(9)]
        try:
            for turn in range(4):
                order = ids if (number + turn) % 2 else ids[::-1]
                stores[number].write([entry(id, (f"by {number} {turn}", vector(number, turn))) for id in order])
        except StoreError as error:
            faults.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert (store.sizes().documents, store.count()) == (9, 9)
    assert len({document.text for document in store.documents([f"d{i}" for i in range(9)])}) == 1
    assert store.check() == []
    for one in stores:
        one.close()


def test_the_servers_are_named_whole_and_in_their_order(store: ShardedStore, url: str, name: str) -> None:
    first, second, third = (server(number) for number in range(3))
    for wrong in (together(second, first, third), together(first, second), first.url()):
        with pytest.raises(StoreError, match=r"name (the servers|all of them)"):
            engine.open_store(wrong, name, writable=False, wait=1.0)
    engine.create(first.url(), f"{name}x", Layout(DIM, "m")).close()
    with pytest.raises(StoreError, match="is whole"):
        engine.open_store(url, f"{name}x", writable=False, wait=1.0)
    with pytest.raises(StoreError, match="twice"):
        engine.create(together(first, first), f"{name}y", Layout(DIM, "m"))
    with pytest.raises(InputError, match="names no server"):
        engine.create(f"{first.url()}?shard=", f"{name}y", Layout(DIM, "m"))
    with pytest.raises(InputError, match="allow"):
        engine.open_store(f"{url}&degraded=yes", name, writable=False, wait=1.0)
    assert not engine.exists(url, f"{name}y")


def test_another_contract_on_one_server_is_refused(store: ShardedStore, url: str, name: str) -> None:
    execute(server(1).url(), f"UPDATE askew_{name}.meta SET value = 'other' WHERE name = 'manifest'")
    with pytest.raises(StoreError, match="another contract"):
        engine.open_store(url, name, writable=False, wait=1.0)


def test_a_server_that_prepares_nothing_is_refused_and_nothing_is_left() -> None:
    own = Server({**QUICK, "max_prepared_transactions": "0"}).create()
    try:
        with pytest.raises(StoreError, match="max_prepared_transactions"):
            engine.create(together(server(0), own), "unprepared", Layout(DIM, "m"))
        assert not engine.exists(server(0).url(), "unprepared")
        assert not engine.exists(own.url(), "unprepared")
    finally:
        own.close()


def test_damage_of_one_server_is_told_with_its_name(store: ShardedStore, name: str) -> None:
    store.write(many(20))
    execute(server(2).url(), f"DELETE FROM askew_{name}.texts")
    found = store.check()
    assert found
    assert all(f":{server(2).port}/" in problem for problem in found)
    assert not any(PASSWORD in problem for problem in found)


def test_a_url_without_a_password_has_none_of_any_server(url: str) -> None:
    assert remote.without_password(url).count("askew@127.0.0.1") == 3
    assert "secret" not in remote.without_password(url)


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    made = Server(SEVERAL).create(), Server(SEVERAL).create()
    yield made
    for one in made:
        one.close()


def test_a_server_that_is_down_is_an_error_or_leaves_its_documents_out(
    pair: tuple[Server, Server], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "TAKEOVER", 0.0)
    url = together(*pair)
    with Index.create(tmp_path / "book", "question-answering", model="hashing", store=url) as index:
        index.add([Document(f"d{i}", f"Tents number {i} are red.") for i in range(12)])
        here = [document.id for document in index if place_of(document.id, 2) == 0]
        pair[1].kill()
        with pytest.raises(StoreError, match=f":{pair[1].port}/"):
            index.search("red tents", 12)
    with pytest.raises(StoreError, match=f":{pair[1].port}/"):
        Index.open(tmp_path / "book")
    lenient = engine.open_store(f"{url}&degraded=allow", "book", writable=False, wait=1.0)
    with Index(lenient, None, tmp_path / "book") as index:
        for mode in ("dense", "lexical", "hybrid"):
            found = index.search("red tents", 12, mode=mode)
            assert sorted(hit.id for hit in found) == sorted(here)
            assert [str(pair[1].port) in one for one in found.missing] == [True]
        assert any("does not answer" in problem for problem in index.check())
        pair[1].start()
        found = index.search("red tents", 12)
        assert (len(found), found.missing) == (12, ())


def test_a_decided_change_waits_for_a_server_that_was_killed(
    pair: tuple[Server, Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = opened(together(*pair), "cut", create=True)
    store.write(many(10))
    finish = Commits._finish

    def cut(self: Commits, *given: object) -> None:
        pair[1].kill()
        finish(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(opening, "TAKEOVER", 0.0)
    for part in store._parts:
        part.transactions.connections._takeover = 0.0
    with monkeypatch.context() as patch:
        patch.setattr(Commits, "_finish", cut)
        with pytest.raises(CutError, match="is stored"):
            store.write(many(20))
    pair[1].start()
    assert store.sizes().documents == 20
    assert store.check() == []
    assert execute(pair[1].url(SUPERUSER), "SELECT gid FROM pg_prepared_xacts") == []
    store.close()


def test_a_forked_child_reads_by_itself(store: ShardedStore, url: str, name: str) -> None:
    store.write(many(9))
    code = """
import os, sys
from askew.stores.postgres import engine
store = engine.open_store(sys.argv[1], sys.argv[2], writable=False, wait=1.0)
assert store.count() == 9
child = os.fork()
if not child:
    os._exit(0 if store.count() == 9 else 1)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
assert store.count() == 9
"""
    import sys

    assert subprocess.run([sys.executable, "-c", code, url, name], check=False, timeout=120).returncode == 0
