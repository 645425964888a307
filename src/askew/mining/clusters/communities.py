"""Communities: texts around a centre that score at or above a threshold with it.

The text with the most unassigned neighbours (ties go to the first in the corpus) and these neighbours become a
community; neighbour counts are updated, and this repeats until no text has enough. The result is deterministic, and no
pair at or above the threshold is missed.
"""

import heapq

import numpy as np
from numpy.typing import NDArray

from askew.mining.clusters.shapes import OUTLIER, Labels
from askew.mining.exact.vectors import InMemory
from askew.mining.pairs import pairs
from askew.progress import Report, silent
from askew.types import FloatMatrix


def communities(vectors: FloatMatrix, threshold: float, min_size: int, report: Report = silent) -> Labels:
    """Find communities; raise InputError if too many pairs reach the threshold to fit in memory."""
    found = pairs(InMemory(vectors), threshold, report)
    return gathered(len(vectors), found.keys, min_size)


def gathered(count: int, edges: NDArray[np.int64], min_size: int) -> Labels:
    """Form communities from edges, (m, 2), each pair of neighbours once."""
    starts, ends = _neighbours(count, edges)
    labels = np.full(count, OUTLIER, np.int64)
    sizes = np.diff(starts) + 1  # including itself
    waiting = [(-int(sizes[i]), int(i)) for i in np.flatnonzero(sizes >= min_size)]
    heapq.heapify(waiting)
    number = 0
    while waiting:
        size, centre = heapq.heappop(waiting)
        if labels[centre] != OUTLIER:
            continue
        if -size != sizes[centre]:  # some of its neighbours have been assigned since
            if sizes[centre] >= min_size:
                heapq.heappush(waiting, (-int(sizes[centre]), centre))
            continue
        around = ends[starts[centre] : starts[centre + 1]]
        members = np.append(around[labels[around] == OUTLIER], centre)
        labels[members] = number
        number += 1
        losing = np.concatenate([ends[starts[member] : starts[member + 1]] for member in members])
        np.subtract.at(sizes, losing, 1)
    return labels


def _neighbours(count: int, edges: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (starts, ends): the neighbours of i are ends[starts[i] : starts[i + 1]]."""
    both = np.concatenate((edges, edges[:, ::-1]))
    starts = np.concatenate(([0], np.cumsum(np.bincount(both[:, 0], minlength=count)))).astype(np.int64)
    return starts, both[np.lexsort((both[:, 1], both[:, 0])), 1]
