"""Confidence intervals and significance tests by resampling the queries."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError

DRAWS = 10_000
CHUNK = 4_000_000
"""Numbers drawn at a time."""
SEED = 0
CONFIDENCE = 0.95
TIE = 1e-12
"""Mean differences this close count as equal."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The first system minus the second, on the queries of both. interval: of the difference.

    p: two-sided; how often a mean difference this large arises if the sign of each query's difference is random. If
    there are several comparisons, correct it with `holm`.
    """

    difference: float
    interval: Interval
    p: float
    won: int
    lost: int
    equal: int


def interval(values: Sequence[float] | Numbers, confidence: float = CONFIDENCE) -> Interval:
    """Return the confidence interval of the mean: percentile bootstrap over queries (Efron 1979), seeded."""
    numbers = np.asarray(values, np.float64)
    if not len(numbers):
        raise InputError("There are no values to average.")
    rng = np.random.default_rng(SEED)
    means = [numbers[rng.integers(len(numbers), size=(n, len(numbers)))].mean(axis=1) for n in _chunks(len(numbers))]
    return percentile_interval(np.concatenate(means), confidence)


def percentile_interval(resampled: Numbers, confidence: float) -> Interval:
    """Return the interval between two percentiles of bootstrap results; NaN (undefined results) are left out.
    Of NaN alone it is NaN.
    """
    if np.isnan(resampled).all():
        return Interval(float("nan"), float("nan"))
    low, high = np.nanquantile(resampled, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def compare(first: Mapping[str, float], second: Mapping[str, float], confidence: float = CONFIDENCE) -> Comparison:
    """Compare two systems by one measure, given by query: Fisher's randomisation test.

    Smucker, Allan and Carterette 2007 recommend it for rankings (doi 10.1145/1321440.1321528).
    """
    shared = [query for query in first if query in second]
    if not shared:
        raise InputError("The two systems have no query in common.")
    differences = np.array([first[query] - second[query] for query in shared])
    return Comparison(
        difference=float(differences.mean()),
        interval=interval(differences, confidence),
        p=_randomisation_p(differences),
        won=int(np.count_nonzero(differences > 0)),
        lost=int(np.count_nonzero(differences < 0)),
        equal=int(np.count_nonzero(differences == 0)),
    )


def holm(ps: Sequence[float]) -> list[float]:
    """Return p values corrected for multiple comparisons (Holm 1979)."""
    order = np.argsort(ps, kind="stable")
    adjusted, worst = np.empty(len(ps)), 0.0
    for place, index in enumerate(order):
        worst = max(worst, min(1.0, (len(ps) - place) * ps[index]))
        adjusted[index] = worst
    return [float(p) for p in adjusted]


def _randomisation_p(differences: Numbers) -> float:
    rng = np.random.default_rng(SEED)
    observed = abs(float(differences.mean()))
    as_large = 0
    for n in _chunks(len(differences)):
        signs = rng.integers(0, 2, size=(n, len(differences)), dtype=np.int8) * 2 - 1
        as_large += int(np.count_nonzero(np.abs(signs @ differences) / len(differences) >= observed - TIE))
    return (as_large + 1) / (DRAWS + 1)


def _chunks(size: int) -> Iterator[int]:
    """Yield numbers of draws that add up to DRAWS, so that each chunk fits in memory."""
    most = max(1, CHUNK // size)
    for start in range(0, DRAWS, most):
        yield min(most, DRAWS - start)
