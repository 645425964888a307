"""What clustering gives."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.mining.clusters.settings import Settings

Labels = NDArray[np.int64]
"""For each text the number of its cluster, (n,); -1 where it has none."""

OUTLIER = -1


@dataclass(frozen=True)
class Cluster:
    """number: that of its texts' labels; the largest cluster is 0. terms: what its texts speak of and others do not.

    representatives: positions of the texts nearest to its middle, the nearest first. cohesion: what two texts of it
    score on average, by the model's own similarity.
    """

    number: int
    name: str
    terms: Sequence[str]
    size: int
    representatives: Sequence[int]
    cohesion: float


@dataclass(frozen=True)
class Clustering:
    """settings: those asked for, with all that was left open filled in. tried: where the number of clusters was chosen,
    the silhouette of each candidate. silhouette: of this clustering, its outliers left out.
    """

    labels: Labels
    clusters: Sequence[Cluster]
    settings: Settings
    tried: Mapping[int, float]
    silhouette: float

    @property
    def method(self) -> str:
        return self.settings.method

    @property
    def outliers(self) -> list[int]:
        """Their positions."""
        return np.flatnonzero(self.labels == OUTLIER).tolist()
