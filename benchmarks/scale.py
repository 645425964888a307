"""One query among a million vectors: askew against hnswlib, usearch, zvec, LanceDB and Chroma at the same recall.

The vectors are made (`synthetic.py`), 384 wide, and lie in one file that every engine reads; each engine has a
process to itself, one after the other. A peer's own knob is stepped up until it finds 99 % of the ten nearest; that
is done on the very queries it is then timed on, which favours it. askew tunes itself when it builds and never sees
them. Queries come one at a time and are all searched once before the clock runs. Ten million rows:

    python benchmarks/scale.py --rows 10000000 --askew int8 --peers
"""

import argparse
import gc
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from goals import Goal, finish
from numpy.typing import NDArray
from synthetic import Mixture

DIM, K, QUERIES, ROUNDS, RECALL = 384, 10, 500, 3, 0.99
BATCH = 20_000
KNOBS = [10, 15, 20, 30, 40, 50, 60, 80, 100, 120, 150, 180, 220, 270, 330, 400, 500, 600, 800, 1000]
PEERS = ["hnswlib", "usearch", "zvec", "lancedb-rq", "lancedb-flat", "chroma"]
OURS = ["askew exact", "askew", "int8", "binary"]

Matrix = NDArray[np.float32]
Search = Callable[[Matrix], Any]


@dataclass
class Built:
    """An engine that is ready: `search(query, knob)` gives ids. load: seconds to take the vectors in."""

    search: Callable[[Matrix, int], NDArray[np.int64]]
    load: float
    index: float
    knobs: list[int] = field(default_factory=lambda: [0])
    note: str = ""


@dataclass
class Result:
    engine: str
    load: float
    index: float
    peak: float
    own: float
    p50: float
    p95: float
    recall: float
    disk: int
    note: str = ""

    def line(self) -> str:
        return (
            f"{self.engine:<13}{self.load:>8.1f}{self.index:>9.1f}{self.peak:>9.2f}{self.own:>8.2f}"
            f"{self.p50:>9.3f}{self.p95:>9.3f}{self.recall:>9.4f}{self.disk / 1e9:>8.2f}  {self.note}"
        )


HEAD = (
    f"{'':<13}{'load s':>8}{'index s':>9}{'peak GB':>9}{'own GB':>8}"
    f"{'p50 ms':>9}{'p95 ms':>9}{'recall':>9}{'disk GB':>8}"
)


def askew_store(vectors: Matrix, folder: Path, approximate: bool, precision: str = "float32") -> Built:
    from askew.quantisation import Precision
    from askew.stores import Entry
    from askew.stores.local.store import LocalStore
    from askew.types import Document, Passage

    def entry(row: int) -> Entry:
        name = str(row)
        return Entry(Document(name, name), name, [Passage(name, 0, 0, len(name), name)], vectors[row : row + 1], 1, 1)

    start = time.perf_counter()
    store = LocalStore.create(folder / "store", DIM, "{}", precision=Precision(precision))
    for low in range(0, len(vectors), BATCH):
        store.write([entry(row) for row in range(low, min(low + BATCH, len(vectors)))])
    loaded = time.perf_counter()
    note = "every vector compared"
    if approximate:
        store.optimise()
        facts = store.facts()
        if facts["method"] == "exact":
            note = f"exact is fast enough for {len(vectors):,} rows, no index was built"
        else:
            note = f"{facts['method']}, measured {facts.get('recall')} when built"
    index = time.perf_counter() - loaded
    # The keys of a new store are its rows.
    return Built(lambda query, _: store.nearest(query, K).keys[0], loaded - start, index, note=note)


def hnswlib(vectors: Matrix, folder: Path) -> Built:
    import hnswlib as peer

    start = time.perf_counter()
    index = peer.Index("ip", DIM)
    index.init_index(len(vectors), M=16, ef_construction=200, random_seed=1)
    index.set_num_threads(os.cpu_count() or 1)
    for low in range(0, len(vectors), BATCH):
        index.add_items(vectors[low : low + BATCH], np.arange(low, min(low + BATCH, len(vectors))))
    taken = time.perf_counter() - start
    index.save_index(str(folder / "index"))

    def search(query: Matrix, knob: int) -> NDArray[np.int64]:
        index.set_ef(knob)
        return np.asarray(index.knn_query(query, K, num_threads=1)[0][0], np.int64)

    return Built(search, 0.0, taken, KNOBS, "ef")


def usearch(vectors: Matrix, folder: Path) -> Built:
    from usearch.index import Index

    start = time.perf_counter()
    index = Index(ndim=DIM, metric="ip", dtype="f16", connectivity=16, expansion_add=200)
    for low in range(0, len(vectors), BATCH):
        high = min(low + BATCH, len(vectors))
        index.add(np.arange(low, high), vectors[low:high], threads=os.cpu_count() or 1)
    taken = time.perf_counter() - start
    index.save(str(folder / "index"))

    def search(query: Matrix, knob: int) -> NDArray[np.int64]:
        index.expansion_search = knob
        return np.asarray(index.search(query[0], K, threads=1).keys, np.int64)

    return Built(search, 0.0, taken, KNOBS, "f16, ef")


