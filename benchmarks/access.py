"""Whether the time of a query tells of documents that its reader may not see, and the power to find that out.

Two indexes hold the same visible documents, one of them also invisible ones among these. Both are asked the same
queries in turn, in random order, and the distributions of their times are compared by a Mann–Whitney test (two-sided).
A test that finds nothing says little by itself, so a leak is planted: every query of one side waits for a share of the
median time of a query. The smallest planted share that is found in nine of ten samples of the same size is the power.
The same is asked of the whole index with a filter on the groups, which is what a view must not be.

    python benchmarks/access.py [--visible 1000] [--invisible 20000] [--queries 400]
"""

import argparse
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from scipy.stats import mannwhitneyu

from askew import Document, Index

WORDS = [f"word{number}" for number in range(5000)]
LENGTH = 40
SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
SAMPLES = 200
LEVEL = 0.01
MODES = ("dense", "lexical", "hybrid")


def documents(count: int, reader: str, seed: int) -> list[Document]:
    rng, readers = random.Random(seed), frozenset({reader})
    return [
        Document(f"{reader}{n}", " ".join(rng.choices(WORDS, k=LENGTH)), metadata={"acl": reader}, readers=readers)
        for n in range(count)
    ]


def index(folder: Path, held: Sequence[Document]) -> Index:
    made = Index.create(folder, "question-answering", model="hashing", access=True)
    made.add(held, progress=False)
    made.optimise(progress=False)
    return made


def seconds(ask: Callable[[str], object], query: str) -> float:
    begun = time.perf_counter()
    ask(query)
    return time.perf_counter() - begun


def timed(sides: Sequence[Callable[[str], object]], queries: Sequence[str]) -> list[np.ndarray]:
    """Ask both sides every query, one right after the other, in an order that is drawn."""
    found: list[list[float]] = [[], []]
    for query in queries:
        for side in random.sample((0, 1), 2):
            found[side].append(seconds(sides[side], query))
    return [np.array(times) for times in found]


def p_value(one: np.ndarray, other: np.ndarray) -> float:
    return float(mannwhitneyu(one, other).pvalue)


def smallest_found(times: np.ndarray) -> float:
    """Return the smallest planted share of the median that is found in nine of ten samples; infinity if none is."""
    rng, median = np.random.default_rng(1), float(np.median(times))
    for share in SHARES:
        found = 0
        for _ in range(SAMPLES):
            drawn = rng.permutation(times)
            half = len(drawn) // 2
            found += p_value(drawn[:half], drawn[half:] + share * median) < LEVEL
        if found >= 0.9 * SAMPLES:
            return share
    return float("inf")


def compare(name: str, sides: Sequence[Callable[[str], object]], queries: Sequence[str]) -> None:
    timed(sides, queries[:20])  # warm
    without, beside = timed(sides, queries)
    medians = [1000 * statistics.median(times) for times in (without, beside)]
    power = smallest_found(np.concatenate([without, without[::-1]]))
    print(
        f"{name:<32} {medians[0]:8.3f} ms {medians[1]:8.3f} ms   p = {p_value(without, beside):.3g}   "
        f"a leak of {power:.0%} of the median is found in 9 of 10 samples"
        if np.isfinite(power)
        else f"{name:<32} {medians[0]:8.3f} ms {medians[1]:8.3f} ms   p = {p_value(without, beside):.3g}   no power"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visible", type=int, default=1000)
    parser.add_argument("--invisible", type=int, default=20_000)
    parser.add_argument("--queries", type=int, default=400)
    given = parser.parse_args()
    rng = random.Random(7)
    queries = [" ".join(rng.choices(WORDS, k=4)) for _ in range(given.queries)]
    mine, hidden = documents(given.visible, "staff", 1), documents(given.invisible, "board", 2)
    mixed = [*mine, *hidden]
    rng.shuffle(mixed)
    place = {document.id: number for number, document in enumerate(mixed)}
    mine.sort(key=lambda document: place[document.id])
    print(f"{given.visible:,} visible documents, without and beside {given.invisible:,} invisible ones; medians")
    with (
        tempfile.TemporaryDirectory() as folder,
        index(Path(folder) / "alone", mine) as alone,
        index(Path(folder) / "beside", mixed) as beside,
    ):
        views = [alone.visible_to(["staff"]), beside.visible_to(["staff"])]
        for mode in MODES:
            compare(f"view, {mode}", [lambda q, v=v, m=mode: v.search(q, mode=m) for v in views], queries)
        for mode in MODES:
            how = {"mode": mode, "where": {"acl": "staff"}}
            asks = [lambda q, i=i, h=how: i.search(q, **h) for i in (alone, beside)]
            compare(f"filter instead of view, {mode}", asks, queries)


if __name__ == "__main__":
    main()
