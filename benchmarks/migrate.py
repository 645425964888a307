"""Another precision for 20,000 messages while they are searched: killed five times, and is the report right?

An index of messages to a shop is migrated from all-MiniLM-L6-v2 in fp32 to int8. The migration is killed at five
moments (three while encoding, one while both are asked, one at the switch) while another process searches all the time.
Every answer must be the old index's or the new one's, the new one's from the switch on; and the overlap reported must
be that reckoned here from the vectors alone.
"""

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
from goals import Goal, finish
from messages import Messages

MODEL = "all-MiniLM-L6-v2"
TASK = "duplicate-questions"
K = 10
NEAR = 1e-4
"""Two scores of one index that differ by more than rounding are not the same."""
QUERIES = (
    "the lid is cracked, I want my money back",
    "how do I return it",
    "my parcel has not arrived",
    "the screen flickers all the time",
    "please cancel my order at once",
    "where can I buy a spare charger",
)
MIGRATE = """
import sys
from pathlib import Path
from askew.migration.change import ContractChange
from askew.migration.steps import begin, both, build, place_of_next, switch
from askew.migration.parity import keep, parity
from askew.migration.parity import own_queries

def told(step):
    print(step.done, step.what, flush=True)

name = sys.argv[1]
begin(name, ContractChange(precision="int8"))
build(name, report=told)
with both(name) as (old, new):
    print(0, "replay", flush=True)
    found = parity(old, new, own_queries(old), report=told)
    keep(place_of_next(name), found)
print(0, "switch", flush=True)
switch(name, report=told)
"""
SEARCH = """
import json, sys, time
from askew.index import Index

queries, turn = json.loads(sys.argv[2]), 0
while True:
    query = queries[turn % len(queries)]
    start = time.perf_counter()
    with Index.open(sys.argv[1]) as index:
        ranking = index.rank([query], 10)[0]
    took = time.perf_counter() - start
    print(json.dumps([turn % len(queries), [[hit.document, hit.score] for hit in ranking], took]), flush=True)
    turn += 1
"""


def build(name: Path, texts: list[str], precision: str) -> float:
    from askew import Document, Index

    start = time.perf_counter()
    with Index.create(name, TASK, model=MODEL, precision=precision) as index:
        index.add([Document(str(number), text) for number, text in enumerate(texts)])
        index.optimise()
    return time.perf_counter() - start


def answers(name: Path) -> list[list[tuple[str, float]]]:
    from askew import Index

    found = []
    for query in QUERIES:
        with Index.open(name) as index:
            found.append([(hit.document, hit.score) for hit in index.rank([query], K)[0]])
    return found


def migrate(name: Path, count: int, kills: int) -> tuple[list[float], float]:
    """Seconds of each killed run, and of the one that ended."""
    rng = random.Random(3)
    moments = [("documents", count * share // 10) for share in (1, 4, 8)] + [("replay", 0), ("switch", 0)]
    taken = [run(name, moment, rng.random() * 0.2) for moment in moments[:kills]]
    from askew.migration.steps import state

    return taken, 0.0 if state(name).kept else run(name, ("none", 0), 0)


def run(name: Path, moment: tuple[str, int], delay: float) -> float:
    start = time.perf_counter()
    with subprocess.Popen([sys.executable, "-c", MIGRATE, str(name)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            done, what = line.split(maxsplit=1)
            if what.strip() == moment[0] and int(done) >= moment[1]:
                time.sleep(delay)
                child.kill()
    if moment[0] == "none" and child.returncode:
        sys.exit("the migration failed")
    return time.perf_counter() - start


def same(found: list[list[object]], index: list[tuple[str, float]]) -> bool:
    """The same scores, and the same documents but where scores are equal within rounding."""
    scores = np.array([score for _, score in found], float)
    truth = np.array([score for _, score in index], float)
    return scores.shape == truth.shape and bool(np.abs(scores - truth).max() <= NEAR)


def overlap_by_hand(old: Path, new: Path, asked: list[str]) -> float:
    """From vectors alone."""
    from askew import Index
    from askew.types import Role

    best = []
    for name in (old, new):
        with Index.open(name) as index:
            keys = index.store.keys()
            ids = np.array(index.store.owners(keys.tolist()))
            vectors = index.sealed.encode(Role.QUERY, "measuring", asked)
            scores = vectors @ index.store.vectors(keys).T
            best.append(ids[np.argsort(-scores, axis=1, kind="stable")[:, :K]])
    return float(np.mean([len(set(a) & set(b)) / K for a, b in zip(*best, strict=True)]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--kills", type=int, default=5)
    options = parser.parse_args()
    from askew import Index
    from askew.migration.parity import kept, own_queries
    from askew.stores.local import versions

    texts = [message.text for message in Messages(options.documents)]
    with tempfile.TemporaryDirectory() as folder:
        name, fresh, was = (Path(folder) / word for word in ("book", "fresh", "was"))
        print(f"{len(texts):,} messages in fp32: {build(name, texts, 'fp32'):.1f} s", flush=True)
        subprocess.run(["cp", "-r", f"{name}.askew", f"{was}.askew"], check=True)
        print(f"afresh in int8: {build(fresh, texts, 'int8'):.1f} s", flush=True)
        old, new = answers(name), answers(fresh)
        out = Path(folder) / "searches"
        command = [sys.executable, "-c", SEARCH, str(name), json.dumps(QUERIES)]
        with out.open("w") as file, subprocess.Popen(command, stdout=file) as searcher:
            taken, last = migrate(name, len(texts), options.kills)
            seconds = ", ".join(f"{one:.1f}" for one in taken)
            print(f"{len(taken)} runs killed after {seconds} s; the one that ended took {last:.1f} s", flush=True)
            time.sleep(10)
            alive = searcher.poll() is None
            searcher.kill()
        lines = [json.loads(line) for line in out.read_text().splitlines(keepends=True) if line.endswith("\n")]
        of = ["o" if same(hit, old[q]) else "n" if same(hit, new[q]) else "x" for q, hit, _ in lines]
        waits = np.array([took for _, _, took in lines])
        print(
            f"{len(of)} searches, each opening the index and loading its model, p50 {np.median(waits):.2f} s, "
            f"longest {waits.max():.2f} s: {of.count('o')} of the old index, {of.count('n')} of the new one, "
            f"{of.count('x')} of neither"
        )
        reported = kept(versions.serving(name.with_name("book.askew")))
        with Index.open(was) as index:
            asked = [query.text for query in own_queries(index).queries]
        by_hand = overlap_by_hand(was, fresh, asked)
        told = reported["interval"]
        print(f"overlap@{K} reported {reported['overlap']:.4f} ({told['low']:.4f} to {told['high']:.4f}) on")
        print(f"{reported['asked']} queries from {reported['queries']}; by hand {by_hand:.4f}")
        for side in ("old", "new"):
            print(f"{side}: {reported[side]['precision']}, scores {reported[side]['scale']}")
        faults = of.count("x") + sum(pair == ("n", "o") for pair in pairwise(of)) + (not alive)
    finish(
        [
            Goal("migrate-mixed-or-failed", faults, 0, most=True),
            Goal("migrate-searches-meanwhile", of.count("o"), 20),
            Goal("migrate-searches-after", of.count("n"), 3),
            Goal("migrate-report-off-by", abs(by_hand - reported["overlap"]), 0.002, most=True),
        ]
    )


if __name__ == "__main__":
    main()
