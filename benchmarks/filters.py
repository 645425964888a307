"""One query among 100,000 passages of which a filter keeps few: askew against LanceDB and Chroma, in one run.

Every engine holds the same made vectors (`synthetic.py`) with the same four fields (`filter_engines.py`) and is asked
the same queries, one at a time, in a process of its own, one engine after the other. Three fields correlate with
nothing; query i asks for value i of as many as there are. So each engine finds the kept rows anew for every query,
but for half of the passages and the far ones: those are one or two filters, which a cache may answer. askew holds the
fields in memory by then, as a server does after a few queries, and LanceDB its scalar indices.
The fourth field keeps the clusters that are farthest from every query: of the nearest neighbours it keeps none.

Where askew searches exactly and a filter keeps half of the rows or all, it is a plain exact scan, which compares the
query with every vector. An index compares it with few, so those rows race the peer that scans too; the printed times
show them against all.

Recall is that of the ten nearest among the kept rows, found by numpy. A peer's own setting is the fastest on its ladder
with which it finds 99 %, sought for each filter anew and on the very queries that are then timed, which favours it.
askew tunes itself and never sees them. Everything was asked once before the clock runs.

    python benchmarks/filters.py [--rows 100000] [--queries 200] [--peers lancedb-flat chroma]
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from filter_engines import ENGINES, Fields, Filter, Ids, Ready
from goals import Goal, finish
from scale import DIM, RECALL, K, Matrix
from synthetic import Mixture

OURS = ["askew", "askew-approximate"]
PEERS = [name for name in ENGINES if name not in OURS]
SCANS = ["askew", "lancedb-scan"]
"""They compare the query with every vector, where a filter keeps many."""
ROUNDS, ENOUGH = 3, 5.0
"""The queries are timed three times over, or once where that takes so many seconds."""
CLUSTERS = 2000
FAR = 0.01
"""The share of the rows that the fourth filter keeps."""
THREADS = "2"
POOLS = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "TOKIO_WORKER_THREADS", "LANCE_CPU_THREADS"]


@dataclass(frozen=True)
class Case:
    """Query i keeps `kept` of the values of a field, from the i-th on. many: half of the rows or more."""

    name: str
    title: str
    field: str = ""
    domain: int = 1
    kept: int = 1
    many: bool = False

    def filter(self, query: int) -> Filter:
        values = tuple((query + step) % self.domain for step in range(self.kept))
        return Filter(self.field, values) if self.field else Filter()


CASES = [
    Case("all", "no filter", many=True),
    Case("half", "50 %", "half", 2, many=True),
    Case("fifty", "50 %, 50 of 100 values", "hundredth", 100, 50, many=True),
    Case("hundredth", "1 %", "hundredth", 100),
    Case("thousandth", "0.1 %", "thousandth", 1000),
    Case("far", "1 %, far from the query", "far"),
]


@dataclass(frozen=True)
class Result:
    engine: str
    case: str
    p50: float
    p95: float
    recall: float
    note: str

    def line(self) -> str:
        title = next(case.title for case in CASES if case.name == self.case)
        return f"{self.engine:<19}{title:<25}{self.p50:>9.3f}{self.p95:>9.3f}{self.recall:>9.4f}  {self.note}"


HEAD = f"{'':<44}{'p50 ms':>9}{'p95 ms':>9}{'recall':>9}"


def fields_of(vectors: Matrix, queries: Matrix) -> Fields:
    rng = np.random.default_rng(7)
    even = {"half": 2, "hundredth": 100, "thousandth": 1000}
    found = {name: rng.permutation(len(vectors)) % domain for name, domain in even.items()}
    return {**found, "far": far_of(vectors, queries, rng)}


def far_of(vectors: Matrix, queries: Matrix, rng: np.random.Generator) -> Ids:
    """0 for a hundredth of the rows, whole clusters with nothing near any query; 1 for the others."""
    centres = vectors[rng.choice(len(vectors), min(CLUSTERS, len(vectors) // 10), replace=False)]
    parts = np.array_split(vectors, 20)
    cluster = np.concatenate([(part @ centres.T).argmax(axis=1) for part in parts])
    closest = np.full(len(centres), -1.0, np.float32)  # of its rows to any query
    np.maximum.at(closest, cluster, np.concatenate([(part @ queries.T).max(axis=1) for part in parts]))
    found = np.ones(len(vectors), np.int64)
    found[np.argsort(closest[cluster], kind="stable")[: int(FAR * len(vectors))]] = 0
    return found


def truths(vectors: Matrix, fields: Fields, queries: Matrix) -> dict[str, Ids]:
    """For each case the nearest of the kept rows, (queries, K), best first, filled up with -1."""
    found = {case.name: np.full((len(queries), K), -1, np.int64) for case in CASES}
    for i, query in enumerate(queries):
        scores = vectors @ query
        for case in CASES:
            kept = case.filter(i)
            rows = np.flatnonzero(np.isin(fields[kept.field], kept.values)) if kept.field else np.arange(len(scores))
            best = rows[np.argsort(-scores[rows], kind="stable")[:K]]
            found[case.name][i, : len(best)] = best
    return found


def nearer(vectors: Matrix, queries: Matrix, truth: Ids) -> Ids:
    """For each query, how many rows are nearer than the nearest of the kept ones."""
    best = np.einsum("ij,ij->i", vectors[truth[:, 0]], queries)
    return np.array([np.count_nonzero(vectors @ query > bar) for query, bar in zip(queries, best, strict=True)])


def recall_of(ready: Ready, case: Case, knob: int, queries: Matrix, truth: Ids) -> float:
    hits = (np.isin(truth[i], ready.search(queries[i : i + 1], case.filter(i), knob)) for i in range(len(queries)))
    return float(sum(hit.sum() for hit in hits)) / np.count_nonzero(truth >= 0)


def tuned(ready: Ready, case: Case, queries: Matrix, truth: Ids) -> tuple[int, float]:
    """The first of the knobs that finds enough, or the last, and its recall."""
    recalls: dict[int, float] = {}

    def enough(place: int) -> bool:
        recalls[place] = recall_of(ready, case, ready.knobs[place], queries, truth)
        return recalls[place] >= RECALL

    last = len(ready.knobs) - 1
    place = bisect_left(range(last), True, key=enough)
    if place not in recalls:
        enough(place)
    return ready.knobs[place], recalls[place]


def timed(ready: Ready, case: Case, knob: int, queries: Matrix) -> list[float]:
    """Milliseconds."""
    ready.search(queries[:1], case.filter(0), knob)  # a knob that was not the last one tried takes effect here
    taken: list[float] = []
    for _ in range(ROUNDS):
        for i in range(len(queries)):
            start = time.perf_counter()
            ready.search(queries[i : i + 1], case.filter(i), knob)
            taken.append(1000 * (time.perf_counter() - start))
        if sum(taken) > 1000 * ENOUGH:
            break
    return taken


def child(engine: str, work: Path) -> None:
    """Leaves the results in the folder `work`; its parent put the vectors, fields, queries and answers there."""
    queries, fields = np.load(work / "queries.npy"), dict(np.load(work / "fields.npz"))
    vectors = np.asarray(np.memmap(work / "vectors.f32", "<f4", "r")).view(np.ndarray).reshape(-1, DIM)
    (work / "index").mkdir()
    ready, truth = ENGINES[engine](vectors, fields, work / "index"), np.load(work / "truths.npz")
    print(f"{engine} built in {ready.build:.1f} s", flush=True)
    results = []
    for case in CASES:
        knob, recall = tuned(ready, case, queries, truth[case.name])
        p50, p95 = np.percentile(timed(ready, case, knob, queries), [50, 95])
        note = f"{ready.knob} {knob}" if knob else ""
        results.append(Result(engine, case.name, float(p50), float(p95), recall, note))
        print(results[-1].line(), flush=True)
    (work / "results.json").write_text(json.dumps([asdict(result) for result in results]))


def run(engine: str, work: Path) -> list[Result]:
    """Nothing where the engine failed."""
    command = [sys.executable, "-W", "ignore", __file__, "--child", engine, str(work)]
    quiet = {"RUST_LOG": "error", "LANCE_LOG": "error"}
    environment = {**os.environ, **quiet, **dict.fromkeys(POOLS, THREADS)}
    ended = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True)
    shutil.rmtree(work / "index", ignore_errors=True)
    if ended.returncode:
        print(f"{engine} failed: {(ended.stderr.strip() or 'no word').splitlines()[-1]}", flush=True)
        return []
    return [Result(**result) for result in json.loads((work / "results.json").read_text())]


def goals(results: list[Result]) -> list[Goal]:
    found = []
    for ours in OURS:
        own = {result.case: result for result in results if result.engine == ours}
        found.append(Goal(f"{ours}-recall", min(result.recall for result in own.values()), RECALL))
        for case in CASES:
            # A peer that falls short of the recall is not in the race, however fast.
            able = [each for each in results if each.case == case.name and each.recall >= RECALL]
            plain = ours in SCANS and case.many
            peers = [each.p50 for each in able if each.engine in (SCANS if plain else PEERS) and each.engine != ours]
            if peers:
                name = f"{ours}-{case.name}" + (" (a plain exact scan, against scans)" if plain else "")
                found.append(Goal(name, min(peers) / own[case.name].p50, 1, "x"))
    return found


def prepare(work: Path, rows: int, count: int) -> None:
    Mixture(DIM).write(work / "vectors.f32", rows)
    vectors, queries = np.fromfile(work / "vectors.f32", "<f4").reshape(rows, DIM), Mixture(DIM).queries(count)
    fields = fields_of(vectors, queries)
    truth = truths(vectors, fields, queries)
    np.save(work / "queries.npy", queries)
    np.savez(work / "fields.npz", **fields)
    np.savez(work / "truths.npz", **truth)
    passed = nearer(vectors, queries, truth["far"])
    print(f"{rows:,} x {DIM}, {count} fresh queries, {K} nearest, {THREADS} threads")
    print(f"far: {np.median(passed):,.0f} passages are nearer than the first kept one, {passed.min():,} at least")
    print(f"\n{HEAD}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--child", nargs=2, metavar=("ENGINE", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], Path(given.child[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder), given.rows, given.queries)
        results = [result for engine in [*OURS, *given.peers] for result in run(engine, Path(folder))]
    if missing := set(OURS) - {result.engine for result in results}:
        sys.exit(f"{' and '.join(sorted(missing))} did not finish")
    finish(goals(results))


if __name__ == "__main__":
    main()
