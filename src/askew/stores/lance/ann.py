"""Lance's approximate index (IVF with vectors in full precision): when it is due, and how many partitions are searched.

It is built once the vectors do not fit into the memory that a process may use for them: below that, an exact scan is
faster than Lance. The number of partitions is raised until the asked recall is measured on stored vectors as queries.
"""

import time
from typing import TYPE_CHECKING, Any

import numpy as np

from askew.stores import Keys, flat
from askew.stores.lance.vectors import LanceVectors

if TYPE_CHECKING:
    from lance import LanceDataset

NAME = "vector_idx"
NEAREST = 10
QUERIES = 100
SEED = 1
PARTITION = 2048
"""Rows of a partition."""
STALE = 0.2
"""Share of rows that the index may lack before it is built anew."""
PROBES = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 4096)


def build(dataset: "LanceDataset") -> int:
    """Build the index anew, or add the rows that it lacks. Returns the number of partitions."""
    rows = dataset.count_rows()
    partitions = max(4, rows // PARTITION)
    if has(dataset) and _lacking(dataset) <= STALE * rows:
        dataset.optimize.optimize_indices()
        return partitions
    dataset.create_index(
        "vector", "IVF_FLAT", name=NAME, metric="dot", num_partitions=partitions, replace=True, sample_rate=64
    )
    return partitions


def has(dataset: "LanceDataset") -> bool:
    return any(one.name == NAME for one in dataset.describe_indices())


def _lacking(dataset: "LanceDataset") -> int:
    found: dict[str, Any] = dataset.stats.index_stats(NAME)
    return int(found.get("num_unindexed_rows", 0))


def tuned(vectors: LanceVectors, alive: Keys, recall: float, partitions: int) -> dict[str, Any]:
    """Return the facts of the index: the partitions searched, the recall@10 measured with them, and when."""
    rows = np.searchsorted(vectors.keys, alive)
    own = np.sort(np.random.default_rng(SEED).choice(rows, min(2 * QUERIES, len(rows)), replace=False))
    queries = np.array(vectors[own])
    kept = np.zeros(len(vectors), np.bool_)
    kept[rows] = True
    longest = float(np.linalg.norm(queries, axis=1).max()) * 2
    truth = flat.scan(vectors, queries, NEAREST + 1, kept, longest).scores[:, -1]
    for probes in [one for one in PROBES if one < partitions] + [partitions]:
        shares = [_share(vectors, *one, kept, probes) for one in zip(queries, truth, strict=True)]
        tuning, measured = np.mean(shares[::2]), np.mean(shares[1::2])
        if min(tuning, measured) >= recall or probes == partitions:
            break
    return {
        "recall": round(float(measured), 4),
        "recall_asked": recall,
        "nprobes": probes,
        "partitions": partitions,
        "rows": len(vectors),
        "queries": len(shares[1::2]),
        "built": time.strftime("%Y-%m-%d %H:%M"),
    }


def _share(
    vectors: LanceVectors, query: "np.ndarray[Any, Any]", bar: float, kept: "np.ndarray[Any, Any]", probes: int
) -> float:
    """Return the share of the nearest, the query itself among them, that is found."""
    found = vectors.candidates(query, NEAREST + 1, {"nprobes": probes})
    if found is None:
        return 0.0
    rows, matrix = found
    scores = np.einsum("ij,j->i", matrix[kept[rows]], query, dtype=np.float64).astype(np.float32)
    return min(1.0, float(np.count_nonzero(scores >= bar)) / (NEAREST + 1))
