"""What is asked of clustering, and whether that can be done."""

import math
from dataclasses import dataclass, replace

from askew.errors import InputError, UnknownNameError
from askew.similarity import Similarity

KMEANS, AGGLOMERATIVE, COMMUNITIES, HDBSCAN = METHODS = ("kmeans", "agglomerative", "communities", "hdbscan")
NUMBERED = (KMEANS, AGGLOMERATIVE)
"""Those that make as many clusters as they are told to, and leave out no text."""

THRESHOLD = 0.75
SMALLEST = 5


@dataclass(frozen=True)
class Settings:
    """clusters: how many, for kmeans and agglomerative; not given, chosen by the silhouette. threshold: of communities.

    min_size: fewer texts are no cluster, but outliers; not given, 1 for kmeans and agglomerative, 5 for communities,
    and for hdbscan 5 or a hundredth of the texts. assign: outliers go to the nearest cluster.
    """

    method: str = KMEANS
    clusters: int | None = None
    threshold: float | None = None
    min_size: int | None = None
    assign: bool = False


def filled(settings: Settings, count: int, similarity: Similarity) -> Settings:
    """With the default of all that follows from the number of texts, or InputError for what cannot be done."""
    _check(settings, count)
    method = settings.method
    smallest = {COMMUNITIES: SMALLEST, HDBSCAN: max(SMALLEST, count // 100)}.get(method, 1)
    if method == COMMUNITIES and settings.threshold is None:
        if similarity is not Similarity.COSINE:
            raise InputError(
                "This model scores by the dot product, which has no scale that is known beforehand: say from which "
                "score two texts are neighbours (--threshold), or choose another method."
            )
        settings = replace(settings, threshold=THRESHOLD)
    return replace(settings, min_size=smallest) if settings.min_size is None else settings


def _check(settings: Settings, count: int) -> None:
    method, clusters, threshold, least = settings.method, settings.clusters, settings.threshold, settings.min_size
    if method not in METHODS:
        raise UnknownNameError("method", method, METHODS)
    if clusters is not None and method not in NUMBERED:
        raise InputError(f"{method} finds the number of clusters itself; use kmeans or agglomerative for a number.")
    if threshold is not None and method != COMMUNITIES:
        raise InputError(f"A threshold is for the method {COMMUNITIES}, not for {method}.")
    if threshold is not None and not math.isfinite(threshold):
        raise InputError(f"The threshold must be a number, not {threshold}.")
    if clusters is not None and not 1 <= clusters <= count:
        raise InputError(f"{count:,} texts can make 1 to {count:,} clusters, not {clusters:,}.")
    if least is not None and least < (2 if method == HDBSCAN else 1):
        raise InputError(f"A cluster of {method} has at least {2 if method == HDBSCAN else 1} texts, not {least}.")