def zvec(vectors: Matrix, folder: Path) -> Built:
    import zvec as peer

    start = time.perf_counter()
    index = peer.HnswIndexParam(metric_type=peer.MetricType.IP, m=16, ef_construction=200)
    column = peer.VectorSchema("vector", peer.DataType.VECTOR_FP32, dimension=DIM, index_param=index)
    collection = peer.create_and_open(str(folder / "zvec"), peer.CollectionSchema("vectors", vectors=column))
    for low in range(0, len(vectors), 1000):
        rows = range(low, min(low + 1000, len(vectors)))
        collection.insert([peer.Doc(id=str(row), vectors={"vector": vectors[row].tolist()}) for row in rows])
    loaded = time.perf_counter()
    collection.optimize()
    taken = time.perf_counter() - loaded

    def search(query: Matrix, knob: int) -> NDArray[np.int64]:
        how = peer.HnswQueryParam(ef=knob)
        found = collection.query(peer.Query("vector", vector=query[0].tolist(), param=how), topk=K)
        return np.array([int(one.id) for one in found], np.int64)

    return Built(search, loaded - start, taken, KNOBS, "ef")


def lancedb(vectors: Matrix, folder: Path, kind: str) -> Built:
    import lancedb as peer
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        for low in range(0, len(vectors), BATCH):
            part = vectors[low : low + BATCH]
            rows = pa.FixedSizeListArray.from_arrays(pa.array(part.ravel()), DIM)
            ids = pa.array(np.arange(low, low + len(part)))
            yield pa.RecordBatch.from_arrays([ids, rows], ["id", "vector"])

    start = time.perf_counter()
    schema = pa.schema([("id", pa.int64()), ("vector", pa.list_(pa.float32(), DIM))])
    reader = pa.RecordBatchReader.from_batches(schema, batches())
    table = peer.connect(folder).create_table("vectors", reader)
    loaded = time.perf_counter()
    lists = max(1, int(len(vectors) ** 0.5))
    table.create_index(metric="dot", index_type=kind, num_partitions=lists)
    index = time.perf_counter() - loaded

    def search(query: Matrix, knob: int) -> NDArray[np.int64]:
        asked = table.search(query[0]).distance_type("dot").nprobes(knob).limit(K)
        asked = asked.refine_factor(10) if kind == "IVF_RQ" else asked
        return np.asarray(asked.select(["id", "_distance"]).to_arrow()["id"].to_numpy())

    return Built(search, loaded - start, index, [knob for knob in KNOBS if knob <= lists], "nprobes")


def chroma(vectors: Matrix, folder: Path) -> Built:
    import chromadb as peer
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    def opened() -> Any:
        return peer.PersistentClient(str(folder), Settings(anonymized_telemetry=False))

    start = time.perf_counter()
    client = opened()
    hnsw = {"space": "ip", "max_neighbors": 16, "ef_construction": 100, "sync_threshold": 100_000}
    collection = client.create_collection("vectors", configuration={"hnsw": hnsw}, embedding_function=None)
    most = min(5000, client.get_max_batch_size())
    for low in range(0, len(vectors), most):
        part = vectors[low : low + most]
        collection.add(ids=[str(row) for row in range(low, low + len(part))], embeddings=part)
    taken = time.perf_counter() - start
    current = {"collection": collection, "knob": 0}
    del client, collection

    def search(query: Matrix, knob: int) -> NDArray[np.int64]:
        if current["knob"] != knob:
            # It takes a new knob only when it opens anew, and opens anew only when nothing holds the old client.
            current.pop("collection").modify(configuration={"hnsw": {"ef_search": knob}})
            gc.collect()
            SharedSystemClient.clear_system_cache()
            again = opened().get_collection("vectors", embedding_function=None)
            current.update(collection=again, knob=knob)
        found = current["collection"].query(query_embeddings=query, n_results=K, include=["distances"])
        return np.array([int(name) for name in found["ids"][0]])

    return Built(search, 0.0, taken, [knob for knob in KNOBS if knob >= 60], "ef")


ENGINES: dict[str, Callable[[Matrix, Path], Built]] = {
    "askew exact": lambda vectors, folder: askew_store(vectors, folder, approximate=False),
    "askew": lambda vectors, folder: askew_store(vectors, folder, approximate=True),
    "int8": lambda vectors, folder: askew_store(vectors, folder, True, "int8"),
    "binary": lambda vectors, folder: askew_store(vectors, folder, True, "binary"),
    "hnswlib": hnswlib,
    "usearch": usearch,
    "zvec": zvec,
    "lancedb-rq": lambda vectors, folder: lancedb(vectors, folder, "IVF_RQ"),
    "lancedb-flat": lambda vectors, folder: lancedb(vectors, folder, "IVF_FLAT"),
    "chroma": chroma,
}


