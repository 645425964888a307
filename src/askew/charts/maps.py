"""Map data: points, clusters, and a colour and marker for each cluster."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8822ee")
SHAPES = ("circle", "square", "triangle", "diamond", "cross", "plus")
OUTLIER = "#9a9a9a"


@dataclass(frozen=True)
class Map:
    """points: (n, 2). labels: the cluster of each point, -1 for outliers. names: of the clusters 0, 1, ….

    note: a sentence below the title that says how the map was made.
    """

    title: str
    note: str
    points: NDArray[np.float64]
    labels: NDArray[np.int64]
    names: Sequence[str]
    ids: Sequence[str]
    texts: Sequence[str]

    def sizes(self) -> list[int]:
        """Return the number of points in each cluster."""
        return [int((self.labels == number).sum()) for number in range(len(self.names))]


@dataclass(frozen=True)
class ClusterStyle:
    colour: str
    shape: str


def cluster_style(cluster: int) -> ClusterStyle:
    if cluster < 0:
        return ClusterStyle(OUTLIER, "circle")
    return ClusterStyle(COLOURS[cluster % len(COLOURS)], SHAPES[cluster // len(COLOURS) % len(SHAPES)])
