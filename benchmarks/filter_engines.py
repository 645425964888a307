"""The engines that `filters.py` sets side by side, each with the fields of its passages indexed as it advises.

askew: as it is, and with its approximate index forced upon it. LanceDB 0.40: scalar indices as its guide says (bitmap
up to 1,000 values, else B-tree), vector indices IVF_RQ and IVF_FLAT with √n partitions, or none; it filters before it
searches. Its IVF_PQ was tried too: without a filter it stayed below 0.93, also at a refine factor of 30. Chroma 1.5:
HNSW and `where`. All answer with the ids of what they found.
"""

import gc
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scale import BATCH, DIM, KNOBS, K, Matrix

Ids = NDArray[np.int64]
Fields = dict[str, Ids]
"""A whole number for each passage, by the name of the field."""
REFINE = 5
"""LanceDB compares the vectors themselves of so many times the rows asked for; 3 and 10 took as long to find 0.99."""


@dataclass(frozen=True)
class Filter:
    """Keeps the passages whose field has one of the values; everything where the field has no name."""

    field: str = ""
    values: tuple[int, ...] = ()

    def where(self) -> dict[str, Any] | None:
        """As askew and Chroma have it."""
        if not self.field:
            return None
        return {self.field: self.values[0] if len(self.values) == 1 else {"$in": list(self.values)}}

    def sql(self) -> str:
        one = len(self.values) == 1
        return f"{self.field} = {self.values[0]}" if one else f"{self.field} IN {self.values}"


@dataclass
class Ready:
    """An engine that is ready. knobs: its settings, from the fastest to the one that finds most. build: seconds."""

    search: Callable[[Matrix, Filter, int], Ids]
    build: float
    knobs: list[int] = field(default_factory=lambda: [0])
    knob: str = ""


def metadata(fields: Fields, rows: range) -> list[dict[str, int]]:
    return [{name: int(values[row]) for name, values in fields.items()} for row in rows]


def runs(count: int, size: int) -> Iterator[range]:
    for low in range(0, count, size):
        yield range(low, min(low + size, count))


def askew(vectors: Matrix, fields: Fields, folder: Path, approximate: bool) -> Ready:
    from askew.stores import Entry
    from askew.stores.local import ivf_build
    from askew.stores.local.store import LocalStore
    from askew.types import Document, Passage

    def entry(row: int, given: dict[str, int]) -> Entry:
        name = str(row)
        passage = Passage(name, 0, 0, len(name), name)
        return Entry(Document(name, name, metadata=given), name, [passage], vectors[row : row + 1], 1, 1)

    start = time.perf_counter()
    store = LocalStore.create(folder / "store", DIM, "{}")
    for rows in runs(len(vectors), BATCH):
        store.write([entry(row, given) for row, given in zip(rows, metadata(fields, rows), strict=True)])
    if approximate:
        ivf_build.PATIENCE = 0.0  # else it scans as long as that takes less than 10 ms
        store.optimise()
    taken = time.perf_counter() - start
    if store.facts()["method"] != ("ivf" if approximate else "exact"):
        raise RuntimeError(f"askew searches by {store.facts()['method']}, which was not asked for")

    def search(query: Matrix, kept: Filter, _: int) -> Ids:
        keys = store.nearest(query, K, kept.where()).keys[0]
        return np.array([int(name) for name in store.owners(keys[keys >= 0].tolist())], np.int64)

    return Ready(search, taken)


def lancedb(vectors: Matrix, fields: Fields, folder: Path, kind: str) -> Ready:
    """kind: the vector index; "" is none."""
    import lancedb as peer
    import pyarrow as pa

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in runs(len(vectors), BATCH):
            part = slice(rows.start, rows.stop)
            columns = [pa.array(np.arange(rows.start, rows.stop)), *(pa.array(each[part]) for each in fields.values())]
            columns.append(pa.FixedSizeListArray.from_arrays(pa.array(vectors[part].ravel()), DIM))
            yield pa.RecordBatch.from_arrays(columns, schema=schema)

    start = time.perf_counter()
    numbers = [(name, pa.int64()) for name in ("id", *fields)]
    schema = pa.schema([*numbers, ("vector", pa.list_(pa.float32(), DIM))])
    table = peer.connect(folder).create_table("vectors", pa.RecordBatchReader.from_batches(schema, batches()))
    for name, values in fields.items():
        table.create_scalar_index(name, index_type="BITMAP" if len(np.unique(values)) < 1000 else "BTREE")
    lists = max(1, int(len(vectors) ** 0.5))
    if kind:
        table.create_index(metric="dot", index_type=kind, num_partitions=lists)
    taken = time.perf_counter() - start

    def search(query: Matrix, kept: Filter, knob: int) -> Ids:
        asked = table.search(query[0]).distance_type("dot").limit(K)
        asked = asked.nprobes(knob) if kind else asked.bypass_vector_index()
        asked = asked.refine_factor(REFINE) if kind == "IVF_RQ" else asked
        asked = asked.where(kept.sql(), prefilter=True) if kept.field else asked
        return np.asarray(asked.select(["id", "_distance"]).to_arrow()["id"].to_numpy())

    return Ready(search, taken, [*(knob for knob in KNOBS if knob < lists), lists] if kind else [0], "nprobes")


def chroma(vectors: Matrix, fields: Fields, folder: Path) -> Ready:
    import chromadb as peer
    from chromadb.api.shared_system_client import SharedSystemClient
    from chromadb.config import Settings

    def opened() -> Any:
        return peer.PersistentClient(str(folder), Settings(anonymized_telemetry=False))

    start = time.perf_counter()
    client = opened()
    hnsw = {"space": "ip", "max_neighbors": 16, "ef_construction": 100, "sync_threshold": 100_000}
    collection = client.create_collection("vectors", configuration={"hnsw": hnsw}, embedding_function=None)
    for rows in runs(len(vectors), min(5000, client.get_max_batch_size())):
        ids, part = [str(row) for row in rows], vectors[rows.start : rows.stop]
        collection.add(ids=ids, embeddings=part, metadatas=metadata(fields, rows))
    taken = time.perf_counter() - start
    current: dict[str, Any] = {"collection": collection, "knob": 0}
    del client, collection

    def search(query: Matrix, kept: Filter, knob: int) -> Ids:
        if current["knob"] != knob:
            # It takes a new knob only when it opens anew, and opens anew only when nothing holds the old client.
            current.pop("collection").modify(configuration={"hnsw": {"ef_search": knob}})
            gc.collect()
            SharedSystemClient.clear_system_cache()
            again = opened().get_collection("vectors", embedding_function=None)
            current.update(collection=again, knob=knob)
        asked = {"query_embeddings": query, "n_results": K, "include": ["distances"], "where": kept.where()}
        return np.array([int(name) for name in current["collection"].query(**asked)["ids"][0]], np.int64)

    return Ready(search, taken, KNOBS, "ef")


ENGINES: dict[str, Callable[[Matrix, Fields, Path], Ready]] = {
    "askew": lambda vectors, fields, folder: askew(vectors, fields, folder, approximate=False),
    "askew-approximate": lambda vectors, fields, folder: askew(vectors, fields, folder, approximate=True),
    "lancedb-rq": lambda vectors, fields, folder: lancedb(vectors, fields, folder, "IVF_RQ"),
    "lancedb-flat": lambda vectors, fields, folder: lancedb(vectors, fields, folder, "IVF_FLAT"),
    "lancedb-scan": lambda vectors, fields, folder: lancedb(vectors, fields, folder, ""),
    "chroma": chroma,
}
