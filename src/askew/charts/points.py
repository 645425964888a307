"""What a map shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Map:
    """points: (n, 2). labels: for each the number of its cluster, -1 for an outlier. names: of the clusters 0, 1, ….

    note: a sentence under the title that says how the picture came about.
    """

    title: str
    note: str
    points: NDArray[np.float64]
    labels: NDArray[np.int64]
    names: Sequence[str]
    ids: Sequence[str]
    texts: Sequence[str]

    def sizes(self) -> list[int]:
        """How many points each cluster has."""
        return [int((self.labels == number).sum()) for number in range(len(self.names))]
