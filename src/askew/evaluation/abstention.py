"""Selective answering: the risk-coverage curve of answers that are given only above a score threshold."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.environment import require
from askew.errors import InputError
from askew.evaluation.measures import Run, judged
from askew.evaluation.qrels import Qrels, best

RISKS = (0.05, 0.1, 0.2)

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class RiskPoint:
    """Answering only scores of at least `threshold`. coverage: share of questions answered; risk: share of these
    answers that are wrong.
    """

    threshold: float
    coverage: float
    risk: float


@dataclass(frozen=True)
class RiskCoverage:
    """Risk-coverage analysis (El-Yaniv and Wiener 2010, JMLR 11, 1605).

    questions: all; answered: those with any answer; right: those with a right answer. points: from the highest score
    down. aurc: mean risk over all coverages, lower is better; `perfect` is the AURC if all right answers scored above
    all wrong ones, `chance` that of random scores. coverage_at: by risk, the greatest coverage at or below that risk on
    these data, without a guarantee for others. auroc: how often an answerable question scores higher than an
    unanswerable one; 0.5 is chance, ties count half.
    """

    questions: int
    answered: int
    right: int
    points: tuple[RiskPoint, ...]
    aurc: float
    perfect: float
    chance: float
    coverage_at: Mapping[float, float]
    auroc: float


def risk_coverage(
    scores: Iterable[float], right: Iterable[bool], answerable: Iterable[bool] | None = None
) -> RiskCoverage:
    """Analyse the scores of one answer per question.

    scores: -inf without an answer. right: whether the answer is right. answerable: whether a right answer exists, by
    default where the answer is right. InputError unless some questions are answerable and others are not.
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
    """Analyse a run: the first document of each query is its answer, right if judged relevant."""
    known = set(judged(qrels))
    answers = [next(iter(best(run.get(query, {}), 1).items()), ("", -math.inf)) for query in queries]
    right = [qrels.get(query, {}).get(document, 0) > 0 for query, (document, _) in zip(queries, answers, strict=True)]
    return risk_coverage([score for _, score in answers], right, [query in known for query in queries])


def as_fields(found: RiskCoverage) -> dict[str, Any]:
    """Return JSON values."""
    at = [{"risk": risk, "coverage": coverage} for risk, coverage in found.coverage_at.items()]
    return {**vars(found), "points": [vars(point) for point in found.points], "coverage_at": at}


def _check(scores: Numbers, right: NDArray[np.bool_], answerable: NDArray[np.bool_]) -> None:
    if not len(scores) == len(right) == len(answerable):
        raise InputError(f"There are {len(scores):,} scores for {len(right):,} answers; each needs one.")
    if np.isnan(scores).any() or np.isposinf(scores).any():
        raise InputError("Some scores are NaN or infinite.")
    if answerable.all() or not answerable.any():
        word = "All" if len(answerable) and answerable.all() else "None"
        raise InputError(f"{word} of the questions are answerable. Abstention needs answerable and unanswerable ones.")
    if not np.isfinite(scores).any():
        raise InputError("No question has an answer.")


def _points(thresholds: Numbers, wrong: NDArray[np.bool_], questions: int) -> tuple[RiskPoint, ...]:
    """Return a point for each distinct score; equal scores are answered together."""
    last = np.append(np.flatnonzero(np.diff(thresholds)), len(thresholds) - 1)
    risk = np.cumsum(wrong)[last] / (last + 1)
    return tuple(
        RiskPoint(float(score), float(coverage), float(share))
        for score, coverage, share in zip(thresholds[last], (last + 1) / questions, risk, strict=True)
    )


def _area(thresholds: Numbers, wrong: NDArray[np.bool_]) -> float:
    """Return the AURC; equal scores count at their average risk, as they have no order."""
    _, group = np.unique(-thresholds, return_inverse=True)
    share = np.bincount(group, wrong) / np.bincount(group)
    return float((np.cumsum(share[group]) / np.arange(1, len(wrong) + 1)).mean())


def _auroc(scores: Numbers, answerable: NDArray[np.bool_]) -> float:
    require("sklearn", "scikit-learn", "evaluation", "Measuring abstention")
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(answerable, np.maximum(scores, np.finfo(np.float64).min)))
