"""A migration that is killed again and again: searches answer all the time, and the switch is all or nothing."""

import json
import random
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from helpers.killing import MIGRATE, SEARCH, STOPPED, WRITE, running, said
from helpers.to_migrate import answers, documents, model, texts

from askew.index import Index
from askew.migration.change import ContractChange
from askew.migration.steps import begin, build, drop_old, state, switch

QUERIES = ["red tent 4711", "blue kayak", "a map of the coast", "lamp lamp", "boot 19999", "lake road town"]
MOMENTS = [("documents", 2000), ("documents", 9000), ("documents", 16000), ("replaying", 0), ("switching", 0)]
"""What the migration must have said when it is killed."""


def made(name: Path, count: int, model: str = "hashing") -> Path:
    with Index.create(name, "question-answering", model=model) as index:
        index.add(documents(count))
        index.optimise()
    return name


def migrate_until(name: Path, card: str, moment: tuple[str, int], delay: float) -> None:
    """Runs it to this moment and a little further, and kills it."""
    with running(MIGRATE, name, card) as child:
        assert child.stdout is not None
        for line in child.stdout:
            what, done = line.rsplit(maxsplit=1)
            if what == moment[0] and int(done) >= moment[1]:
                time.sleep(delay)
                child.kill()
                return
        assert child.stderr is not None
        pytest.fail(f"{moment} never came: {child.stderr.read()}")


def test_twenty_thousand_documents_killed_five_times_while_searches_never_stop(tmp_path: Path, card: str) -> None:
    rng = random.Random(6)
    name = made(tmp_path / "book", 20_000)
    old = answers(name, QUERIES)
    with running(SEARCH, name, json.dumps(QUERIES)) as searcher:
        collected: list[str] = []
        assert searcher.stdout is not None
        reading = threading.Thread(target=lambda out=searcher.stdout: collected.extend(out))
        reading.start()
        for moment in MOMENTS:
            migrate_until(name, card, moment, rng.random() * 0.05)
        if state(name).kept is None:
            with running(MIGRATE, name, card) as child:
                out, err = child.communicate()
                assert "switched 0" in out, err
        seen = len(collected)
        while len(collected) < seen + 50 and searcher.poll() is None:
            time.sleep(0.05)
        assert searcher.poll() is None, searcher.stderr and searcher.stderr.read()
        searcher.kill()
        reading.join()
    new = answers(made(tmp_path / "fresh", 20_000, "hashing-64"), QUERIES)
    assert answers(name, QUERIES) == new
    assert all(before != after for before, after in zip(old, new, strict=True))
    check_searches(said("".join(collected)), old, new)
    with Index.open(name) as index:
        assert index.check() == []
    drop_old(name)
    assert texts(name) == {document.id: document.text for document in documents(20_000)}


def check_searches(found: list[list[object]], old: list[object], new: list[object]) -> None:
    """Each is wholly of one index; the old one's end where the new one's begin; an open index stays what it is."""
    before, after = (json.loads(json.dumps(side)) for side in (old, new))
    kept = [(query, answer) for which, query, answer in found if which == "first"]
    assert all(answer == before[query] for query, answer in kept)
    now = [(query, answer) for which, query, answer in found if which == "now"]
    of = ["old" if answer == before[query] else "new" if answer == after[query] else "mixed" for query, answer in now]
    assert "mixed" not in of
    assert of == sorted(of, reverse=True)
    assert of.count("old") > 50
    assert of.count("new") > 20


def test_a_writer_beside_it_loses_nothing(tmp_path: Path, card: str) -> None:
    name = made(tmp_path / "book", 2000)
    truth: dict[str, str] = {document.id: document.text for document in documents(2000)}
    with running(WRITE, name) as writer:
        collected: list[str] = []
        assert writer.stdout is not None
        reading = threading.Thread(target=lambda out=writer.stdout: collected.extend(out))
        reading.start()
        for moment in (("documents", 500), ("replaying", 0), ("switching", 0)):
            migrate_until(name, card, moment, 0.02)
        if state(name).kept is None:
            with running(MIGRATE, name, card) as child:
                out, err = child.communicate()
                assert "switched 0" in out, err
        seen = len(collected)
        while len(collected) < seen + 20 and writer.poll() is None:
            time.sleep(0.05)
        assert writer.poll() is None, writer.stderr and writer.stderr.read()
        writer.kill()
        reading.join()
    acts = said("".join(collected))
    last = acts[-1] or {}
    for act in acts if not last else acts[:-1]:
        for id, text in (act or {}).items():
            truth.pop(id, None)
            if text is not None:
                truth[id] = text
    found = texts(name)
    assert model(name) == "hashing-64"
    differing = {id for id in truth.keys() | found.keys() if truth.get(id) != found.get(id)}
    assert differing <= last.keys()  # the act under way may have happened, or half of it, or not
    assert len(acts) > 60
    with Index.open(name) as index:
        assert index.check() == []


@pytest.mark.parametrize(("step", "points"), [("switch", 10), ("back", 4), ("drop_old", 4), ("abandon", 3)])
def test_killed_within_a_step_it_is_taken_or_not_and_can_be_taken_again(
    tmp_path: Path, card: str, step: str, points: int
) -> None:
    """At moments spread over all the lines that the step goes through; what is left is whole, and goes on."""
    name = made(tmp_path / "book", 40)
    begin(name, ContractChange(model=card))
    build(name)
    if step in ("back", "drop_old"):
        switch(name)
    with Index.open(name, writable=True) as index:
        index.delete(["d3"])
    expected = texts(name)
    shutil.copytree(tmp_path / "book.askew", tmp_path / "before.askew")
    whole = int(stopped(name, step, -1).stdout)
    sides = {model(tmp_path / "before"), model(name)}
    assert whole > 50
    met = set()
    for point in range(1, points + 1):
        shutil.rmtree(tmp_path / "book.askew")
        shutil.copytree(tmp_path / "before.askew", tmp_path / "book.askew")
        assert stopped(name, step, whole * point // points).returncode == -9
        met.add(model(name))
        assert (texts(name), met <= sides) == (expected, True)
        with Index.open(name, writable=True) as index:
            assert index.check() == []
        again = stopped(name, step, -1)
        assert again.returncode == 0 or "askew.errors.InputError" in again.stderr  # it was taken already
        assert (texts(name), model(name)) == (expected, "hashing" if step in ("back", "abandon") else "hashing-64")
    assert met == sides


def stopped(name: Path, step: str, line: int) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", STOPPED, str(name), step, str(line)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


FULL = """
import resource, sys
from askew.errors import AskewError
from askew.migration.steps import build
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.RLIM_INFINITY))
try:
    build(sys.argv[1])
except (AskewError, OSError) as fault:
    print(type(fault).__name__)
"""


def test_a_disk_that_is_full_leaves_the_old_index_as_it_was(tmp_path: Path, card: str) -> None:
    name = made(tmp_path / "book", 3000)
    begin(name, ContractChange(model=card))
    child = subprocess.run(
        [sys.executable, "-c", FULL, str(name)], capture_output=True, text=True, check=True, timeout=120
    )
    assert child.stdout.strip() in ("StoreError", "OSError")
    found = state(name)
    assert found.next is not None
    assert (found.serving.sizes.documents, found.next.sizes.documents < 3000) == (3000, True)
    assert build(name).written == 3000 - found.next.sizes.documents
    switch(name)
    assert texts(name) == {document.id: document.text for document in documents(3000)}