@contextmanager
def watched(peak: list[float]) -> Iterator[None]:
    """Puts the most memory of the process's own, files that it mapped not counted, into `peak`, in GB."""
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.05):
            status = Path("/proc/self/status").read_text("ascii")
            own = next(line for line in status.splitlines() if line.startswith("RssAnon"))
            peak[0] = max(peak[0], int(own.split()[1]) / 1e6)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def nearest(vectors: Matrix, queries: Matrix) -> NDArray[np.int64]:
    """Return the rows of the K highest inner products of each query, found block by block."""
    scores, rows = np.empty((len(queries), 0), np.float32), np.empty((len(queries), 0), np.int64)
    for low in range(0, len(vectors), 10 * BATCH):
        made = queries @ vectors[low : low + 10 * BATCH].T
        scores = np.concatenate([scores, made], axis=1)
        rows = np.concatenate([rows, np.broadcast_to(low + np.arange(made.shape[1]), made.shape)], axis=1)
        best = np.argpartition(-scores, K, axis=1)[:, :K]
        scores, rows = np.take_along_axis(scores, best, 1), np.take_along_axis(rows, best, 1)
    return rows


def recall_of(built: Built, knob: int, queries: Matrix, truth: NDArray[np.int64]) -> float:
    hits = (np.isin(built.search(queries[i : i + 1], knob), truth[i]).sum() for i in range(len(queries)))
    return float(sum(hits)) / (len(queries) * K)


def timed(built: Built, knob: int, queries: Matrix) -> list[float]:
    taken = []
    for _ in range(ROUNDS if built.knobs != [0] or "measured" in built.note else 1):
        for i in range(len(queries)):
            start = time.perf_counter()
            built.search(queries[i : i + 1], knob)
            taken.append(1000 * (time.perf_counter() - start))
    return taken


def measure(engine: str, vectors: Matrix, work: Path) -> Result:
    folder = work / "index"
    folder.mkdir()
    queries, peak = Mixture(DIM).queries(QUERIES), [0.0]
    with watched(peak):
        built = ENGINES[engine](vectors, folder)
        truth = np.load(work / "truth.npy")
        for knob in built.knobs:
            recall = recall_of(built, knob, queries, truth)
            if recall >= RECALL:
                break
        taken = timed(built, knob, queries)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    disk = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    p50, p95 = np.percentile(taken, [50, 95])
    note = f"{built.note} {knob}" if knob else built.note
    return Result(engine, built.load, built.index, most, peak[0], float(p50), float(p95), recall, disk, note)


def child(engine: str, rows: int, work: Path) -> None:
    mapped = np.memmap(work / "vectors.f32", "<f4", "r", shape=(rows, DIM))
    result = measure(engine, np.asarray(mapped).view(np.ndarray), work)
    (work / "result.json").write_text(json.dumps(asdict(result)))


def run(engine: str, rows: int, work: Path) -> Result | None:
    command = [sys.executable, "-W", "ignore", __file__, "--rows", str(rows), "--child", engine, str(work)]
    environment = {**os.environ, "RUST_LOG": "error", "LANCE_LOG": "error"}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True)
    shutil.rmtree(work / "index", ignore_errors=True)
    if ended.returncode:
        print(f"{engine:<13} failed: {ended.stderr.strip().splitlines()[-1]}", flush=True)
        return None
    result = Result(**json.loads((work / "result.json").read_text()))
    print(result.line(), flush=True)
    return result


def goals(ours: Result, peers: dict[str, Result]) -> list[Goal]:
    found = [Goal("scale-recall", ours.recall, RECALL)]
    # A peer that falls short of the recall is not in the race, however fast.
    equal = [peer.p50 for peer in peers.values() if peer.recall >= RECALL]
    if equal:
        found.append(Goal("scale-query", min(equal) / ours.p50, 1, "x"))
        slow = [peer.p95 for peer in peers.values() if peer.recall >= RECALL]
        found.append(Goal("scale-query-p95", min(slow) / ours.p95, 1, "x"))
    if "hnswlib" in peers:
        found.append(Goal("scale-build", peers["hnswlib"].index / ours.index, 5, "x"))
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS)
    parser.add_argument("--askew", nargs="+", choices=OURS, default=["askew"], help="the first is compared with peers")
    parser.add_argument("--child", nargs=2, metavar=("ENGINE", "FOLDER"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        child(given.child[0], given.rows, Path(given.child[1]))
        return
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        Mixture(DIM).write(work / "vectors.f32", given.rows)
        mapped = np.memmap(work / "vectors.f32", "<f4", "r", shape=(given.rows, DIM))
        np.save(work / "truth.npy", nearest(np.asarray(mapped).view(np.ndarray), Mixture(DIM).queries(QUERIES)))
        print(f"{given.rows:,} x {DIM}, {QUERIES} fresh queries, {K} nearest\n\n{HEAD}", flush=True)
        results = {engine: run(engine, given.rows, work) for engine in [*given.askew, *given.peers]}
    ours = results[given.askew[0]]
    if ours is None:
        sys.exit("askew did not finish")
    finish(goals(ours, {name: found for name in given.peers if (found := results[name]) is not None}))


if __name__ == "__main__":
    main()
