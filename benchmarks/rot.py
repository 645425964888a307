"""Does `check` name every damaged byte? One bit at a time is flipped in all files of an index, and put back.

Each flip must be named by `check` or refused on opening; or it lies in a byte that nothing reads: then every row of the
catalogue and every answer are those of the undamaged index. A dense search never answers from damaged vectors: it
gives the answers of the undamaged index, or an error.
"""

import argparse
import os
import pickle
import random
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from goals import Goal, finish

from askew import Document, Index
from askew.errors import AskewError
from askew.stores.local import ivf_build

WORDS = [
    "tent",
    "stove",
    "rope",
    "map",
    "lamp",
    "road",
    "town",
    "lake",
    "boot",
    "kayak",
    "red",
    "blue",
    "green",
    "field",
    "river",
    "stone",
]
QUERIES = [f"{one} {other}" for one, other in zip(WORDS, reversed(WORDS), strict=True)]


def make(folder: Path, count: int) -> Path:
    """An index with metadata, notes, sources, deleted documents and an approximate index."""
    ivf_build.PATIENCE = 0.0
    rng = random.Random(5)
    with Index.create(folder / "rot", "question-answering", model="hashing") as index:
        for start in range(0, count, 1000):
            index.add(
                [
                    Document(
                        f"d{number}",
                        " ".join(rng.choices(WORDS, k=8)) + f" {number}",
                        f"Title {number % 7}",
                        {"year": 2000 + number % 25, "tags": rng.sample(WORDS, 2)},
                    )
                    for number in range(start, start + 1000)
                ]
            )
        index.store.remember({f"/a/{number}.md": f"{number}:1" for number in range(50)})
        index.store.set_note("about", "a note that somebody wrote " * 10)
        index.delete([f"d{number}" for number in range(0, count, 40)])
        index.optimise()
    return folder / "rot.askew"


def answers(index: Index, mode: str) -> object:
    """Every query's hits, in bulk and one by one."""
    hits = index.search(QUERIES, 10, mode=mode)
    return [[(hit.id, round(hit.score, 6), hit.text) for hit in row] for row in hits]


def contents(folder: Path) -> object:
    """Every row of every table."""
    with sqlite3.connect(f"file:{folder}/catalog.sqlite?mode=ro", uri=True) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        return {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in names}


def seen(folder: Path) -> dict[str, object]:
    """What a process that opens the index anew sees, each part or the name of its error."""
    found: dict[str, object] = {}
    try:
        with Index.open(folder) as index:
            found["check"] = index.check()
            for mode in ("dense", "lexical"):
                found[mode] = part(lambda mode=mode: answers(index, mode))  # type: ignore[misc]
            found["filter"] = part(lambda: [hit.id for hit in index.search("tent", 20, where={"year": 2003})])
            found["every document"] = part(lambda: [(d.id, d.text, d.title, dict(d.metadata)) for d in index])
            found["every vector"] = part(
                lambda: np.concatenate([block.vectors for block in index.store.blocks()]).tobytes()
            )
    except AskewError as error:
        found["check"] = [str(error)]
    found["contents"] = part(lambda: contents(folder))
    return found


def part(act: Callable[[], object]) -> object:
    try:
        return act()
    except AskewError:
        return None
    except sqlite3.Error:
        return "unreadable"


def in_a_child(folder: Path) -> dict[str, object] | str:
    """See in a process of its own, which a damaged file might kill."""
    here, there = os.pipe()
    if (child := os.fork()) == 0:
        os.close(here)
        try:
            result: Any = seen(folder)
        except BaseException as error:  # the question is which errors come out
            result = f"{type(error).__name__}: {error}"
        with os.fdopen(there, "wb") as pipe:
            pickle.dump(result, pipe)
        os._exit(0)
    os.close(there)
    with os.fdopen(here, "rb") as pipe:
        data = pipe.read()
    _, status = os.waitpid(child, 0)
    found: dict[str, object] | str = pickle.loads(data) if data else f"killed by signal {os.WTERMSIG(status)}"
    return found


def flip(path: Path, rng: random.Random) -> tuple[int, bytes]:
    place = rng.randrange(path.stat().st_size)
    with path.open("r+b") as file:
        file.seek(place)
        old = file.read(1)
        file.seek(place)
        file.write(bytes([old[0] ^ 1 << rng.randrange(8)]))
    return place, old


def judged(found: dict[str, object] | str, whole: dict[str, object]) -> str:
    """Named, unread, or what is wrong."""
    if isinstance(found, str):
        return f"fault: {found}"
    if found.get("dense") not in (None, whole["dense"]) or found.get("every vector") not in (
        None,
        whole["every vector"],
    ):
        return "fault: answered from damaged vectors"
    if found["check"]:
        return "named"
    different = [name for name, value in whole.items() if found.get(name) != value]
    return f"fault: not named, and differs in {', '.join(different)}" if different else "unread"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--flips", type=int, default=1000)
    parser.add_argument("--documents", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    counts: Counter[tuple[str, str]] = Counter()
    faults = []
    with tempfile.TemporaryDirectory() as place:
        folder = make(Path(place), options.documents)
        whole = in_a_child(folder)
        if isinstance(whole, str) or whole["check"]:
            raise SystemExit(f"The undamaged index is not sound: {whole if isinstance(whole, str) else whole['check']}")
        files = sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)
        sizes = [path.stat().st_size for path in files]
        for number in range(options.flips):
            [path] = rng.choices(files, sizes) if number % 2 else [rng.choice(files)]
            at, old = flip(path, rng)
            verdict = judged(in_a_child(folder), whole)
            with path.open("r+b") as file:
                file.seek(at)
                file.write(old)
            name = path.relative_to(folder).parts[0]
            counts[name, verdict.split(":")[0]] += 1
            if verdict.startswith("fault"):
                faults.append(f"{path.relative_to(folder)} byte {at}: {verdict}")
        if in_a_child(folder) != whole:
            raise SystemExit("The index is not as it was: a flip was not put back.")
    print(f"{options.flips} flips of one bit, one at a time, over {len(files)} files of {sum(sizes):,} bytes")
    for name in sorted({name for name, _ in counts}):
        print(f"{name:24} named {counts[name, 'named']:4}  in bytes that nothing reads {counts[name, 'unread']:4}")
    for fault in faults[:20]:
        print(fault)
    finish([Goal("rot-faults", len(faults), 0, most=True)])


if __name__ == "__main__":
    main()
