"""What a server refuses is a sentence with no password in it; what it only interrupts is repeated."""

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from helpers.entries import DIM, entry, vector
from helpers.postgres import DATABASE, OWNER, PASSWORD, QUOTED, SUPERUSER, Server, execute, free_port, server

from askew.errors import InputError, StoreError, StoreLockedError
from askew.quantisation import Precision
from askew.stores import Layout
from askew.stores.postgres import connections, engine, filters, schema
from askew.stores.postgres.refusals import CutError
from askew.stores.postgres.store import PostgresStore

Opened = Callable[..., PostgresStore]
SECRETS = (PASSWORD, QUOTED, "wrong-secret")


def refusal(url: str, name: str = "none", layout: Layout | None = None) -> str:
    with pytest.raises(StoreError) as caught:
        engine.create(url, name, layout) if layout else engine.open_store(url, name, writable=False, wait=1.0)
    said = str(caught.value)
    assert not any(secret in said for secret in SECRETS)
    return said


def test_each_refusal_says_what_to_do(url: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    host = f"127.0.0.1:{server().port}"
    monkeypatch.setenv("PGPASSFILE", os.devnull)
    assert "start it" in refusal(f"postgresql://127.0.0.1:{free_port()}/x")
    assert "PGPASSWORD" in refusal(f"postgresql://{OWNER}:wrong-secret@{host}/{DATABASE}")
    assert "PGPASSWORD" in refusal(f"postgresql://{OWNER}@{host}/{DATABASE}")
    assert "createdb" in refusal(server().url(database="nowhere"))
    assert "No such host" in refusal("postgresql://a-host.invalid/x")
    assert "no index 'none'" in refusal(url)
    execute(server().url(SUPERUSER, "postgres"), "CREATE DATABASE bare")
    assert "CREATE EXTENSION vector" in refusal(server().url(database="bare"), name, Layout(2, "m"))
    execute(server().url(SUPERUSER, "postgres"), "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    assert "UTF8" in refusal(server().url(SUPERUSER, "latin"), name, Layout(2, "m"))
    assert "float32 or float16" in refusal(url, name, Layout(2, "m", precision=Precision.INT8))
    assert "16,000" in refusal(url, name, Layout(16_001, "m"))
    assert "english" in refusal(url, name, Layout(2, "m", language="klingon"))
    with pytest.raises(InputError, match="not a URL of Postgres"):
        engine.exists(f"postgresql://{OWNER}:wrong-secret@{host}/x?nothing=1", name)


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b""])
def test_a_port_of_another_service_is_told(answer: bytes) -> None:
    def serve() -> None:
        with suppress(OSError):  # once it is shut down
            while True:
                connection, _ = listening.accept()
                with connection:
                    connection.recv(100)
                    connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            assert "correct host and port" in refusal(f"postgresql://127.0.0.1:{listening.getsockname()[1]}/x")
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


def test_the_extension_is_created_where_the_user_may(name: str) -> None:
    execute(server().url(SUPERUSER, "postgres"), "CREATE DATABASE fresh")
    store = engine.create(server().url(SUPERUSER, "fresh"), name, Layout(DIM, "m"))
    store.write([entry("a", ("red tents", vector(1)))])
    assert store.count() == 1
    store.close()


def test_an_old_extension_is_refused(monkeypatch: pytest.MonkeyPatch, url: str, name: str) -> None:
    monkeypatch.setattr(schema, "OLDEST_VECTOR", (9, 9))
    assert "ALTER EXTENSION vector UPDATE" in refusal(url, name, Layout(2, "m"))
    monkeypatch.setattr(schema, "OLDEST_SERVER", 990_000)
    assert "99 or later" not in refusal(url, name, Layout(2, "m"))


def test_a_name_is_taken_once(store: PostgresStore, url: str, name: str) -> None:
    assert engine.exists(url, name)
    assert "already has" in refusal(url, name, Layout(2, "m"))
    assert store.count() == 0


