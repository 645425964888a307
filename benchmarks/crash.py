"""Is what was acknowledged there after SIGKILL? A writer is killed at random moments, again and again.

The writer adds, changes and deletes documents in batches and prints each act once it has returned. After each
kill a new process must find every acknowledged document by id, by word and by meaning, whole; `check` must
be clean; and the next writer goes on in the same index.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from goals import Goal, finish

WRITER = """
import random, sys
from askew import Document, Index
rng = random.Random(int(sys.argv[2]))
with Index.open(sys.argv[1], writable=True) as index:
    while True:
        act = rng.random()
        ids = [f"d{rng.randrange(3000)}" for _ in range(rng.randrange(1, 40))]
        ids = list(dict.fromkeys(ids))
        if act < 0.15:
            print("begin delete", *ids, flush=True)
            index.delete(ids)
        elif act < 0.2:
            print("begin nothing", flush=True)
            index.optimise()
        else:
            stamp = rng.randrange(10**9)
            print("begin add", stamp, *ids, flush=True)
            index.add([Document(i, f"word{i} stamp{stamp} " + "some more text " * rng.randrange(1, 30)) for i in ids])
        print("end", flush=True)
"""


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    from askew import Index

    rng, acts = random.Random(options.seed), 0
    truth: dict[str, str] = {}
    faults: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        name = Path(folder) / "crash"
        Index.create(name, "duplicate-questions", model="hashing").close()
        for kill in range(options.kills):
            writer = subprocess.Popen(
                [sys.executable, "-c", WRITER, str(name), str(rng.randrange(10**9))],
                stdout=subprocess.PIPE,
                text=True,
            )
            time.sleep(0.3 + 1.2 * rng.random())
            writer.send_signal(signal.SIGKILL)
            lines = writer.communicate()[0].splitlines()
            acts += lines.count("end")
            found, truth = examine(name, *replay(lines, truth))
            faults += [f"kill {kill}: {fault}" for fault in found]
        print(f"{options.kills} kills, {acts} acknowledged acts, {len(truth)} documents at the end")
    for fault in faults[:20]:
        print("fault:", fault)
    finish([Goal("crash-faults", len(faults), 0, most=True), Goal("crash-acts", acts, options.kills)])


if __name__ == "__main__":
    main()
