"""Is what was acknowledged there after SIGKILL, a move, a fork, a restored backup, a full disk? Again and again.

A writer adds, changes and deletes documents in batches and prints each act once it has returned. At a random moment it
is killed, and before that, in turn: its folder is moved or swapped for another index, it forks, or the disk is full;
or the index is replaced by an earlier copy of it afterwards, under an open reader. After each kill a new process must
find every acknowledged document by id, by word and by meaning, whole; nothing of an act that failed; `check` must be
clean; and the next writer goes on in the same index.
"""

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from goals import Goal, finish

WRITER = """
import os, random, sys
from askew import Document, Index
from askew.errors import StoreError
rng = random.Random(int(sys.argv[2]))
forks = sys.argv[3] == "fork"
with Index.open(sys.argv[1], writable=True) as index:
    while True:
        act = rng.random()
        ids = [f"d{rng.randrange(3000)}" for _ in range(rng.randrange(1, 40))]
        ids = list(dict.fromkeys(ids))
        stamp = rng.randrange(10**9)
        if forks and act < 0.3 and os.fork() == 0:
            try:
                index.add([Document("child", "added in a forked child")])
            except StoreError:
                os._exit(0)
            os._exit(1)
        try:
            if act < 0.15:
                print("begin delete", *ids, flush=True)
                index.delete(ids)
            elif act < 0.2:
                print("begin nothing", flush=True)
                index.optimise()
            else:
                print("begin add", stamp, *ids, flush=True)
                index.add([Document(i, f"word{i} stamp{stamp} " + "some text " * rng.randrange(1, 30)) for i in ids])
        except StoreError:
            print("failed", flush=True)
        else:
            print("end", flush=True)
"""
MOMENTS = ("kill", "move", "swap", "fork", "restore", "full")
ROOM = 256  # MiB of the disk that gets full


@dataclass
class Case:
    """The index under attack. truth: what is acknowledged, id to stamp."""

    name: Path
    rng: random.Random
    truth: dict[str, str] = field(default_factory=dict)
    backup: tuple[Path, dict[str, str]] | None = None
    acts: int = 0
    failed: int = 0

    @property
    def folder(self) -> Path:
        return self.name.with_suffix(".askew")


def replay(lines: list[str], truth: dict[str, str]) -> tuple[dict[str, str], dict[str, str | None]]:
    """The acknowledged state, id to stamp; and what the act under way would make of the ids it names."""
    pending: dict[str, str | None] = {}
    state: dict[str, str | None] = dict(truth)
    for line in lines:
        words = line.split()
        if words[:2] == ["begin", "add"]:
            pending = dict.fromkeys(words[3:], f"stamp{words[2]}")
        elif words[:2] == ["begin", "delete"]:
            pending = dict.fromkeys(words[2:])
        elif words == ["end"]:
            state.update(pending)
            pending = {}
        elif words == ["failed"]:
            pending = {}
    return {id: stamp for id, stamp in state.items() if stamp}, pending


def examine(name: Path, truth: dict[str, str], pending: dict[str, str | None]) -> tuple[list[str], dict[str, str]]:
    """What is wrong, and what the index holds. The act under way may have happened or not, but whole."""
    from askew import Index

    with Index.open(name) as index:
        faults = list(index.check())
        ids = [id for block in index.store.blocks() for id in index.store.owners(block.keys.tolist())]
        documents = index.documents(sorted(set(ids)))
        held = {document.id: document.text.split()[1] for document in documents}
        done = {id: stamp for id, stamp in {**truth, **pending}.items() if stamp}
        if held not in (truth, done):
            faults.append(f"holds {len(held)} documents, acknowledged were {len(truth)}; {differing(held, truth)}")
        if len(ids) != len(held):
            faults.append("a document is there twice")
        for document in random.Random(len(held)).sample(documents, min(len(documents), 12)):
            faults += [
                f"{document.id} is not found by {mode} search"
                for mode in ("dense", "lexical")
                if document.id not in [hit.document.id for hit in index.search(document.text, 3, mode=mode)]
            ]
    return faults, held


def differing(held: dict[str, str], truth: dict[str, str]) -> str:
    wrong = [id for id in sorted(held.keys() | truth.keys()) if held.get(id) != truth.get(id)]
    return f"{len(wrong)} differ: {', '.join(wrong[:5])}"


def attack(case: Case, moment: str) -> list[str]:
    """Let a writer write, let something happen to it, kill it, and look."""
    seed = str(case.rng.randrange(10**9))
    program = [sys.executable, "-c", WRITER, str(case.name), seed, moment]
    faults: list[str] = []
    with (
        tempfile.TemporaryFile("w+") as log,
        subprocess.Popen(program, stdout=log, stderr=subprocess.DEVNULL) as writer,
    ):
        while not os.fstat(log.fileno()).st_size and writer.poll() is None:
            time.sleep(0.01)
        time.sleep(case.rng.random())
        with HAPPENS.get(moment, nothing)(case, faults):
            time.sleep(0.3 * case.rng.random())
            writer.send_signal(signal.SIGKILL)
            writer.wait()
            log.seek(0)
            lines = log.read().splitlines()
            case.acts += lines.count("end")
            case.failed += lines.count("failed")
            truth, pending = replay(lines, case.truth)
    found, case.truth = examine(case.name, truth, pending)
    return faults + found + (restored(case) if moment == "restore" else [])


