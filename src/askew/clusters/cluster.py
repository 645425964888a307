"""Clustering of texts by their vectors: runs the chosen method and describes the clusters."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from askew.clusters import number
from askew.clusters.measures import centres, cohesion, highest, silhouette
from askew.clusters.methods import COPY, communities, hdbscan, hierarchy, kmeans, sampled
from askew.clusters.names import described, names
from askew.clusters.settings import (
    AGGLOMERATIVE,
    AUTO,
    COMMUNITIES,
    HDBSCAN,
    KMEANS,
    OUTLIER,
    Cluster,
    Clustering,
    Labels,
    Settings,
    Tried,
    filled,
)
from askew.environment import require
from askew.errors import InputError
from askew.progress import Progress, Report, silent
from askew.similarity import Similarity, prepare
from askew.text.normalise import normalise
from askew.text.words import words
from askew.types import FloatMatrix

DEFAULTS = Settings()
COMPARED = 10_000
"""Texts up to which auto considers agglomerative clustering, whose time and memory grow with their square."""
ALSO, APART = 0.75, 3
"""Another number is named if it scores this share of the best, and is this many times as large or as small."""
NEIGHBOURS = 20
"""Percentile of the texts' scores with their neighbours at which communities begin by default: four texts of five have
enough neighbours to be a community's centre."""
LEAST = 0.001
"""Score below which texts have nothing in common, and no threshold lies."""
ROWS = 256
SHOWN = 3
LONG = 2.0
"""A text longer than this multiple of the cluster's median length is not representative: few would read it."""
CENTRAL = 250
"""Texts nearest to the mean among which representatives are chosen first, and then as many others."""
ALIKE, NEAR = 0.6, 0.1
"""Share of common words from which two representatives are too much alike; the same for their squared distance,
relative to the squared length: a cosine of 0.95."""


@dataclass(frozen=True)
class Choice:
    """Settings with what was chosen from the data; see `Clustering` for the rest."""

    settings: Settings
    tried: dict[int, Tried] = field(default_factory=dict)
    stability: dict[str, float] = field(default_factory=dict)
    reasons: tuple[str, ...] = ()


def cluster(
    texts: Sequence[str],
    vectors: FloatMatrix,
    similarity: Similarity,
    settings: Settings = DEFAULTS,
    report: Report = silent,
) -> Clustering:
    """Cluster the texts; the same texts in the same order give the same clusters. vectors: (n, dim)."""
    require("sklearn", "scikit-learn", "clusters", "Clustering")
    if len(texts) != len(vectors):
        raise InputError(f"Got {len(texts):,} texts but {len(vectors):,} vectors; each text needs exactly one vector.")
    if not np.isfinite(vectors).all():
        raise InputError("Some vectors contain nan or infinite values: encode their texts again.")
    vectors = prepare(np.ascontiguousarray(vectors, np.float32), similarity)
    choice = _chosen(vectors, similarity, filled(settings, len(texts), similarity), report)
    known = choice.settings
    labels = _ordered(together(texts, _labels(vectors, similarity, known, report)), known.min_size or 1)
    if known.assign:
        labels = _ordered(assigned(vectors, labels), 1)
    clusters = _described(texts, vectors, labels, report)
    return Clustering(
        labels, clusters, known, choice.tried, silhouette(vectors, labels), choice.stability, choice.reasons
    )


def _chosen(vectors: FloatMatrix, similarity: Similarity, settings: Settings, report: Report) -> Choice:
    """Choose what the settings leave open."""
    if settings.method == COMMUNITIES and settings.threshold is None:
        others = max((settings.min_size or 1) - 1, 1)
        threshold = usual_threshold(vectors, others)
        reason = f"{100 - NEIGHBOURS} % of the texts score that much with at least {others:,} others"
        return Choice(replace(settings, threshold=threshold), reasons=(reason,))
    if settings.method not in (AUTO, KMEANS, AGGLOMERATIVE):
        return Choice(settings)
    choice = Choice(settings)
    if settings.clusters is None:
        tried = number.tried(vectors, report)
        settings = replace(settings, clusters=number.best(tried))
        choice = Choice(settings, tried, reasons=(_why_number(tried, len(vectors)),))
    return _with_method(choice, vectors, similarity, report) if settings.method == AUTO else choice


