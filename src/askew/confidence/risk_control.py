"""Risk control (Learn then Test): thresholds that guarantee a precision, from labelled scores."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.environment import require
from askew.errors import InputError


@dataclass(frozen=True)
class LabelledScores:
    """values: of what was labelled, highest first. right: of each whether it is. asked: how many there would have been,
    those for which nothing was found among them.
    """

    values: tuple[float, ...]
    right: tuple[bool, ...]
    asked: int


@dataclass(frozen=True)
class Cuts:
    """Of each distinct value, highest first: how many labels lie at or above it, and how many of these are wrong.

    Nothing between equal values is ever a threshold: whoever has the same value shares its fate.
    """

    values: NDArray[np.float64]
    above: NDArray[np.int64]
    wrong: NDArray[np.int64]


def labelled_scores(values: Sequence[float], right: Sequence[bool], asked: int | None = None) -> LabelledScores:
    """In any order; InputError for a value that is not finite."""
    numbers = np.asarray(values, np.float64)
    if not np.isfinite(numbers).all():
        raise InputError("Some scores are not finite numbers.")
    order = np.argsort(-numbers, kind="stable").tolist()
    ordered = tuple(float(numbers[place]) for place in order)
    return LabelledScores(
        ordered, tuple(bool(right[place]) for place in order), len(ordered) if asked is None else asked
    )


def cuts(labelled: LabelledScores) -> Cuts:
    values = np.array(labelled.values, np.float64)
    wrong = np.cumsum(~np.array(labelled.right, bool))
    last = np.flatnonzero(np.append(values[1:] != values[:-1], True)[: len(values)])
    return Cuts(values[last], last + 1, wrong[last])


CONFIDENCE = 0.9
PRECISIONS = (0.8, 0.9, 0.95, 0.99)
BEGIN = 0.2  # the share of the labels at which the tests begin, if that many are enough to pass
MOST = 100_000  # labels that anybody might be told to give
GROWTH = 1.1  # between two numbers of labels that are tried
COVERAGE = 0.95  # confidence of the interval of the coverage
ROUNDING = 1e-12


@dataclass(frozen=True)
class Guarantee:
    """Of what has a value of `threshold` or more the share `promise` is right, with `confidence`.

    coverage: the share of all that is asked which reaches it, low and high its 95 % interval (Clopper and Pearson
    1934). Of the `labels` so many lay `above`, and of these `wrong` were wrong.
    """

    promise: float
    confidence: float
    threshold: float
    coverage: float
    low: float
    high: float
    labels: int
    above: int
    wrong: int


@dataclass(frozen=True)
class Infeasible:
    """A promise that cannot be kept. more: about so many more labels it needs; 0 where no number would help."""

    promise: float
    confidence: float
    labels: int
    more: int
    reason: str


def check_precision(promise: float, confidence: float = CONFIDENCE) -> None:
    for name, share in (("promise", promise), ("confidence", confidence)):
        if not 0 < share < 1:
            raise InputError(f"A {name} is a share between 0 and 1, like 0.95, not {share:g}.")


def labels_needed(promise: float, confidence: float = CONFIDENCE) -> int:
    """So many labels are needed even if none is wrong: 45 for 95 % with 90 % confidence."""
    return max(1, math.ceil(math.log(1 - confidence) / math.log(promise) - ROUNDING))


def guarantee(labelled: LabelledScores, promise: float, confidence: float = CONFIDENCE) -> Guarantee:
    """InputError where it cannot be kept with these labels; it says how many are needed."""
    found = tried(labelled, promise, confidence)
    if isinstance(found, Infeasible):
        raise InputError(found.reason)
    return found


def tried(labelled: LabelledScores, promise: float, confidence: float = CONFIDENCE) -> Guarantee | Infeasible:
    check_precision(promise, confidence)
    require("scipy", "SciPy", "evaluation", "Keeping a promise")
    labels = len(labelled.values)
    if labels < labels_needed(promise, confidence):
        return _short(labelled, promise, confidence)
    at = cuts(labelled)
    passed = _few(at.wrong, at.above, promise, confidence)
    first = int(np.searchsorted(at.above, start(labels, promise, confidence)))
    failed = np.flatnonzero(~passed[first:])
    last = first + (int(failed[0]) if len(failed) else len(passed) - first) - 1
    if last < first:
        return _short(labelled, promise, confidence)
    above = int(at.above[last])
    low, high = _interval(above, labelled.asked)
    coverage = above / labelled.asked
    return Guarantee(
        promise, confidence, float(at.values[last]), coverage, low, high, labels, above, int(at.wrong[last])
    )


def start(labels: int, promise: float, confidence: float = CONFIDENCE) -> int:
    """The rank at which the tests begin: the last that one more wrong label would make too strict, within the first
    fifth; the least that can pass at all where that is more.
    """
    room = max(labels_needed(promise, confidence), int(labels * BEGIN))
    many = range(room + 1)
    allowed = bisect_left(many, True, key=lambda wrong: not _few(wrong, room, promise, confidence)) - 1
    return bisect_left(many, True, key=lambda rank: rank > allowed and bool(_few(allowed, rank, promise, confidence)))


def _few(wrong: Any, of: Any, promise: float, confidence: float) -> Any:
    """Whether so few wrong ones would be a surprise if as many were wrong as the promise just does not allow."""
    from scipy.special import bdtr

    return bdtr(wrong, of, 1 - promise) <= 1 - confidence + ROUNDING


def _interval(above: int, asked: int) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail = (1 - COVERAGE) / 2
    low = float(betaincinv(above, asked - above + 1, tail)) if above else 0.0
    high = float(betaincinv(above + 1, asked - above, 1 - tail)) if above < asked else 1.0
    return low, high


def _short(labelled: LabelledScores, promise: float, confidence: float) -> Infeasible:
    labels, fewest = len(labelled.values), labels_needed(promise, confidence)
    more = _enough(labelled, promise, confidence) - labels
    told = f"that {promise:.4g} of them are right, with {confidence:.4g} confidence"
    if labels < fewest:
        reason = (
            f"{labels:,} labels are too few to promise {told}: it takes {fewest:,} even if none is wrong, and "
            f"{_about(more)}."
        )
        return Infeasible(promise, confidence, labels, max(more, 0), reason)
    rank = int(np.searchsorted(cuts(labelled).above, start(labels, promise, confidence)))
    above, wrong = (int(part[rank]) for part in (cuts(labelled).above, cuts(labelled).wrong))
    reason = f"It cannot be promised {told}: {wrong:,} of the {above:,} surest labels are wrong, and {_about(more)}."
    return Infeasible(promise, confidence, labels, max(more, 0), reason)


def _about(more: int) -> str:
    if more > 0:
        return f"at the present rate of errors about {more:,} more labels are needed"
    return "at the present rate of errors no number of labels helps: promise less, or try another mode or model"


def _enough(labelled: LabelledScores, promise: float, confidence: float) -> int:
    """About how many labels would do if they were like these; 0 where none would."""
    at, labels, fewest = cuts(labelled), len(labelled.values), labels_needed(promise, confidence)
    known = max(1, int(labels * BEGIN)) if labels < fewest else start(labels, promise, confidence)
    total = max(labels + 1, fewest)
    while total <= MOST:
        first = start(total, promise, confidence)
        rate = 0.0
        if labels:
            place = int(np.searchsorted(at.above, max(known, round(first / total * labels))))
            rate = float(at.wrong[place] / at.above[place])
        if bool(_few(math.floor(rate * first), first, promise, confidence)):
            return total
        total = math.ceil(total * GROWTH)
    return 0
