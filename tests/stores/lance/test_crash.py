"""What a process leaves that is killed while it writes."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from helpers.entries import entry, vector

from .conftest import NAME, Opened

BEFORE_THE_COMMIT = f"""
import os, signal, sys
from helpers.entries import entry, vector
from askew.stores.lance import engine

def killed(self, commit):
    print("committing", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)

store = engine.opened(sys.argv[1], {NAME!r}, writable=True)
store.write([entry("a", ("red tents", vector(1)))])
engine.LanceRemote.commit = killed
store.write([entry("a", ("green stove", vector(5))), entry("b", ("blue kayak", vector(2)))])
"""
WRITES = f"""
import sys
from helpers.entries import entry, vector
from askew.stores.lance import engine

store = engine.opened(sys.argv[1], {NAME!r}, writable=True, wait=20)
turn = int(sys.argv[2])
while True:
    turn += 1
    word = f"turn{{turn}}"
    store.write([entry("same", (word, vector(turn))), entry(f"d{{turn}}", (word, vector(turn, 1)))])
    if turn % 5 == 0:
        store.optimise()
    print(turn, flush=True)
"""
ROUNDS = 4


def started(code: str, *arguments: str) -> "subprocess.Popen[str]":
    folder = Path(__file__).parents[2]
    return subprocess.Popen([sys.executable, "-c", code, *arguments], stdout=subprocess.PIPE, text=True, cwd=folder)


def test_killed_between_the_datasets_and_the_commit_a_writer_leaves_nothing_that_is_seen(
    opened: Opened, url: str
) -> None:
    process = started(BEFORE_THE_COMMIT, url)
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.read() == "committing\n"
    assert process.wait() == -9
    reader = opened()
    assert (reader.documents(["a"])[0].text, reader.digests(["b"])) == ("red tents", {})
    writer = opened(writable=True)
    writer.write([entry("c", ("yellow lamp", vector(3)))])
    for store in (reader, writer):
        held = store.blocks()
        assert store.owners(held.keys.tolist()) == ["a", "c"]
        assert held.vectors(held.keys).tolist() == [vector(1), vector(3)]
        assert store.check() == []


@pytest.mark.parametrize("seconds", [0.2, 0.9])
def test_killed_at_any_moment_everything_acknowledged_is_there_and_nothing_is_half(
    opened: Opened, url: str, seconds: float
) -> None:
    acknowledged = 0
    for round in range(ROUNDS):
        process = started(WRITES, url, str(acknowledged))
        assert process.stdout is not None
        with process.stdout as told:
            acknowledged = int(told.readline())
            time.sleep(seconds * (round + 1) / ROUNDS)
            process.kill()
            acknowledged = max(acknowledged, *map(int, told.read().split()), 0)
        process.wait()
        store = opened()
        last = int(store.documents(["same"])[0].text.removeprefix("turn"))
        assert acknowledged <= last <= acknowledged + 1
        keys = store.keys()
        assert store.owners(keys.tolist()).count("same") == 1
        assert len(keys) == last + 1
        [extent] = store.extents(["same"])
        assert store.vectors(extent).tolist() == [vector(last)]
        found = store.nearest(np.array([vector(1)], np.float32), 2)
        assert store.owners(found.keys[0].tolist()) in (["same", f"d{last}"], [f"d{last}", "same"])
        assert store.check() == []
        acknowledged = last
