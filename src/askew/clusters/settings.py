"""Clustering settings with their validation, and the clustering that results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError
from askew.similarity import Similarity
from askew.validation import check_threshold, flag, one_of, whole

AUTO, KMEANS, AGGLOMERATIVE, COMMUNITIES, HDBSCAN = METHODS = (
    "auto",
    "kmeans",
    "agglomerative",
    "communities",
    "hdbscan",
)
NUMBERED = (AUTO, KMEANS, AGGLOMERATIVE)
"""Methods that make a given number of clusters and leave no text out."""
SMALLEST = 5

Labels = NDArray[np.int64]
"""The cluster number of each text, (n,); -1 for an outlier."""
OUTLIER = -1


@dataclass(frozen=True)
class Settings:
    """Clustering method and parameters.

    method: auto takes kmeans or agglomerative, whichever is more stable. clusters: number of clusters, for these three;
    None chooses it by silhouette. threshold: for communities; None takes it from the scores of nearest neighbours.

    min_size: smaller clusters become outliers; None means 5 for communities, the larger of 5 and a hundredth of the
    texts for hdbscan, and 1 for the others. assign: outliers join the nearest cluster.
    """

    method: str = AUTO
    clusters: int | None = None
    threshold: float | None = None
    min_size: int | None = None
    assign: bool = False


def filled(settings: Settings, count: int, similarity: Similarity) -> Settings:
    """Validate the settings and fill in defaults that depend on the number of texts."""
    check(settings)
    if settings.clusters is not None and settings.clusters > count:
        raise InputError(f"{count:,} texts can form 1 to {count:,} clusters, not {settings.clusters:,}.")
    if settings.threshold is not None:
        check_threshold(settings.threshold, cosine=similarity is Similarity.COSINE)
    smallest = {COMMUNITIES: SMALLEST, HDBSCAN: max(SMALLEST, count // 100)}.get(settings.method, 1)
    return replace(settings, min_size=smallest) if settings.min_size is None else settings


def check(settings: Settings) -> None:
    """Validate what does not depend on the texts."""
    method, clusters, threshold, least = settings.method, settings.clusters, settings.threshold, settings.min_size
    one_of(method, "method", METHODS)
    flag(settings.assign, "assign")
    if clusters is not None and method not in NUMBERED:
        raise InputError(f"{method} finds the number of clusters itself; to set it, use kmeans or agglomerative.")
    if threshold is not None and method != COMMUNITIES:
        raise InputError(f"A threshold applies to the method {COMMUNITIES} only, not to {method}.")
    if threshold is not None:
        check_threshold(threshold)
    if clusters is not None:
        whole(clusters, "clusters", 1)
    if least is not None:
        whole(least, f"min_size (--min-size) of {method}", 2 if method == HDBSCAN else 1)


@dataclass(frozen=True)
class Cluster:
    """A cluster and its description.

    number: the label of its texts; 0 is the largest cluster. terms: characteristic terms.

    representatives: positions of texts near its mean that differ from each other, nearest first. cohesion: the mean
    score of two of its texts, by the model's similarity.
    """

    number: int
    name: str
    terms: Sequence[str]
    size: int
    representatives: Sequence[int]
    cohesion: float


@dataclass(frozen=True)
class Tried:
    """A candidate number. stability: 1 for texts too few to resample."""

    silhouette: float
    stability: float

    @property
    def score(self) -> float:
        return self.silhouette * self.stability if self.silhouette > 0 else self.silhouette


@dataclass(frozen=True)
class Clustering:
    """A clustering of all texts.

    settings: as requested, with what was chosen filled in. tried: if the number of clusters was chosen, the
    candidates. silhouette: of this clustering, without outliers. stability: if the method was chosen, how well
    each agrees with itself on resampled texts (adjusted Rand index). reasons: for each choice, one clause.
    """

    labels: Labels
    clusters: Sequence[Cluster]
    settings: Settings
    tried: Mapping[int, Tried]
    silhouette: float
    stability: Mapping[str, float] = field(default_factory=dict)
    reasons: Sequence[str] = ()

    @property
    def method(self) -> str:
        return self.settings.method

    @property
    def outliers(self) -> list[int]:
        """Positions of the outliers."""
        return np.flatnonzero(self.labels == OUTLIER).tolist()
