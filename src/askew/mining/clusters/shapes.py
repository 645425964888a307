"""Clustering results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.mining.clusters.settings import Settings

Labels = NDArray[np.int64]
"""The cluster number of each text, (n,); -1 for an outlier."""

OUTLIER = -1


@dataclass(frozen=True)
class Cluster:
    """A cluster and its description.

    number: the label of its texts; 0 is the largest cluster. terms: characteristic terms.

    representatives: positions of the texts nearest to its mean, nearest first. cohesion: the mean score of two of its
    texts, by the model's similarity.
    """

    number: int
    name: str
    terms: Sequence[str]
    size: int
    representatives: Sequence[int]
    cohesion: float


@dataclass(frozen=True)
class Clustering:
    """A clustering of all texts.

    settings: as requested, with defaults filled in. tried: if the number of clusters was chosen, the silhouette of each
    candidate. silhouette: of this clustering, without outliers.
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
        """Positions of the outliers."""
        return np.flatnonzero(self.labels == OUTLIER).tolist()