@contextmanager
def nothing(_case: Case, _faults: list[str]) -> Iterator[None]:
    yield


@contextmanager
def moved(case: Case, _faults: list[str]) -> Iterator[None]:
    away = case.folder.with_name("moved.askew")
    case.folder.rename(away)
    yield
    away.rename(case.folder)


@contextmanager
def swapped(case: Case, faults: list[str]) -> Iterator[None]:
    """Another index takes the place of the one that is written to, and must not change."""
    from askew import Document, Index

    other, away = case.folder.with_name("other.askew"), case.folder.with_name("away.askew")
    with Index.create(other, "duplicate-questions", model="hashing") as index:
        index.add([Document(f"o{number}", f"wordo{number} stamp{number}") for number in range(200)])
    with reader_of(case) as reader:
        case.folder.rename(away)
        other.rename(case.folder)
        faults += mixed(reader, "o")
        yield
        faults += mixed(reader, "o")
    found, _ = examine(case.name, {f"o{number}": f"stamp{number}" for number in range(200)}, {})
    faults += [f"the other index: {fault}" for fault in found]
    shutil.rmtree(case.folder)
    away.rename(case.folder)


@contextmanager
def full(case: Case, faults: list[str]) -> Iterator[None]:
    """The disk is full: searches go on, and a document can be deleted."""
    filler = case.folder.with_name("filler")
    with filler.open("wb") as file:
        try:
            while True:
                os.write(file.fileno(), bytes(1 << 16))
        except OSError:
            pass
    yield
    faults += [f"on the full disk: {fault}" for fault in on_full_disk(case)]
    filler.unlink()


def on_full_disk(case: Case) -> list[str]:
    from askew import Index
    from askew.errors import AskewError

    try:
        with Index.open(case.name) as index:
            hits = index.search("word", 3)
            if len(index) and not hits:
                return ["nothing was found"]
    except AskewError as error:
        return [f"no search: {error}"]
    return []


@contextmanager
def reader_of(case: Case) -> Iterator[object]:
    from askew import Index

    with Index.open(case.name) as reader:
        yield reader


def mixed(reader: object, foreign: str) -> list[str]:
    """Whether an open reader answers from another index than the one that it opened."""
    from askew.errors import StoreError

    try:
        hits = [*reader.search("word stamp", 20), *reader.search("text", 20, mode="lexical")]  # type: ignore[attr-defined]
    except StoreError:
        return []
    return [f"a reader got {hit.id} of another index" for hit in hits if hit.id.startswith(foreign)]


def restored(case: Case) -> list[str]:
    """Put an earlier copy in the index's place, under an open reader; or make that copy."""
    copy = case.folder.with_name("backup.askew")
    if case.backup is None:
        shutil.copytree(case.folder, copy)
        case.backup = (copy, dict(case.truth))
        return []
    with reader_of(case) as reader:
        before = [hit.id for hit in reader.search("word stamp", 20)]  # type: ignore[attr-defined]
        shutil.rmtree(case.folder)
        shutil.copytree(case.backup[0], case.folder)
        faults = []
        try:
            after = [hit.id for hit in reader.search("word stamp", 20)]  # type: ignore[attr-defined]
            faults = [] if after == before else ["a reader mixed an index with its restored copy"]
        except Exception as error:  # which error it is, is the question
            faults = [] if type(error).__module__ == "askew.errors" else [f"a reader failed with {error!r}"]
    case.truth = dict(case.backup[1])
    shutil.rmtree(case.backup[0])
    case.backup = None
    found, _ = examine(case.name, case.truth, {})
    return faults + [f"restored: {fault}" for fault in found]


HAPPENS = {"move": moved, "swap": swapped, "full": full}


@contextmanager
def disk() -> Iterator[tuple[Path, bool]]:
    """A folder, and whether it is a small disk of its own, which may get full."""
    with tempfile.TemporaryDirectory() as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}m", "tmpfs", folder]
        own = (
            shutil.which("mount") is not None
            and subprocess.run(mount, capture_output=True, check=False).returncode == 0
        )
        try:
            yield Path(folder), own
        finally:
            if own:
                subprocess.run(["umount", folder], check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    from askew import Index

    faults: list[str] = []
    with disk() as (folder, own):
        case = Case(folder / "crash", random.Random(options.seed))
        Index.create(case.name, "duplicate-questions", model="hashing").close()
        moments = [moment for moment in MOMENTS if own or moment != "full"]
        times = Counter(moments[kill % len(moments)] for kill in range(options.kills))
        for kill in range(options.kills):
            moment = moments[kill % len(moments)]
            faults += [f"kill {kill} ({moment}): {fault}" for fault in attack(case, moment)]
        print(
            f"{options.kills} kills, {case.acts} acknowledged acts, {case.failed} refused, {len(case.truth)} documents"
        )
        print("moments:", ", ".join(f"{moment} {number}" for moment, number in times.items()))
    for fault in faults[:20]:
        print("fault:", fault)
    finish([Goal("crash-faults", len(faults), 0, most=True), Goal("crash-acts", case.acts, options.kills)])


if __name__ == "__main__":
    main()
