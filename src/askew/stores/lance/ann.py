"""Lance's approximate index (IVF with vectors in full precision): when it is due, and how many partitions are searched.

It is built once the vectors do not fit into the memory that a process may use for them: below that, an exact scan is
faster than Lance. The number of partitions is raised until the asked recall is measured on stored vectors as queries.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lance import LanceDataset

NAME = "vector_idx"
PARTITION = 2048
"""Rows of a partition."""
STALE = 0.2
"""Share of rows that the index may lack before it is built anew."""
PROBES = (4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 512, 1024, 4096)


def build(dataset: "LanceDataset") -> int:
    """Build the index anew, or add the rows that it lacks. Returns the number of partitions."""
    rows = int(dataset.count_rows())
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


def ladder(partitions: int) -> list[dict[str, int]]:
    """Return how many partitions may be searched, fewest first."""
    return [{"nprobes": one} for one in (*(one for one in PROBES if one < partitions), partitions)]