def _why_number(tried: dict[int, Tried], count: int) -> str:
    steps, best = list(tried), number.best(tried)
    if tried[best].score <= 0:
        return f"no number from {steps[0]} to {steps[-1]} sets the texts apart"
    reason = f"of {steps[0]} to {steps[-1]} clusters, {best} score best by silhouette and stability"
    if best == steps[-1] and best < count // 2 and len(steps) > 1:
        reason += " (more were not tried: set their number if there are)"
    others = [count for count in number.peaks(tried, ALSO) if not best / APART < count < best * APART]
    return f"{reason}; {' and '.join(map(str, others))} stand out too" if others else reason


def _with_method(choice: Choice, vectors: FloatMatrix, similarity: Similarity, report: Report) -> Choice:
    """Choose k-means or agglomerative clustering by the number of texts and by stability."""
    count, clusters = len(vectors), choice.settings.clusters or 1
    if not number.RESAMPLED_FROM <= count <= COMPARED or clusters > number.largest(count):
        reason = f"too {_why_not(count)} to compare methods"
        return replace(choice, settings=replace(choice.settings, method=KMEANS), reasons=(*choice.reasons, reason))
    stability = number.stabilities(vectors, clusters, similarity, report)
    best, other = sorted(stability, key=lambda name: -stability[name])
    reason = f"{best} is as stable as {other} or more ({stability[best]:.2f}, {stability[other]:.2f})"
    settings = replace(choice.settings, method=best)
    return replace(choice, settings=settings, stability=stability, reasons=(*choice.reasons, reason))


def _why_not(count: int) -> str:
    if count < number.RESAMPLED_FROM:
        return "few texts"
    return "many texts" if count > COMPARED else "many clusters"


def usual_threshold(vectors: FloatMatrix, others: int) -> float:
    """Return the score that most texts reach with this many others, by NEIGHBOURS; copies of a text do not count. If
    most have nothing in common with that many, only copies score enough.
    """
    rows = sampled(vectors)
    place = min(others, len(vectors) - 1)
    squares = np.einsum("ij,ij->i", vectors, vectors)
    found: list[float] = []
    for start in range(0, len(rows), ROWS):
        part = rows[start : start + ROWS]
        scores = part @ vectors.T
        own = np.einsum("ij,ij->i", part, part)[:, None]
        scores[own + squares - 2 * scores <= COPY * own] = -np.inf
        found += np.partition(scores, -place, axis=1)[:, -place].tolist() if place else []
    known = [score for score in found if np.isfinite(score)]
    most = float(np.percentile(known, NEIGHBOURS)) if known else 0.0
    most = most if most >= LEAST else 0.999 * highest(vectors)
    return float(np.floor(most * 1000) / 1000)


def _labels(vectors: FloatMatrix, similarity: Similarity, known: Settings, report: Report) -> Labels:
    if known.method == COMMUNITIES:
        return communities(vectors, known.threshold or 0.0, known.min_size or 1, report)
    if known.method == HDBSCAN:
        return hdbscan(vectors, known.min_size or 1, report)
    if known.method == AGGLOMERATIVE:
        return hierarchy(vectors, ward=similarity is Similarity.COSINE, report=report)(known.clusters or 1)
    return kmeans(vectors, known.clusters or 1, report=report)


def together(texts: Sequence[str], labels: Labels) -> Labels:
    """Give equal texts one label: the one that most of them have, ties to the lower number."""
    known: dict[str, int] = {}
    groups = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
    if len(known) == len(texts):
        return labels
    pairs, counts = np.unique(np.stack([groups, labels]), axis=1, return_counts=True)
    order = np.lexsort((pairs[1], -counts, pairs[0]))
    _, first = np.unique(pairs[0][order], return_index=True)
    most: Labels = pairs[1][order][first]
    return most[groups]


