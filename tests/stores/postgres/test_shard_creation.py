"""A store over several servers whose creation or deletion was killed between two of them."""

import subprocess
import sys

import pytest
from helpers.entries import entry, vector
from helpers.postgres import server, together

from askew.errors import StoreError
from askew.stores.postgres import engine

SERVERS = 3
CREATE = """
import os, signal, sys
from askew.stores import Layout
from askew.stores.postgres import engine, opening

create = opening.create

def killed(url, name, layout, part):
    if part.startswith(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    return create(url, name, layout, part)

opening.create = killed
engine.create(sys.argv[1], sys.argv[2], Layout(8, "m"))
"""
DISCARD = """
import os, signal, sys
from askew.stores.postgres import engine
from askew.stores.postgres.store import PostgresStore

discard = PostgresStore.discard

def killed(self):
    if self.settings.part.startswith(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)
    discard(self)

PostgresStore.discard = killed
engine.discard(sys.argv[1], sys.argv[2])
"""


@pytest.fixture(scope="module")
def url() -> str:
    return together(*map(server, range(SERVERS)))


def kill(script: str, *arguments: str) -> None:
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == -9, done.stderr


def there(name: str) -> list[bool]:
    return [engine.exists(server(number).url(), name) for number in range(SERVERS)]


@pytest.mark.parametrize(("part", "left"), [("1", 0), ("2", 1), ("3", 2)])
def test_a_creation_that_was_killed_is_ended_by_who_writes(url: str, name: str, part: str, left: int) -> None:
    kill(CREATE, url, name, part)
    assert there(name) == [place < left for place in range(SERVERS)]
    with pytest.raises(StoreError, match="There is no" if not left else "cut off"):
        engine.open_store(url, name, writable=False, wait=1.0)
    if not left:
        return
    with engine.open_store(url, name, writable=True, wait=1.0).snapshot() as store:
        assert there(name) == [True] * SERVERS
    store.write([entry(f"d{i}", ("red", vector(i))) for i in range(9)])
    assert store.check() == []
    store.discard()


@pytest.mark.parametrize(("part", "left"), [("3", [True, False, True]), ("1", [True, False, False])])
def test_a_deletion_that_was_killed_is_taken_up_again(url: str, name: str, part: str, left: list[bool]) -> None:
    store = engine.open_store(made(url, name), name, writable=True, wait=1.0)
    store.write([entry(f"d{i}", ("red", vector(i))) for i in range(9)])
    store.close()
    kill(DISCARD, url, name, part)
    assert there(name) == left
    for writable in (False, True):
        with pytest.raises(StoreError, match="lacks part 2 of 3"):
            engine.open_store(url, name, writable=writable, wait=1.0)
    engine.discard(url, name)
    assert there(name) == [False] * SERVERS


def made(url: str, name: str) -> str:
    from helpers.entries import DIM

    from askew.stores import Layout

    engine.create(url, name, Layout(DIM, "m")).close()
    return url
