"""Texts encoded and all pairs compared: here, on a Ray cluster of one worker and of two, and with one of two killed.

The texts are made; one in five is an earlier one with a word changed. The cluster's nodes are processes of this machine
with one processor each, on the loopback interface. The first seconds of each cluster start its workers: to warm
them up before the clock starts would hide what a user waits for. Ids, pairs, scores and certificate must be equal.

    python benchmarks/cluster.py [--texts 200000] [--threshold 0.9]
"""

import argparse
import os
import random
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from goals import Goal, finish

from askew.contract import Contract
from askew.dedup.exact.pairs import Found, pairs
from askew.dedup.texts import encoded
from askew.jobs.cluster import ALONE, SETTINGS, RayCluster, connected
from askew.jobs.encoding import spread
from askew.jobs.mining import work_on
from askew.progress import Progress
from askew.types import Document

MODEL, TASK = "hashing", "duplicate-questions"
STORE = 200 << 20
"""Bytes of a node's object store; what does not fit goes to disk."""
WORDS, LENGTH = 20_000, (6, 25)
KILLED = 0.4
"""Share of the pairs after which a worker is killed."""


@dataclass(frozen=True)
class Result:
    name: str
    encoding: float
    comparing: float
    found: Found
    ids: tuple[str, ...]


def made(count: int) -> list[Document]:
    rng, texts = random.Random(1), []
    for number in range(count):
        if number and rng.random() < 0.2:
            words = texts[rng.randrange(number)].split()
            words[rng.randrange(len(words))] = f"w{rng.randrange(WORDS)}"
        else:
            words = [f"w{rng.randrange(WORDS)}" for _ in range(rng.randint(*LENGTH))]
        texts.append(" ".join(words))
    return [Document(f"t{number}", text) for number, text in enumerate(texts)]


def measured(
    name: str, documents: list[Document], threshold: float, cluster: RayCluster | None, node: Any = None
) -> Result:
    """node: to be killed on the way."""
    contract, encoder = Contract.for_task(TASK, model=MODEL)

    def kill(step: Progress) -> None:
        if node is not None and node.live_processes() and step.done > KILLED * step.total:
            [raylet] = [process for kind, process in node.live_processes() if kind == "raylet"] or [None]
            if raylet is not None and raylet.poll() is None:
                os.kill(raylet.pid, signal.SIGKILL)
                print(f"  killed a worker after {step.done / step.total:.0%} of the pairs", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        texts = encoded(documents, contract, spread(cluster, contract, encoder), Path(folder) / "vectors")
        between = time.perf_counter()
        found = pairs(texts.vectors, threshold, kill, keep=texts.keep, work=work_on(cluster))
        done = time.perf_counter()
    ids = tuple(documents[key].id for key in found.keys.ravel().tolist())
    return Result(name, between - begun, done - between, found, ids)


@contextmanager
def nodes(count: int) -> Iterator[tuple[RayCluster, Any]]:
    """A cluster whose head does no work, with so many workers of one processor; yields the last of them too."""
    from ray.cluster_utils import Cluster as Machines

    head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
    machines = Machines(initialize_head=True, head_node_args=head)
    try:
        workers = [machines.add_node(num_cpus=1, object_store_memory=STORE) for _ in range(count)]
        os.environ["RAY_ADDRESS"] = machines.address
        with connected("ray") as cluster:
            assert cluster is not None
            yield cluster, workers[-1]
    finally:
        os.environ.pop("RAY_ADDRESS", None)
        machines.shutdown()


def equal(one: Result, other: Result) -> bool:
    same = np.array_equal(one.found.keys, other.found.keys) and np.array_equal(one.found.scores, other.found.scores)
    return bool(same) and one.ids == other.ids and one.found.certificate == other.found.certificate


def show(result: Result, first: Result) -> None:
    said = "" if result is first else f"  ids, pairs, scores, certificate equal: {equal(first, result)}"
    seconds = f"{result.encoding:>10.1f}{result.comparing:>11.1f}"
    print(f"{result.name:<32}{seconds}{len(result.found.keys):>9,}{said}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--texts", type=int, default=200_000)
    parser.add_argument("--threshold", type=float, default=0.9)
    given = parser.parse_args()
    os.environ.update({**SETTINGS, **ALONE})
    os.environ.setdefault("ASKEW_CACHE", tempfile.mkdtemp())
    documents = made(given.texts)
    print(f"{given.texts:,} texts, {MODEL}, threshold {given.threshold}")
    print(f"{'':<32}{'encode s':>10}{'compare s':>11}{'pairs':>9}")
    first = measured("this machine", documents, given.threshold, None)
    show(first, first)
    results = []
    with nodes(1) as (cluster, _):
        results.append(measured("one worker", documents, given.threshold, cluster))
        show(results[-1], first)
    with nodes(2) as (cluster, last):
        results.append(measured("two workers", documents, given.threshold, cluster))
        show(results[-1], first)
        results.append(measured("two workers, one killed", documents, given.threshold, cluster, last))
        show(results[-1], first)
    print(first.found.certificate)
    finish(
        [Goal(f"{result.name}: results that differ", int(not equal(first, result)), 0, most=True) for result in results]
    )


if __name__ == "__main__":
    main()
