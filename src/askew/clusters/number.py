"""Choice of the method and of the number of clusters, by silhouette and stability.

A number is good if its clusters lie apart (silhouette) and come out again from other texts of the kind (stability: the
mean adjusted Rand index with clusters of bootstrap samples). Both are taken from Ward's trees, in which every number is
a cut. The silhouette alone rises again towards clusters of two or three texts, wherever some texts nearly repeat
others. The method, k-means or agglomerative, is the one that is more stable at that number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from askew.clusters.measures import silhouette
from askew.clusters.methods import SAMPLE, hierarchy, kmeans, sampled
from askew.clusters.settings import AGGLOMERATIVE, KMEANS, SMALLEST, Labels, Tried
from askew.errors import InputError
from askew.progress import Progress, Report, silent
from askew.similarity import Similarity
from askew.types import FloatMatrix

STEPS = (*range(2, 11), 12, 15, 20, 25, 30, 40, 50, 60, 80, 100, 125, 150, 200, 250, 300, 400)
LARGE = 10
"""Texts per cluster that the largest number leaves on average, from 1,000 texts on; 5 below 500."""
REFINED = 2
"""Rounds in which numbers between the best step and its neighbours are tried."""
WITHIN = 0.97
"""The smallest number next to a peak counts whose score is this share of it."""
PEAK = 0.9
"""Of several peaks, the largest number counts whose score is this share of the best: two groups that lie far apart,
such as two languages, would otherwise hide the themes within."""
RESAMPLES = 5
RESAMPLED_FROM = 50
"""Texts from which stability counts; fewer leave too few in a sample."""
SEED = 0

Method = Callable[[FloatMatrix, int], Labels]


@dataclass(frozen=True)
class Resample:
    """Positions of a bootstrap sample, each once, and the tree of its texts."""

    rows: np.ndarray[tuple[int], np.dtype[np.int64]]
    cut: Callable[[int], Labels]


def largest(count: int) -> int:
    """Return the largest number of clusters that is tried for this many texts."""
    count = min(count, SAMPLE)
    return max(2, int(count / np.clip(count / 100, SMALLEST, LARGE)))


def candidates(count: int) -> list[int]:
    """Return the steps that leave each cluster enough texts on average, and the largest such number."""
    if count < 3:
        raise InputError(
            f"{count} text{'s are' if count != 1 else ' is'} too few to choose a number. Set it with --clusters."
        )
    most = largest(count)
    return sorted({*(step for step in STEPS if step < most), most})


def tried(vectors: FloatMatrix, report: Report = silent) -> dict[int, Tried]:
    """Try numbers of clusters on at most SAMPLE texts: all steps, then numbers around the best one."""
    rows = sampled(vectors)
    steps = candidates(len(rows))
    count = len(_resampled(len(rows)))
    total = count + len(steps) + 2 * REFINED
    cut = hierarchy(rows, ward=True)
    again: list[Resample] = []
    for number, sample in enumerate(_resampled(len(rows))):
        report(Progress("numbers of clusters", number, total))
        again.append(Resample(sample, hierarchy(rows[sample], ward=True)))
    found: dict[int, Tried] = {}
    for number, step in enumerate(steps):
        report(Progress("numbers of clusters", count + number, total))
        found[step] = _measured(rows, step, cut, again)
    for _ in range(REFINED if best(found) == _peak(found) else 0):
        for step in _between(found):
            found[step] = _measured(rows, step, cut, again)
    report(Progress("numbers of clusters", total, total))
    return dict(sorted(found.items()))


def best(tried: Mapping[int, Tried]) -> int:
    """Return the number at the finest peak, or the smallest one beside it that scores nearly as well."""
    numbers, peak = sorted(tried), _peak(tried)
    bar = tried[peak].score
    if bar <= 0:
        return peak
    below = [number for number in numbers if number < peak]
    return next(
        (after for number, after in _backwards([*below, peak]) if tried[number].score < WITHIN * bar), numbers[0]
    )


def _backwards(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Return each number with the next larger one, the largest first."""
    return list(pairwise(numbers))[::-1]


def _peak(tried: Mapping[int, Tried]) -> int:
    """Return the largest number that scores better than its neighbours, and nearly as well as any."""
    return max(peaks(tried, PEAK))


def peaks(tried: Mapping[int, Tried], share: float) -> list[int]:
    """Return the numbers that score better than their neighbours and reach this share of the best score."""
    numbers = sorted(tried)
    scores = [-np.inf, *(tried[number].score for number in numbers), -np.inf]
    bar = max(scores)
    if bar <= 0:
        return [numbers[scores.index(bar) - 1]]
    rows = zip(numbers, pairwise(scores), scores[2:], strict=False)
    return [number for number, (last, own), after in rows if own >= max(share * bar, last, after)]


def stabilities(
    vectors: FloatMatrix, clusters: int, similarity: Similarity, report: Report = silent
) -> dict[str, float]:
    """Return for k-means and agglomerative clustering how well each agrees with itself on resampled texts."""
    rows = sampled(vectors)
    samples = _resampled(len(rows))
    ways: dict[str, Method] = {
        KMEANS: lambda part, number: kmeans(part, number, starts=0),
        AGGLOMERATIVE: lambda part, number: hierarchy(part, ward=similarity is Similarity.COSINE)(number),
    }
    found: dict[str, float] = {}
    for name, way in ways.items():
        labels = way(rows, clusters)
        values: list[float] = []
        for sample in samples:
            report(Progress("compare methods", len(samples) * len(found) + len(values), len(samples) * len(ways)))
            values.append(_agreement(labels[sample], way(rows[sample], min(clusters, len(sample)))))
        found[name] = float(np.mean(values))
    report(Progress("compare methods", len(samples) * len(ways), len(samples) * len(ways)))
    return found


def _measured(rows: FloatMatrix, number: int, cut: Callable[[int], Labels], again: Sequence[Resample]) -> Tried:
    labels = cut(number)
    stable = [_agreement(labels[sample.rows], sample.cut(number)) for sample in again]
    return Tried(silhouette(rows, labels), float(np.mean(stable)) if stable else 1.0)


def _agreement(labels: Labels, other: Labels) -> float:
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(labels, other))


def _between(tried: Mapping[int, Tried]) -> list[int]:
    """Return the numbers halfway from the best one to its neighbours, if there are any."""
    steps = sorted(tried)
    place = steps.index(_peak(tried))
    around = [steps[place], *steps[max(place - 1, 0) : place], *steps[place + 1 : place + 2]]
    return [middle for other in around[1:] if (middle := (around[0] + other) // 2) not in tried]


def _resampled(count: int) -> list[np.ndarray[tuple[int], np.dtype[np.int64]]]:
    """Return the positions of each bootstrap sample, each once; none of too few texts."""
    if count < RESAMPLED_FROM:
        return []
    rng = np.random.default_rng(SEED)
    return [np.unique(rng.integers(0, count, count)) for _ in range(RESAMPLES)]
