"""How sure a mean is, and whether two systems differ: by drawing again from the queries that there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.errors import InputError

DRAWS = 10_000
ROOM = 4_000_000  # numbers drawn at a time
SEED = 0
CONFIDENCE = 0.95

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Interval:
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """The first system against the second on the queries of both. p: how often chance alone, which flips the sign of
    each query's difference, gives a mean difference as large, two-sided; `holm` corrects it where there are several.
    """

    difference: float
    interval: Interval
    p: float
    won: int
    lost: int
    equal: int


def interval(values: Sequence[float] | Numbers, confidence: float = CONFIDENCE) -> Interval:
    """Of the mean: the percentile bootstrap over queries (Efron 1979). The same values always give the same."""
    numbers = np.asarray(values, np.float64)
    if not len(numbers):
        raise InputError("There is nothing to measure.")
    rng = np.random.default_rng(SEED)
    means = np.concatenate(
        [numbers[rng.integers(len(numbers), size=(n, len(numbers)))].mean(axis=1) for n in _parts(len(numbers))]
    )
    low, high = np.quantile(means, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def compare(first: Mapping[str, float], second: Mapping[str, float], confidence: float = CONFIDENCE) -> Comparison:
    """Of one measure, by query. Fisher's randomisation test, as Smucker, Allan and Carterette 2007 recommend for
    rankings (doi 10.1145/1321440.1321528).
    """
    shared = [query for query in first if query in second]
    if not shared:
        raise InputError("The two systems have no query in common.")
    differences = np.array([first[query] - second[query] for query in shared])
    seen = abs(float(differences.mean()))
    rng = np.random.default_rng(SEED)
    as_large = 0
    for n in _parts(len(differences)):
        signs = rng.integers(0, 2, size=(n, len(differences)), dtype=np.int8) * 2 - 1
        as_large += int(np.count_nonzero(np.abs(signs @ differences) / len(differences) >= seen - 1e-12))
    return Comparison(
        difference=float(differences.mean()),
        interval=interval(differences, confidence),
        p=(as_large + 1) / (DRAWS + 1),
        won=int(np.count_nonzero(differences > 0)),
        lost=int(np.count_nonzero(differences < 0)),
        equal=int(np.count_nonzero(differences == 0)),
    )


def holm(ps: Sequence[float]) -> list[float]:
    """Each p corrected for how many there are (Holm 1979): all at or below a level can be believed at that level."""
    order = np.argsort(ps, kind="stable")
    adjusted, worst = np.empty(len(ps)), 0.0
    for place, index in enumerate(order):
        worst = max(worst, min(1.0, (len(ps) - place) * ps[index]))
        adjusted[index] = worst
    return [float(p) for p in adjusted]


def _parts(size: int) -> list[int]:
    most = max(1, min(DRAWS, ROOM // size))
    return [most] * (DRAWS // most) + ([DRAWS % most] if DRAWS % most else [])
