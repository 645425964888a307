"""Clustering settings and their validation."""

from dataclasses import dataclass, replace

from askew.errors import InputError
from askew.similarity import Similarity
from askew.validation import check_threshold, flag, one_of, whole

KMEANS, AGGLOMERATIVE, COMMUNITIES, HDBSCAN = METHODS = ("kmeans", "agglomerative", "communities", "hdbscan")
NUMBERED = (KMEANS, AGGLOMERATIVE)
"""Methods that make a given number of clusters and leave no text out."""

THRESHOLD = 0.75
SMALLEST = 5


@dataclass(frozen=True)
class Settings:
    """Clustering method and parameters.

    clusters: number of clusters, for kmeans and agglomerative; None chooses it by silhouette. threshold: for
    communities.

    min_size: smaller clusters become outliers; None means 1 for kmeans and agglomerative, 5 for communities, and the
    larger of 5 and a hundredth of the texts for hdbscan. assign: outliers join the nearest cluster.
    """

    method: str = KMEANS
    clusters: int | None = None
    threshold: float | None = None
    min_size: int | None = None
    assign: bool = False


def filled(settings: Settings, count: int, similarity: Similarity) -> Settings:
    """Validate the settings and fill in defaults that depend on the number of texts."""
    check(settings)
    method = settings.method
    if settings.clusters is not None and settings.clusters > count:
        raise InputError(f"{count:,} texts can form 1 to {count:,} clusters, not {settings.clusters:,}.")
    if settings.threshold is not None:
        check_threshold(settings.threshold, cosine=similarity is Similarity.COSINE)
    smallest = {COMMUNITIES: SMALLEST, HDBSCAN: max(SMALLEST, count // 100)}.get(method, 1)
    if method == COMMUNITIES and settings.threshold is None:
        if similarity is not Similarity.COSINE:
            raise InputError(
                "This model scores by dot product, which has no fixed scale: set the score at which two texts are "
                "neighbours (--threshold), or choose another method."
            )
        settings = replace(settings, threshold=THRESHOLD)
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
