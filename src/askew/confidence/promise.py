"""From which value on are at most so many wrong? A threshold with a guarantee, or how many labels it lacks.

Learn then Test (Angelopoulos et al. 2021, arXiv 2110.01052): each threshold is a hypothesis "of what lies at or above
it more is wrong than promised", tested exactly by the binomial distribution of the wrong labels there. The tests go
from strict to lax and end at the first that fails; the last that passed is the threshold. The chance of a promise that
does not hold is then at most 1 - confidence, over the draw of the labels. Where to begin, and why that is sound:
docs/decisions/0013-promises.md.
"""

import math
from bisect import bisect_left
from dataclasses import dataclass
from typing import Any

import numpy as np

from askew.confidence.evidence import Evidence, cuts
from askew.errors import InputError
from askew.extras import need

CONFIDENCE = 0.9
PROMISES = (0.8, 0.9, 0.95, 0.99)
BEGIN = 0.2  # the share of the labels at which the tests begin, if that many are enough to pass
MOST = 100_000  # labels that anybody might be told to give
GROWTH = 1.1  # between two numbers of labels that are tried
COVERAGE = 0.95  # confidence of the interval of the coverage
ROUNDING = 1e-12


@dataclass(frozen=True)
class Promise:
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
class Shortfall:
    """A promise that cannot be kept. more: about so many more labels it needs; 0 where no number would help."""

    promise: float
    confidence: float
    labels: int
    more: int
    reason: str


def check_promise(promise: float, confidence: float = CONFIDENCE) -> None:
    for name, share in (("promise", promise), ("confidence", confidence)):
        if not 0 < share < 1:
            raise InputError(f"A {name} is a share between 0 and 1, like 0.95, not {share:g}.")


def least(promise: float, confidence: float = CONFIDENCE) -> int:
    """So many labels are needed even if none is wrong: 45 for 95 % with 90 % confidence."""
    return max(1, math.ceil(math.log(1 - confidence) / math.log(promise) - ROUNDING))


def kept(labelled: Evidence, promise: float, confidence: float = CONFIDENCE) -> Promise:
    """InputError where it cannot be kept with these labels; it says how many are needed."""
    found = tried(labelled, promise, confidence)
    if isinstance(found, Shortfall):
        raise InputError(found.reason)
    return found


def tried(labelled: Evidence, promise: float, confidence: float = CONFIDENCE) -> Promise | Shortfall:
    check_promise(promise, confidence)
    need("scipy", "SciPy", "evaluation", "Keeping a promise")
    labels = len(labelled.values)
    if labels < least(promise, confidence):
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
    return Promise(promise, confidence, float(at.values[last]), coverage, low, high, labels, above, int(at.wrong[last]))


def start(labels: int, promise: float, confidence: float = CONFIDENCE) -> int:
    """The rank at which the tests begin: the last that one more wrong label would make too strict, within the first
    fifth; the least that can pass at all where that is more.
    """
    room = max(least(promise, confidence), int(labels * BEGIN))
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


def _short(labelled: Evidence, promise: float, confidence: float) -> Shortfall:
    labels, fewest = len(labelled.values), least(promise, confidence)
    more = _enough(labelled, promise, confidence) - labels
    told = f"that {promise:.4g} of them are right, with {confidence:.4g} confidence"
    if labels < fewest:
        reason = (
            f"{labels:,} labels are too few to promise {told}: it takes {fewest:,} even if none is wrong, and "
            f"{_about(more)}."
        )
        return Shortfall(promise, confidence, labels, max(more, 0), reason)
    rank = int(np.searchsorted(cuts(labelled).above, start(labels, promise, confidence)))
    above, wrong = (int(part[rank]) for part in (cuts(labelled).above, cuts(labelled).wrong))
    reason = f"It cannot be promised {told}: {wrong:,} of the {above:,} surest labels are wrong, and {_about(more)}."
    return Shortfall(promise, confidence, labels, max(more, 0), reason)


def _about(more: int) -> str:
    if more > 0:
        return f"at the present rate of errors about {more:,} more labels are needed"
    return "at the present rate of errors no number of labels helps: promise less, or try another mode or model"


def _enough(labelled: Evidence, promise: float, confidence: float) -> int:
    """About how many labels would do if they were like these; 0 where none would."""
    at, labels, fewest = cuts(labelled), len(labelled.values), least(promise, confidence)
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