def assigned(vectors: FloatMatrix, labels: Labels) -> Labels:
    """Assign each outlier to the cluster with the nearest mean; without clusters all stay outliers."""
    outside = np.flatnonzero(labels == OUTLIER)
    if not len(outside) or len(outside) == len(labels):
        return labels
    means = centres(vectors, labels)
    squares = (means**2).sum(axis=1) / 2
    result = labels.copy()
    for start in range(0, len(outside), ROWS):  # not all at once: texts and clusters may both be many
        part = outside[start : start + ROWS]
        result[part] = (vectors[part].astype(np.float64) @ means.T - squares).argmax(axis=1)
    return result


def _ordered(labels: Labels, least: int) -> Labels:
    """Renumber clusters by size, largest first, ties in corpus order; drop those with fewer than `least` texts."""
    found, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    kept = (found != OUTLIER) & (sizes >= least)
    order = np.lexsort((first[kept], -sizes[kept]))
    place = np.full(len(found), OUTLIER, np.int64)
    place[np.flatnonzero(kept)[order]] = np.arange(len(order))
    return place[np.searchsorted(found, labels)]


def _described(texts: Sequence[str], vectors: FloatMatrix, labels: Labels, report: Report) -> tuple[Cluster, ...]:
    count = int(labels.max(initial=OUTLIER)) + 1
    report(Progress("describe clusters", 0, count))
    members = [np.flatnonzero(labels == number) for number in range(count)]
    about = described(texts, labels, count)
    shown = []
    for done, group in enumerate(members, 1):
        shown.append(representatives(texts, vectors, group))
        report(Progress("describe clusters", done, count))
    called = names(about, [texts[group[0]] for group in shown])
    return tuple(
        Cluster(i, called[i], tuple(about[i]), len(group), tuple(shown[i]), cohesion(vectors[group]))
        for i, group in enumerate(members)
    )


def representatives(texts: Sequence[str], vectors: FloatMatrix, members: NDArray[np.int64]) -> list[int]:
    """Return positions of texts near the mean that differ from each other, nearest first, ties in corpus order.

    Nearest by distance: by inner product alone, the longest vectors would represent every cluster. The longest texts
    are skipped, and texts that say the same in other numbers or a few other words. If the central texts are all alike,
    others are taken.
    """
    rows = vectors[members]
    off = ((rows.astype(np.float64) - rows.mean(axis=0, dtype=np.float64)) ** 2).sum(axis=1)
    order = np.argsort(np.round(off, 6), kind="stable")
    lengths = np.array([len(texts[i]) for i in members])
    order = order[lengths[order] <= LONG * float(np.median(lengths))]
    central, others = order[:CENTRAL], order[CENTRAL:]
    others = others[:: max(len(others) // CENTRAL, 1)]
    found: list[int] = []
    for place in (*central.tolist(), *others.tolist()):
        if not any(_alike(texts, rows, members, place, other) for other in found):
            found.append(place)
        if len(found) == SHOWN:
            break
    return [int(members[place]) for place in found]


def _alike(texts: Sequence[str], rows: FloatMatrix, members: NDArray[np.int64], one: int, other: int) -> bool:
    """Return whether two texts are too much alike to stand side by side."""
    if float(((rows[one] - rows[other]) ** 2).sum()) <= NEAR * float(rows[other] @ rows[other]):
        return True
    a, b = (_telling(texts[int(members[place])]) for place in (one, other))
    return len(a & b) >= ALIKE * len(a | b)


def _telling(text: str) -> frozenset[str]:
    """Return the words of a text without numbers."""
    return frozenset(word for word in words(normalise(text)) if not any(map(str.isdigit, word)))
