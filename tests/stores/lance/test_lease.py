"""One writer at a time, and no commit by one that was superseded."""

import os
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from helpers.entries import entry, vector

from askew.errors import StoreError, StoreLockedError
from askew.stores.lance import engine
from askew.stores.replica import lease
from askew.stores.replica.store import ReplicaStore

from .conftest import NAME, Opened

SOON = 0.4
"""Seconds of a short lease."""
DIES = f"""
import os, signal, sys
from askew.stores.lance import engine
store = engine.opened(sys.argv[1], {NAME!r}, writable=True)
print("open", flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def no_renewal(store: ReplicaStore) -> None:
    """Let a writer be as one that is not heard of any more, such as a machine that sleeps."""
    assert store._writer is not None
    store._writer._lease._over.set()


def test_a_second_writer_is_told_who_writes_and_until_when(opened: Opened) -> None:
    opened(writable=True)
    with pytest.raises(StoreLockedError) as told:
        opened(writable=True, wait=0.1)
    assert f"process {os.getpid()} " in str(told.value)
    assert re.search(r"until \d\d:\d\d:\d\d UTC", str(told.value))


def test_a_writer_that_is_closed_lets_the_next_one_in(opened: Opened) -> None:
    first = opened(writable=True)
    first.write([entry("a", ("red tents", vector(1)))])
    first.close()
    second = opened(writable=True)
    second.write([entry("b", ("blue kayak", vector(2)))])
    assert second.sizes().documents == 2


def test_a_lease_is_renewed_for_as_long_as_the_writer_lives(opened: Opened) -> None:
    first = opened(writable=True, lease_seconds=SOON)
    time.sleep(3 * SOON)
    with pytest.raises(StoreLockedError):
        opened(writable=True)
    first.write([entry("a", ("red tents", vector(1)))])


def test_a_writer_that_was_superseded_commits_nothing_ever(opened: Opened) -> None:
    first = opened(writable=True, lease_seconds=SOON)
    first.write([entry("a", ("red tents", vector(1)))])
    no_renewal(first)
    time.sleep(SOON)
    second = opened(writable=True)
    with pytest.raises(StoreError, match="another writer"):
        first.write([entry("lost", ("never seen", vector(9)))])
    second.write([entry("b", ("blue kayak", vector(2)))])
    for change in (lambda: first.delete(["a"]), lambda: first.set_note("x", "y"), first.optimise):
        with pytest.raises(StoreError, match="another writer"):
            change()
    for store in (first, second, opened()):
        found = store.nearest(np.array([vector(1)], np.float32), 5)
        assert store.owners([key for key in found.keys[0].tolist() if key >= 0]) == ["b", "a"]
        assert (store.note("x"), store.sizes().documents, store.check()) == ("", 2, [])


def test_a_writer_superseded_in_the_middle_of_a_transaction_leaves_nothing(opened: Opened) -> None:
    first = opened(writable=True, lease_seconds=SOON)
    no_renewal(first)
    with pytest.raises(StoreError, match="another writer"), first.transaction():  # noqa: PT012
        first.write([entry("lost", ("never seen", vector(9)))])  # its rows and vectors are in Lance by now
        time.sleep(SOON)
        other, taken = lease.acquire(engine_remote(first), 0.0, "another", SOON)
        assert taken.token == "another"
        other.release()
    assert first.digests(["lost"]) == {}
    second = opened(writable=True, lease_seconds=SOON)
    second.write([entry("a", ("red tents", vector(1)))])
    assert second.owners(second.keys().tolist()) == ["a"]
    assert second.check() == []


def engine_remote(store: ReplicaStore) -> engine.LanceRemote:
    assert isinstance(store._remote, engine.LanceRemote)
    return store._remote


def test_a_writer_that_was_killed_on_this_machine_is_not_waited_for(opened: Opened, url: str) -> None:
    died = subprocess.run([sys.executable, "-c", DIES, url], stdout=subprocess.PIPE, text=True, check=False)
    assert (died.stdout, died.returncode) == ("open\n", -9)
    began = time.monotonic()
    opened(writable=True).write([entry("a", ("red tents", vector(1)))])
    assert time.monotonic() - began < lease.SECONDS / 2
