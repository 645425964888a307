"""Two serving processes and a writer on one object storage: throughput, versions, and the memory of compaction.

SeaweedFS runs on this machine, with a volume server for each of `--volumes`. Every process has a folder of its own for
derived data, as if it were another machine. The writer stores passages, then writes some of them anew in transactions
that also raise the number in two marked documents; the servers search by vector, by words and by both, and compare,
within one snapshot, what the marked documents say in text, vector and words. At the end the writer compacts, and a
fourth process loses its life in the middle of writing, again and again.

    python benchmarks/object_storage.py [--rows 20000] [--dim 384] [--seconds 20] [--volumes 0] [--kills 5]
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from helpers.object_storage import BUCKET, object_storage  # noqa: E402

from askew.stores import Entry, Layout, Store  # noqa: E402
from askew.stores.lance import engine  # noqa: E402
from askew.types import Document, Passage  # noqa: E402

NAME = "benchmark"
URL = f"s3://{BUCKET}/benchmark"
WORDS = [f"word{number}" for number in range(5000)]
BATCH = 2000
MARKED = ("marked-a", "marked-b")
CHANGED = 50
"""Passages written anew in each transaction."""


def entry(id: str, text: str, vector: np.ndarray) -> Entry:
    passage = Passage(id, 0, 0, len(text), text, "")
    return Entry(Document(id, text), "digest", [passage], vector.reshape(1, -1), 8, 8)


def drawn(rng: np.random.Generator, ids: list[str], dim: int) -> Iterator[Entry]:
    vectors = rng.standard_normal((len(ids), dim)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    for id, vector in zip(ids, vectors, strict=True):
        yield entry(id, " ".join(rng.choice(WORDS, 40)), vector)


def marked(turn: int, dim: int) -> list[Entry]:
    return [entry(id, f"turn{turn}", np.eye(1, dim, dtype=np.float32) * turn) for id in MARKED]


def memory() -> tuple[int, int]:
    """Return the peak of this process's memory, and the memory now, in MB; Linux only."""
    lines = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return tuple(int(lines[name].split()[0]) // 1024 for name in ("VmHWM", "VmRSS"))


def reset_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def serve(dim: int, seconds: float, report: Path) -> None:
    begun = time.perf_counter()
    store = engine.opened(URL, NAME)
    store.nearest(np.ones((1, dim), np.float32), 1)
    told = {"cold_seconds": round(time.perf_counter() - begun, 2), "rows": store.count(), "torn": 0}
    report.with_suffix(".ready").write_text("")
    rng, times, turns = np.random.default_rng(os.getpid()), {"dense": [], "lexical": [], "both": []}, set()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for kind, taken in times.items():
            query, words = rng.standard_normal((1, dim)).astype(np.float32), " ".join(rng.choice(WORDS, 2))
            at = time.perf_counter()
            with store.snapshot():
                if kind != "lexical":
                    store.nearest(query, 10)
                if kind != "dense":
                    store.lexical(words, 10)
            taken.append(time.perf_counter() - at)
        found = versions(store)
        told["torn"] += len(found) != 1
        turns |= found
    told |= {f"{kind}_ms": round(1000 * float(np.median(taken)), 1) for kind, taken in times.items()}
    told |= {"queries_per_second": round(sum(map(len, times.values())) / seconds, 1), "versions_seen": len(turns)}
    told["peak_mb"] = memory()[0]
    report.write_text(json.dumps(told))


def versions(store: Store) -> set[int]:
    """The turns that the marked documents speak of in one snapshot, by text, vector, words and note."""
    with store.snapshot():
        found = {int(one.text.removeprefix("turn")) for one in store.documents(MARKED)}
        keys = [key for extent in store.extents(MARKED) for key in extent]
        found |= {int(row[0]) for row in store.vectors(keys)}
        found.add(int(store.note("turn")))
        words = store.lexical(f"turn{min(found)}", 5).keys[0].tolist()
    return found if sorted(words) == sorted(keys) else found | {-1}


def die(dim: int) -> None:
    """Write for ever, and say what is acknowledged."""
    rng, store = np.random.default_rng(os.getpid()), engine.opened(URL, NAME, writable=True, wait=60)
    turn = int(store.note("turn"))
    while True:
        turn += 1
        change(store, turn, rng, dim, store.sizes().documents - len(MARKED))
        print(turn, flush=True)


def change(store: Store, turn: int, rng: np.random.Generator, dim: int, rows: int) -> None:
    ids = [f"d{number}" for number in rng.choice(rows, CHANGED, replace=False)]
    with store.transaction():
        store.write([*drawn(rng, ids, dim), *marked(turn, dim)])
        store.set_note("turn", str(turn))


def loaded(rows: int, dim: int) -> Store:
    rng, store = np.random.default_rng(1), engine.create(URL, NAME, Layout(dim, "benchmark"))
    begun, cpu = time.perf_counter(), time.process_time()
    with store.transaction():
        store.write(marked(1, dim))
        store.set_note("turn", "1")
    for start in range(0, rows, BATCH):
        store.write(list(drawn(rng, [f"d{number}" for number in range(start, min(start + BATCH, rows))], dim)))
    print(f"load: {rows:,} passages of {dim} dimensions in {time.perf_counter() - begun:.1f} s "
          f"({time.process_time() - cpu:.1f} s of processor time), {store.sizes().bytes / 1e6:.0f} MB")  # fmt: skip
    return store


def started(kind: str, cache: Path, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, __file__, "--process", kind, *map(str, arguments)]
    environment = {**os.environ, "ASKEW_CACHE": str(cache)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("rows", 20_000), ("dim", 384), ("seconds", 20), ("volumes", 0), ("kills", 5)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--process", nargs="+", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.process:
        kind, dim, *rest = given.process
        serve(int(dim), float(rest[0]), Path(rest[1])) if kind == "serve" else die(int(dim))
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        with object_storage(folder / "storage", given.volumes) as running:
            os.environ |= running.environment | {"ASKEW_CACHE": str(folder / "writer")}
            measure(given, folder)


def measure(given: argparse.Namespace, folder: Path) -> None:
    store = loaded(given.rows, given.dim)
    reports = [folder / f"server{number}.json" for number in range(2)]
    servers = [
        started("serve", folder / f"cache{number}", given.dim, given.seconds, report)
        for number, report in enumerate(reports)
    ]
    while not all(report.with_suffix(".ready").exists() for report in reports):
        time.sleep(0.1)
    rng, turn, begun = np.random.default_rng(2), 1, time.monotonic()
    while any(server.poll() is None for server in servers):
        turn += 1
        change(store, turn, rng, given.dim, given.rows)
        if turn % 20 == 0:
            store.optimise()
    seconds = time.monotonic() - begun
    print(f"writer beside two servers: {(turn - 1) / seconds:.1f} transactions a second of {CHANGED} passages each")
    for number, report in enumerate(reports):
        print(f"server {number + 1}: {report.read_text()}")
    compaction(store, given)
    store.close()
    print(f"kill -9: {kills(given, folder)}")


def compaction(store: Store, given: argparse.Namespace) -> None:
    """Write a tenth of the passages anew in small batches, and compact."""
    rng = np.random.default_rng(3)
    for start in range(0, given.rows // 10, 500):
        store.write(list(drawn(rng, [f"d{number}" for number in range(start, start + 500)], given.dim)))
    reset_peak()
    before, begun = memory()[1], time.perf_counter()
    store.optimise()
    seconds, peak, sizes = time.perf_counter() - begun, memory()[0], store.sizes()
    print(
        f"compaction: {seconds:.1f} s, memory {before} MB before, {peak} MB at its peak; {sizes.passages:,} passages, "
        f"{sizes.bytes / 1e6:.0f} MB, problems found: {store.check(quick=True)}"
    )


def kills(given: argparse.Namespace, folder: Path) -> dict[str, int]:
    """Kill a writer at moments that are drawn, and compare what it acknowledged with what is there."""
    rng = np.random.default_rng(4)
    found = {"kills": given.kills, "acknowledged": 0, "lost": 0, "torn": 0, "problems": 0}
    for _ in range(given.kills):
        process = started("die", folder / "dying", given.dim)
        assert process.stdout is not None
        first = int(process.stdout.readline())
        time.sleep(float(rng.uniform(0, 3)))
        process.send_signal(signal.SIGKILL)
        acknowledged = [first, *map(int, process.stdout.read().split())]
        process.wait()
        store = engine.opened(URL, NAME)
        turns = versions(store)
        found["acknowledged"] += len(acknowledged)
        found["lost"] += max(turns) < max(acknowledged)
        found["torn"] += len(turns) != 1
        found["problems"] += len(store.check())
        store.close()
    return found


if __name__ == "__main__":
    main()
