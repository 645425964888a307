"""Texts encoded and all pairs compared: here, on a Ray cluster of one worker and of two, and with one of two killed.

The texts are made; one in five is an earlier one with a word changed. The cluster's nodes are processes of this machine
with one processor each, on the loopback interface, or with --namespaces (as root on Linux) each worker in a network
namespace of its own, with its own address, behind a bridge. The first seconds of each cluster start its workers: to
warm them up before the clock starts would hide what a user waits for. Ids, pairs, scores and certificate must be equal.

    python benchmarks/cluster.py [--texts 200000] [--threshold 0.9] [--namespaces]
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
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

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
STORE = 1 << 30
"""Bytes of a node's object store; what does not fit goes to disk."""
BRIDGE, NETWORK = "askew0", "10.77.0"
HEAD = f"{NETWORK}.254"
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
    name: str,
    documents: list[Document],
    threshold: float,
    cluster: RayCluster | None,
    lose: Callable[[], bool] | None = None,
) -> Result:
    """lose: kills a worker, which happens on the way, and returns whether it still ran."""
    contract, encoder = Contract.for_task(TASK, model=MODEL)

    def kill(step: Progress) -> None:
        if lose and step.done > KILLED * step.total and lose():
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
def nodes(count: int) -> Iterator[tuple[RayCluster, Callable[[], bool]]]:
    """A cluster whose head does no work, with so many workers of one processor; yields what kills the last one too."""
    from ray.cluster_utils import Cluster as Machines

    head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False}
    machines = Machines(initialize_head=True, head_node_args=head)

    def lose() -> bool:
        raylets = [process for kind, process in workers[-1].live_processes() if kind == "raylet"]
        if not raylets or raylets[0].poll() is not None:
            return False
        os.kill(raylets[0].pid, signal.SIGKILL)
        return True

    try:
        workers = [machines.add_node(num_cpus=1, object_store_memory=STORE) for _ in range(count)]
        os.environ["RAY_ADDRESS"] = machines.address
        with connected("ray") as cluster:
            assert cluster is not None
            yield cluster, lose
    finally:
        os.environ.pop("RAY_ADDRESS", None)
        machines.shutdown()


def call(*command: object) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)


@contextmanager
def network(count: int) -> Iterator[list[str]]:
    """A bridge and so many network namespaces behind it; yields their names. The n-th has the address NETWORK.n."""
    names = [f"askew{number}" for number in range(1, count + 1)]
    with ExitStack() as made:
        call("ip", "link", "add", BRIDGE, "type", "bridge")
        made.callback(call, "ip", "link", "del", BRIDGE)
        call("ip", "addr", "add", f"{HEAD}/24", "dev", BRIDGE)
        call("ip", "link", "set", BRIDGE, "up")
        for number, name in enumerate(names, 1):
            call("ip", "netns", "add", name)
            made.callback(call, "ip", "netns", "del", name)
            call("ip", "link", "add", f"{name}out", "type", "veth", "peer", "name", "eth0", "netns", name)
            call("ip", "link", "set", f"{name}out", "master", BRIDGE, "up")
            call("ip", "-n", name, "addr", "add", f"{NETWORK}.{number}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                call("ip", "-n", name, "link", "set", device, "up")
        yield names


@contextmanager
def apart(count: int) -> Iterator[tuple[RayCluster, Callable[[], bool]]]:
    """The same as `nodes`, with each worker in a network namespace of its own."""
    from ray.cluster_utils import Cluster as Machines

    with network(count) as names:
        head = {"num_cpus": 0, "object_store_memory": STORE, "include_dashboard": False, "node_ip_address": HEAD}
        machines = Machines(initialize_head=True, head_node_args=head)
        try:
            for number, name in enumerate(names, 1):
                join(name, f"{NETWORK}.{number}", machines.address)
            os.environ["RAY_ADDRESS"] = machines.address
            wait_for(count)
            with connected("ray") as cluster:
                assert cluster is not None
                yield cluster, lambda: stopped(names[-1])
        finally:
            os.environ.pop("RAY_ADDRESS", None)
            for name in names:
                stopped(name)
            machines.shutdown()


def join(name: str, own: str, address: str) -> None:
    """Start a worker in a namespace."""
    ray = shutil.which("ray", path=str(Path(sys.executable).parent))
    settings = ["--disable-usage-stats", f"--object-store-memory={STORE}", f"--node-ip-address={own}", "--num-cpus=1"]
    call("ip", "netns", "exec", name, ray, "start", f"--address={address}", *settings)


def stopped(name: str) -> bool:
    """Kill every process of a namespace, and return whether there was one."""
    inside = subprocess.run(["ip", "netns", "pids", name], capture_output=True, text=True, check=True).stdout.split()
    for process in inside:
        with suppress(ProcessLookupError):
            os.kill(int(process), signal.SIGKILL)
    return bool(inside)


def wait_for(count: int) -> None:
    """Wait until so many workers are part of the cluster."""
    import ray

    ray.init(os.environ["RAY_ADDRESS"], logging_level="ERROR", log_to_driver=False)
    try:
        for _ in range(600):
            if ray.cluster_resources().get("CPU", 0) >= count:
                return
            time.sleep(0.1)
    finally:
        ray.shutdown()
    sys.exit("The workers have not joined the cluster.")


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
    parser.add_argument("--namespaces", action="store_true", help="a network namespace for each worker; needs root")
    given = parser.parse_args()
    os.environ.update({**SETTINGS, **ALONE})
    if given.namespaces:
        os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "1"  # otherwise Ray keeps to the loopback interface
    os.environ.setdefault("ASKEW_CACHE", tempfile.mkdtemp())
    documents = made(given.texts)
    print(f"{given.texts:,} texts, {MODEL}, threshold {given.threshold}")
    print(f"{'':<32}{'encode s':>10}{'compare s':>11}{'pairs':>9}")
    first = measured("this machine", documents, given.threshold, None)
    show(first, first)
    results = []
    workers = apart if given.namespaces else nodes
    with workers(1) as (cluster, _):
        results.append(measured("one worker", documents, given.threshold, cluster))
        show(results[-1], first)
    with workers(2) as (cluster, lose):
        results.append(measured("two workers", documents, given.threshold, cluster))
        show(results[-1], first)
        results.append(measured("two workers, one killed", documents, given.threshold, cluster, lose))
        show(results[-1], first)
    print(first.found.certificate)
    finish(
        [Goal(f"{result.name}: results that differ", int(not equal(first, result)), 0, most=True) for result in results]
    )


if __name__ == "__main__":
    main()