def test_who_may_not_read_is_told_so(store: PostgresStore, url: str, name: str) -> None:
    execute(server().url(SUPERUSER), "DROP ROLE IF EXISTS guest", f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    guest = server().url("guest")
    assert "GRANT USAGE" in refusal(guest, name)
    assert "grant" in refusal(guest, f"{name}x", Layout(2, "m"))
    execute(
        url,
        f"GRANT USAGE ON SCHEMA askew_{name} TO guest",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA askew_{name} TO guest",
    )
    reader = engine.open_store(guest, name, writable=True, wait=1.0)
    assert reader.count() == 0
    with pytest.raises(StoreError, match="grant"):
        reader.write([entry("a", ("x", vector(1)))])
    reader.close()


def terminate(url: str) -> None:
    """Cut every connection of askew but one's own."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'askew'"
    execute(url.replace(f"{OWNER}:", f"{SUPERUSER}:"), query)


def test_a_connection_that_was_cut_is_made_anew(store: PostgresStore, url: str) -> None:
    store.write([entry("a", ("red tents", vector(1)))])
    terminate(url)
    assert store.count() == 1
    terminate(url)
    store.write([entry("b", ("red tents", vector(1)))])
    assert store.owners(store.keys().tolist()) == ["a", "b"]


def test_a_read_that_is_cut_in_its_middle_is_repeated_unless_it_is_part_of_a_snapshot(
    store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.write([entry("a", ("red tents", vector(1)), metadata={"a": 1})])
    found, cuts = filters.compiled, []

    def cut(*given: object, **how: object) -> object:
        if not cuts:
            cuts.append(terminate(url))
        return found(*given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(filters, "compiled", cut)
    assert store.keys({"a": 1}).tolist() == [0]  # it has begun when the filter is compiled
    assert len(cuts) == 1
    cuts.clear()
    with pytest.raises(CutError), store.snapshot():  # noqa: PT012
        store.count()
        store.keys({"a": 1})
    assert store.count() == 1
    with store.snapshot():  # begun by the first that is asked, on a connection that was idle
        terminate(url)
        assert store.count() == 1


def test_a_change_that_is_cut_is_repeated_and_one_that_may_be_stored_is_not(
    store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from askew.stores.postgres import records, transactions

    insert, cuts = records.insert, []

    def cut(*arguments: object) -> object:
        if not cuts:
            cuts.append(terminate(url))
        return insert(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(records, "insert", cut)
    store.write([entry("a", ("red tents", vector(1)))])
    assert (store.count(), len(cuts)) == (1, 1)
    commit, calls = transactions._commit, []

    def lost(connection: object, place: str) -> None:
        calls.append(place)
        terminate(url)
        commit(connection, place)  # type: ignore[arg-type]

    monkeypatch.setattr(transactions, "_commit", lost)
    with pytest.raises(CutError, match="may or may not"):
        store.write([entry("b", ("red tents", vector(1)))])
    assert len(calls) == 1


def test_a_closed_store_says_so(store: PostgresStore) -> None:
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.count()


def test_more_threads_than_connections_wait_for_their_turn(store: PostgresStore) -> None:
    store.write([entry("a", ("red tents", vector(1)))])
    found: list[int] = []

    def read() -> None:
        with store.snapshot():
            found.append(store.count())

    threads = [threading.Thread(target=read) for _ in range(3 * connections.MOST)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [1] * 3 * connections.MOST


def test_a_forked_child_has_connections_of_its_own(store: PostgresStore) -> None:
    store.write([entry("a", ("red tents", vector(1)))])
    child = os.fork()
    if not child:
        try:
            os._exit(0 if store.count() == 1 else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert store.count() == 1


def test_a_child_that_ends_in_the_usual_way_leaves_the_connections_of_its_parent(url: str, name: str) -> None:
    script = """
import os, sys
from askew.stores import Layout
from askew.stores.postgres import engine
store = engine.create(sys.argv[1], sys.argv[2], Layout(2, "m"))
store.count()
[held] = store.transactions.connections._idle
child = os.fork()
if not child:
    store.count()
    sys.exit()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
held.execute("SELECT 1")
print(store.count())
"""
    done = subprocess.run([sys.executable, "-c", script, url, name], capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("0", "")


def test_a_writer_that_may_not_count_on_is_told_so_and_locks_nobody_out(opened: Opened, url: str, name: str) -> None:
    store = opened()
    store.write([entry("a", ("x", vector(1)))])
    execute(server().url(SUPERUSER), "DROP ROLE IF EXISTS clerk", f"CREATE ROLE clerk LOGIN PASSWORD '{PASSWORD}'")
    execute(
        url,
        f"GRANT USAGE ON SCHEMA askew_{name} TO clerk",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA askew_{name} TO clerk",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA askew_{name} TO clerk",
    )
    clerk = engine.open_store(server().url("clerk"), name, writable=True, wait=1.0)
    with pytest.raises(StoreError, match="grant"):
        clerk.write([entry("b", ("x", vector(1)))])
    store.write([entry("c", ("x", vector(1)))])
    assert store.count() == 2
    clerk.close()


def test_a_writer_that_waits_too_long_is_told_who_it_waits_for(opened: Opened) -> None:
    first = opened()
    first.write([entry("a", ("red tents", vector(1)))])
    second = opened(wait=0.1)
    with first.transaction():
        first.delete(["a"])
        with pytest.raises(StoreLockedError):
            second.delete(["a"])
    assert second.count() == 0


@pytest.fixture
def pair() -> Iterator[tuple[Server, Server]]:
    primary = Server().create()
    standby = Server().follow(primary)
    yield primary, standby
    for one in (primary, standby):
        one.close()


def test_readers_and_writers_follow_to_a_standby_that_takes_over(pair: tuple[Server, Server]) -> None:
    primary, standby = pair
    url = f"postgresql://{OWNER}:{QUOTED}@127.0.0.1:{primary.port},127.0.0.1:{standby.port}/{DATABASE}"
    store = engine.create(url, "moved", Layout(DIM, "m"))
    reader = engine.open_store(url, "moved", writable=False, wait=1.0)
    store.write([entry("a", ("red tents", vector(1)))])
    standby.caught_up_with(primary)
    assert "standby" in refusal_of_writing(standby)
    primary.kill()
    standby.promote()
    assert reader.count() == 1
    store.write([entry("b", ("blue kayak", vector(2)))])
    assert store.owners(reader.keys().tolist()) == ["a", "b"]
    for one in (store, reader):
        one.close()


def refusal_of_writing(standby: Server) -> str:
    with pytest.raises(StoreError) as caught:
        engine.open_store(standby.url(), "moved", writable=True, wait=1.0)
    return str(caught.value)
