"""Does the score of the first answer tell when it is better to give none: risk against coverage."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.environment import require
from askew.errors import InputError
from askew.evaluation.measures import Run, judged
from askew.evaluation.qrels import Qrels

RISKS = (0.05, 0.1, 0.2)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Point:
    """Where questions are answered if the score is `threshold` or more: coverage is the share of all questions that
    are, risk the share of wrong ones among those answers.
    """

    threshold: float
    coverage: float
    risk: float


@dataclass(frozen=True)
class RiskCoverage:
    """Of El-Yaniv and Wiener 2010 (JMLR 11, 1605).

    questions: all; answered: those that have an answer at all; right: those whose answer is right. points: from the
    highest score down. aurc: the mean risk over all coverages, lower is better; `perfect` would be that of scores that
    put all right answers before all wrong ones, and `chance` is that of scores that say nothing. coverage_at: by risk
    the greatest coverage at no more than that risk, in these data: no promise for others. auroc: how often a question
    that can be answered has a higher score than one that cannot; 0.5 is chance (ties count half).
    """

    questions: int
    answered: int
    right: int
    points: tuple[Point, ...]
    aurc: float
    perfect: float
    chance: float
    coverage_at: Mapping[float, float]
    auroc: float


def risk_coverage(
    scores: Iterable[float], right: Iterable[bool], answerable: Iterable[bool] | None = None
) -> RiskCoverage:
    """For each question the score of the answer, -inf where there is none, whether it is right, and whether there is a
    right one at all (else: those whose answer is right). InputError unless some can be answered and others cannot.
    """
    given = np.asarray(list(scores), np.float64)
    hit = np.asarray(list(right), bool)
    can = hit if answerable is None else np.asarray(list(answerable), bool)
    _check(given, hit, can)
    order = np.argsort(-given, kind="stable")
    order = order[np.isfinite(given[order])]
    wrong, thresholds = ~hit[order], given[order]
    points = _points(thresholds, wrong, len(given))
    return RiskCoverage(
        questions=len(given),
        answered=len(order),
        right=int(hit.sum()),
        points=points,
        aurc=_area(thresholds, wrong),
        perfect=_area(np.arange(len(wrong), 0, -1.0), np.sort(wrong)),
        chance=float(wrong.mean()),
        coverage_at={risk: max((one.coverage for one in points if one.risk <= risk), default=0.0) for risk in RISKS},
        auroc=_auroc(given, can),
    )


def abstention(queries: Sequence[str], qrels: Qrels, run: Run) -> RiskCoverage:
    """The first document of each query is its answer; right where it is judged relevant."""
    known = set(judged(qrels))
    answers = [max(run.get(query, {}).items(), key=lambda item: item[1], default=("", -math.inf)) for query in queries]
    right = [qrels.get(query, {}).get(document, 0) > 0 for query, (document, _) in zip(queries, answers, strict=True)]
    return risk_coverage([score for _, score in answers], right, [query in known for query in queries])


def as_fields(found: RiskCoverage) -> dict[str, Any]:
    """For JSON."""
    at = [{"risk": risk, "coverage": coverage} for risk, coverage in found.coverage_at.items()]
    return {**vars(found), "points": [vars(point) for point in found.points], "coverage_at": at}


def _check(scores: Numbers, right: NDArray[np.bool_], answerable: NDArray[np.bool_]) -> None:
    if not len(scores) == len(right) == len(answerable):
        raise InputError(f"There are {len(scores):,} scores for {len(right):,} answers; each needs one.")
    if np.isnan(scores).any() or np.isposinf(scores).any():
        raise InputError("Some scores are no numbers.")
    if answerable.all() or not answerable.any():
        word = "All" if len(answerable) and answerable.all() else "None"
        raise InputError(f"{word} of the questions can be answered, so that there is nothing to tell apart.")
    if not np.isfinite(scores).any():
        raise InputError("No question has an answer.")


def _points(thresholds: Numbers, wrong: NDArray[np.bool_], questions: int) -> tuple[Point, ...]:
    """One for each score that there is: equal scores are answered together."""
    last = np.append(np.flatnonzero(np.diff(thresholds)), len(thresholds) - 1)
    risk = np.cumsum(wrong)[last] / (last + 1)
    return tuple(
        Point(float(score), float(coverage), float(share))
        for score, coverage, share in zip(thresholds[last], (last + 1) / questions, risk, strict=True)
    )


def _area(thresholds: Numbers, wrong: NDArray[np.bool_]) -> float:
    """Equal scores have no order; each of them counts as wrong as they all are on average."""
    _, group = np.unique(-thresholds, return_inverse=True)
    share = np.bincount(group, wrong) / np.bincount(group)
    return float((np.cumsum(share[group]) / np.arange(1, len(wrong) + 1)).mean())


def _auroc(scores: Numbers, answerable: NDArray[np.bool_]) -> float:
    require("sklearn", "scikit-learn", "evaluation", "Measuring abstention")
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(answerable, np.maximum(scores, np.finfo(np.float64).min)))
