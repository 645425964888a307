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

CONFIDENCE = 0.9
PRECISIONS = (0.8, 0.9, 0.95, 0.99)
FIRST = 0.2  # share of the labels at which testing starts, if that is enough labels to pass a test
MOST = 100_000  # labels; above this a target precision counts as out of reach
GROWTH = 1.1  # factor between the numbers of labels that are tried
COVERAGE = 0.95  # confidence of the interval of the coverage
ROUNDING = 1e-12


@dataclass(frozen=True)
class LabelledScores:
    """values: scores, highest first. right: the label of each. total: all queries or pairs, including those without a
    score because nothing was found.
    """

    values: tuple[float, ...]
    right: tuple[bool, ...]
    total: int


@dataclass(frozen=True)
class Cuts:
    """For each distinct score, highest first: the number of labels at or above it, and how many of them are wrong.

    Only distinct scores can be thresholds, so equal scores are always on the same side.
    """

    values: NDArray[np.float64]
    above: NDArray[np.int64]
    wrong: NDArray[np.int64]


def labelled_scores(values: Sequence[float], right: Sequence[bool], total: int | None = None) -> LabelledScores:
    """Sort scores and labels. total: None for the number of scores. Raises InputError if a score is not finite."""
    numbers = np.asarray(values, np.float64)
    if not np.isfinite(numbers).all():
        raise InputError("Some scores are not finite numbers.")
    order = np.argsort(-numbers, kind="stable").tolist()
    ordered = tuple(float(numbers[place]) for place in order)
    labels = tuple(bool(right[place]) for place in order)
    return LabelledScores(ordered, labels, len(ordered) if total is None else total)


def cuts(labelled: LabelledScores) -> Cuts:
    values = np.array(labelled.values, np.float64)
    wrong = np.cumsum(~np.array(labelled.right, bool))
    last = np.flatnonzero(np.append(values[1:] != values[:-1], True)[: len(values)])
    return Cuts(values[last], last + 1, wrong[last])


