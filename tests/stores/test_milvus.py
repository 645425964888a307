"""What the client of Milvus does beyond the contract of stores, with the server that runs in the test's process."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from helpers.entries import DIM, entry, vector

from askew.errors import InputError, StoreError, StoreLockedError
from askew.quantisation import Precision
from askew.stores import Layout
from askew.stores.milvus import collections, engine
from askew.stores.remote import UnreachableError
from askew.stores.replica.log import Commit
from askew.stores.replica.store import ReplicaStore

NAME = "hand-book"
Opened = Callable[..., ReplicaStore]


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"milvus://{tmp_path / 'server.db'}"


@pytest.fixture
def opened(url: str) -> Iterator[Opened]:
    engine.create(url, NAME, Layout(DIM, "the manifest")).close()
    found: list[ReplicaStore] = []

    def opener(**how: Any) -> ReplicaStore:
        found.append(engine.opened(url, NAME, **how))
        return found[-1]

    yield opener
    for store in found:
        store.close()


def remote(store: ReplicaStore) -> engine.MilvusRemote:
    assert isinstance(store._remote, engine.MilvusRemote)
    return store._remote


def test_of_two_commits_with_one_number_none_is_seen_until_one_gives_way(opened: Opened) -> None:
    writer = opened(writable=True)
    writer.write([entry("a", ("red tents", vector(1)))])
    one = remote(writer)
    number = one.head().number + 1
    rival = Commit(number, "rival", versions=one.head().versions)
    parts = collections.text_rows(f"commit/{number}/rival", number, rival.to_bytes().decode())
    one._collections.insert("log", parts)
    assert not one.commit(Commit(number, "mine", versions=rival.versions))
    with pytest.raises(StoreError, match="another writer"):
        writer.write([entry("b", ("blue kayak", vector(2)))])
    assert opened().digests(["b"]) == {}
    assert one.after(number - 1)[0].token == "rival"


def test_what_a_killed_writer_left_is_gone_with_the_next_write(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = opened(writable=True)
    writer.write([entry("a", ("red tents", vector(1)))])
    with monkeypatch.context() as during:
        during.setattr(engine.MilvusRemote, "commit", lambda self, commit: int("killed"))
        with pytest.raises(ValueError, match="killed"):
            writer.write([entry("lost", ("never seen", vector(9)), ("nor this", vector(8)))])
    assert opened().owners(opened().keys().tolist()) == ["a"]
    writer.write([entry("b", ("blue kayak", vector(2)))])
    for store in (writer, opened()):
        assert store.owners(store.keys().tolist()) == ["a", "b"]
        assert store.vectors(store.keys()).tolist() == [vector(1), vector(2)]
        assert store.check() == []


def test_one_writer_at_a_time(opened: Opened) -> None:
    opened(writable=True)
    with pytest.raises(StoreLockedError, match="UTC"):
        opened(writable=True)


def test_a_long_text_is_kept_in_parts(opened: Opened) -> None:
    writer = opened(writable=True)
    long = "ß" * 3 * collections.PART + " end"
    writer.write([entry("long", (long, vector(1))), entry("short", ("x", vector(2)))])
    again = opened()
    away = again.scratch().parent
    again.close()
    writer.close()
    away.rename(away.with_name("away"))
    assert opened().documents(["long", "short"])[0].text == long


def test_vectors_that_memory_does_not_hold_are_searched_in_milvus(opened: Opened) -> None:
    rng = np.random.default_rng(1)
    given = rng.standard_normal((3000, DIM)).astype(np.float32)
    writer = opened(writable=True, held=1000)
    writer.write([entry(f"d{n}", (f"word{n}", row.tolist())) for n, row in enumerate(given)])
    queries = rng.standard_normal((5, DIM)).astype(np.float32)
    truth = opened().nearest(queries, 10)
    found = writer.nearest(queries, 10)
    assert (found.keys.tolist(), found.scores.tolist()) == (truth.keys.tolist(), truth.scores.tolist())
    writer.optimise(recall=0.9)
    facts = writer.facts()
    assert (facts["method"], facts["recall"] >= 0.9, facts["ef"] >= 16) == ("hnsw", True, True)
    near = remote(writer).vectors(remote(writer).head().versions, None).candidates(queries[0], 10, facts)
    assert near is not None
    assert set(truth.keys[0].tolist()) <= set(near[0].tolist())


def test_vectors_in_milvus_are_optimised_after_a_deletion(opened: Opened) -> None:
    given = np.random.default_rng(1).standard_normal((600, DIM)).astype(np.float32)
    given /= np.linalg.norm(given, axis=1, keepdims=True)
    writer = opened(writable=True, held=1000)
    writer.write([entry(f"d{n}", (f"word{n}", row.tolist())) for n, row in enumerate(given)])
    reader = opened(held=1000)
    assert reader.nearest(given[:1], 1).keys.tolist() == [[0]]
    writer.delete([f"d{n}" for n in range(0, 600, 3)])
    writer.optimise(recall=0.9)
    for store in (writer, reader, opened(held=1000)):
        found = store.nearest(given[:2], 1)
        assert (found.keys[1, 0], found.keys[0, 0] % 3 != 0) == (1, True)
    assert len(remote(writer).vectors(remote(writer).head().versions, None)) == 400


def test_long_documents_are_read_in_shorter_pages(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(collections, "PART", 50)
    monkeypatch.setattr(collections, "MOST", 60)
    monkeypatch.setattr(engine, "MOST", 60)
    writer = opened(writable=True)
    writer.write([entry(f"d{n}", (f"number {n} " + "word " * 60, vector(n))) for n in range(30)])
    for n in range(30, 130):
        writer.write([entry(f"d{n}", (f"number {n}", vector(n)))])
    away = writer.scratch().parent
    writer.close()
    away.rename(away.with_name("away"))
    again = opened()
    assert [one.text[:8] for one in again.documents(["d0", "d29", "d129"])] == ["number 0", "number 2", "number 1"]
    assert again.count() == 130


def test_a_creation_that_was_cut_off_is_begun_again(url: str) -> None:
    cut = engine.connected(url, NAME)
    cut.create("store", 0)  # as if the process had been killed before the only row
    cut.client.close()
    assert not engine.exists(url, NAME)
    with pytest.raises(StoreError, match="no index"):
        engine.opened(url, NAME)
    store = engine.create(url, NAME, Layout(DIM, "m"))
    store.write([entry("a", ("red tents", vector(1)))])
    assert store.count() == 1
    store.close()


def test_a_server_that_does_not_answer_and_urls_that_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match="does not answer"):
        engine.exists("milvus://127.0.0.1:9", NAME)
    with pytest.raises(StoreError, match="no index"):
        engine.opened(f"milvus://{tmp_path / 'x.db'}", NAME)
    with pytest.raises(InputError, match="float32"):
        engine.create(f"milvus://{tmp_path / 'x.db'}", NAME, Layout(DIM, "m", precision=Precision.INT8))
    for url in ("milvus://user:word@host:1", "milvus:///folder", "milvus://host:1?token=word"):
        with pytest.raises(InputError) as told:
            engine.exists(url, NAME)
        assert "word" not in str(told.value)
    (tmp_path / "junk.db").write_text("no database")
    with pytest.raises(StoreError, match=f"junk.db/{NAME} is not a database"):
        engine.create(f"milvus://{tmp_path / 'junk.db'}", NAME, Layout(DIM, "m"))
    with pytest.raises(InputError, match="create"):
        engine.create(f"milvus://{tmp_path / 'absent' / 'x.db'}", NAME, Layout(DIM, "m"))
    assert not (tmp_path / "absent").exists()


def test_a_store_that_is_there_is_not_created_again_and_one_that_is_discarded_is_gone(opened: Opened, url: str) -> None:
    with pytest.raises(StoreError, match="already exists"):
        engine.create(url, NAME, Layout(DIM, "m"))
    assert engine.exists(url, NAME)
    opened(writable=True).discard()
    assert not engine.exists(url, NAME)
