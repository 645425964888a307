"""Search by words in Postgres beside the folder: passages of thirty words by Zipf's law, in one run.

Queries of three words: any (by the same law), rare ones (each in some of ten thousand passages), a rare one with two
common ones, and common ones alone (of the twenty most common). Scores must be those of the folder. Times are p50 in ms,
and the processor time of client and server together, which a busy machine changes less.

    python benchmarks/postgres_words.py [--rows 50000] [--queries 100]
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from goals import Goal, finish

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from helpers.postgres import Server

from askew.stores import Entry, Layout, Neighbours, Store
from askew.stores.local.store import LocalStore
from askew.stores.postgres import engine, hnsw
from askew.types import Document, Passage

WORDS, VOCABULARY, K, BATCH = 30, 50_000, 10, 2000
COMMON, RARE = 20, 2000
"""Ranks up to which a word is common, and from which on it is rare."""
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "jit": "off"}


def texts(rows: int) -> list[list[str]]:
    rng = np.random.default_rng(3)
    law = 1 / (np.arange(VOCABULARY) + 2.7)
    drawn = rng.choice(VOCABULARY, (rows, WORDS), p=law / law.sum())
    return [[f"w{rank}x" for rank in row] for row in drawn.tolist()]


def questions(found: Sequence[Sequence[str]], count: int) -> Mapping[str, list[str]]:
    """Return queries by kind, made of words of the passages."""
    rng = np.random.default_rng(4)

    def rank(word: str) -> int:
        return int(word[1:-1])

    words = [word for row in found for word in row]
    rare = [word for word in words if rank(word) >= RARE]
    common = [f"w{rank}x" for rank in range(COMMON)]
    kinds = {"any": (words, words, words), "rare": (rare, rare, rare), "rare and common": (rare, common, common),
             "common": (common, common, common)}  # fmt: skip
    return {
        kind: [" ".join(str(rng.choice(of)) for of in pools) for _ in range(count)] for kind, pools in kinds.items()
    }


def fill(store: Store, found: Sequence[Sequence[str]]) -> float:
    """Store the passages, and return the seconds."""
    begin = time.perf_counter()
    for low in range(0, len(found), BATCH):
        entries = []
        for row, words in enumerate(found[low : low + BATCH], low):
            text = " ".join(words)
            passage = Passage(str(row), 0, 0, len(text), text)
            vectors = np.ones((1, 2), np.float32)
            entries.append(Entry(Document(str(row), text), "d", [passage], vectors, WORDS, WORDS))
        store.write(entries)
    store.optimise()
    return time.perf_counter() - begin


def spent() -> float:
    """Return the seconds of processor time of this process and of the server's processes for its connections."""
    total = sum(os.times()[:2])
    for one in Path("/proc").glob("[0-9]*"):
        try:
            if (one / "cmdline").read_bytes().startswith(b"postgres: askew askew"):
                total += int((one / "schedstat").read_text().split()[0]) / 1e9
        except OSError:
            continue
    return total


def measured(store: Store, asked: Sequence[str]) -> tuple[list[Neighbours], float, float]:
    """Return what is found, p50 in ms, and ms of processor time for each query."""
    for query in asked:  # once before the clock runs
        store.lexical(query, K)
    found, taken, before = [], [], spent()
    for query in asked:
        begin = time.perf_counter()
        found.append(store.lexical(query, K))
        taken.append(1000 * (time.perf_counter() - begin))
    return found, float(np.median(taken)), 1000 * (spent() - before) / len(asked)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--queries", type=int, default=100)
    given = parser.parse_args()
    hnsw.SMALL = sys.maxsize  # no vectors are searched here
    found, goals = texts(given.rows), []
    server = Server(SETTINGS).create()
    try:
        with tempfile.TemporaryDirectory() as folder:
            stores: dict[str, Store] = {
                "folder": LocalStore.create(Path(folder) / "words.askew", 2, "m"),
                "Postgres": engine.create(server.url(), "words", Layout(2, "m")),
            }
            for name, store in stores.items():
                print(f"{name}: loaded in {fill(store, found):.0f} s, {store.sizes().bytes / 1e6:.0f} MB", flush=True)
            print(f"{'':<18}" + "".join(f"{name + ' p50':>16}{'cpu':>8}" for name in stores) + f"{'difference':>14}")
            for kind, asked in questions(found, given.queries).items():
                both = {name: measured(store, asked) for name, store in stores.items()}
                pairs = zip(both["folder"][0], both["Postgres"][0], strict=True)
                apart = max(float(np.abs(a.scores / b.scores - 1).max(initial=0)) for a, b in pairs)
                line = "".join(f"{p50:>16.2f}{cpu:>8.2f}" for _, p50, cpu in both.values())
                print(f"{kind:<18}{line}{apart:>14.1e}", flush=True)
                goals.append(Goal(f"relative difference of scores, {kind}", apart, 1e-5, most=True))
            for store in stores.values():
                store.close()
    finally:
        server.close()
    finish(goals)


if __name__ == "__main__":
    main()