@dataclass(frozen=True)
class Guarantee:
    """At least the share `promise` of everything that scores `threshold` or more is right, with `confidence`.

    coverage: share of all queries or pairs that reach the threshold; low, high: its 95 % interval (Clopper and Pearson
    1934). labels: how many there are; above: how many reach the threshold; wrong: how many of those are wrong.
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
    """A precision that cannot be guaranteed. more: additional labels needed, roughly; 0 if no number would help."""

    promise: float
    confidence: float
    labels: int
    more: int
    reason: str


def check_precision(promise: float, confidence: float = CONFIDENCE) -> None:
    for name, share in (("promise", promise), ("confidence", confidence)):
        if not 0 < share < 1:
            raise InputError(f"The {name} is a share between 0 and 1, such as 0.95, not {share:g}.")


def labels_needed(promise: float, confidence: float = CONFIDENCE) -> int:
    """Return the minimum number of labels if none is wrong: 45 for 95 % with 90 % confidence."""
    return max(1, math.ceil(math.log(1 - confidence) / math.log(promise) - ROUNDING))


def guarantee(labelled: LabelledScores, promise: float, confidence: float = CONFIDENCE) -> Guarantee:
    """Return the guarantee. Raises InputError if these labels cannot support it; it says how many are needed."""
    found = try_guarantee(labelled, promise, confidence)
    if isinstance(found, Infeasible):
        raise InputError(found.reason)
    return found


def try_guarantee(labelled: LabelledScores, promise: float, confidence: float = CONFIDENCE) -> Guarantee | Infeasible:
    """Test thresholds from the highest down (fixed-sequence testing) and return the last one that passes."""
    check_precision(promise, confidence)
    require("scipy", "SciPy", "evaluation", "Guaranteeing a precision")
    labels = len(labelled.values)
    if labels < labels_needed(promise, confidence):
        return _infeasible(labelled, promise, confidence)
    at = cuts(labelled)
    passed = _few(at.wrong, at.above, promise, confidence)
    first = int(np.searchsorted(at.above, first_rank(labels, promise, confidence)))
    failed = np.flatnonzero(~passed[first:])
    last = first + (int(failed[0]) if len(failed) else len(passed) - first) - 1
    if last < first:
        return _infeasible(labelled, promise, confidence)
    above = int(at.above[last])
    low, high = _interval(above, labelled.total)
    coverage = above / labelled.total
    return Guarantee(
        promise, confidence, float(at.values[last]), coverage, low, high, labels, above, int(at.wrong[last])
    )


def first_rank(labels: int, promise: float, confidence: float = CONFIDENCE) -> int:
    """Return the rank at which testing starts.

    This is the smallest rank that passes with as many wrong labels as the first fifth allows, or the smallest rank that
    can pass at all if that is larger.
    """
    room = max(labels_needed(promise, confidence), int(labels * FIRST))
    many = range(room + 1)
    allowed = bisect_left(many, True, key=lambda wrong: not _few(wrong, room, promise, confidence)) - 1
    return bisect_left(many, True, key=lambda rank: rank > allowed and bool(_few(allowed, rank, promise, confidence)))


def _few(wrong: Any, of: Any, promise: float, confidence: float) -> Any:
    """Return whether this few wrong labels reject, by a binomial test, that the precision is below the promise."""
    from scipy.special import bdtr

    return bdtr(wrong, of, 1 - promise) <= 1 - confidence + ROUNDING


def _interval(above: int, total: int) -> tuple[float, float]:
    from scipy.special import betaincinv

    tail = (1 - COVERAGE) / 2
    low = float(betaincinv(above, total - above + 1, tail)) if above else 0.0
    high = float(betaincinv(above + 1, total - above, 1 - tail)) if above < total else 1.0
    return low, high


def _infeasible(labelled: LabelledScores, promise: float, confidence: float) -> Infeasible:
    labels, fewest = len(labelled.values), labels_needed(promise, confidence)
    more = _enough(labelled, promise, confidence) - labels
    target = f"a precision of {promise:.4g} with {confidence:.4g} confidence"
    if labels < fewest:
        reason = (
            f"{labels:,} labels are too few to guarantee {target}: that takes at least {fewest:,}, even if none is "
            f"wrong, and {_about(more)}."
        )
        return Infeasible(promise, confidence, labels, max(more, 0), reason)
    rank = int(np.searchsorted(cuts(labelled).above, first_rank(labels, promise, confidence)))
    above, wrong = (int(part[rank]) for part in (cuts(labelled).above, cuts(labelled).wrong))
    reason = (
        f"There is no guarantee for {target}: {wrong:,} of the {above:,} highest-scoring labels are wrong, and "
        f"{_about(more)}."
    )
    return Infeasible(promise, confidence, labels, max(more, 0), reason)


def _about(more: int) -> str:
    if more > 0:
        return f"at this error rate about {more:,} more labels are needed"
    return "at this error rate no number of labels is enough: lower the precision, or try another mode or model"


def _enough(labelled: LabelledScores, promise: float, confidence: float) -> int:
    """Return roughly how many labels with these error rates would be enough; 0 if no number would."""
    at, labels, fewest = cuts(labelled), len(labelled.values), labels_needed(promise, confidence)
    known = max(1, int(labels * FIRST)) if labels < fewest else first_rank(labels, promise, confidence)
    total = max(labels + 1, fewest)
    while total <= MOST:
        first = first_rank(total, promise, confidence)
        rate = 0.0
        if labels:
            place = int(np.searchsorted(at.above, max(known, round(first / total * labels))))
            rate = float(at.wrong[place] / at.above[place])
        if bool(_few(math.floor(rate * first), first, promise, confidence)):
            return total
        total = math.ceil(total * GROWTH)
    return 0
