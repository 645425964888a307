"""How well scores tell the pairs from the others, where a person said which are pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from askew.errors import InputError
from askew.evaluation.labelled import LabelledPair, is_graded, read_pairs
from askew.evaluation.significance import CONFIDENCE, Interval
from askew.extras import need

__all__ = ["Detection", "LabelledPair", "detection", "is_graded", "read_pairs"]

DRAWS = 1_000
SEED = 0


@dataclass(frozen=True)
class Detection:
    """ap: average precision, whose value for random scores is `positives` / `pairs`; interval: of it, by the bootstrap
    over pairs. best_f1 is reached where pairs are those that score `threshold` or more, with that precision and recall;
    accuracy, the best share of right answers, at `accuracy_threshold`.
    """

    pairs: int
    positives: int
    ap: float
    interval: Interval
    best_f1: float
    threshold: float
    precision: float
    recall: float
    accuracy: float
    accuracy_threshold: float


def detection(scores: Sequence[float], labels: Sequence[float], confidence: float = CONFIDENCE) -> Detection:
    """labels: 1 for a pair, 0 for none. Measures by scikit-learn; equal scores fall on the same side, always."""
    need("sklearn", "scikit-learn", "evaluation", "Measuring pairs")
    from sklearn.metrics import average_precision_score

    given, truth = _checked(scores, labels)
    f1, threshold, precision, recall = _best_f1(given, truth)
    accuracy, accuracy_threshold = _best_accuracy(given, truth)
    return Detection(
        pairs=len(truth),
        positives=int(truth.sum()),
        ap=float(average_precision_score(truth, given)),
        interval=_interval(given, truth, confidence),
        best_f1=f1,
        threshold=threshold,
        precision=precision,
        recall=recall,
        accuracy=accuracy,
        accuracy_threshold=accuracy_threshold,
    )


def _checked(scores: Sequence[float], labels: Sequence[float]) -> tuple[Any, Any]:
    given, truth = np.asarray(scores, np.float64), np.asarray(labels, np.float64)
    if len(given) != len(truth):
        raise InputError(f"There are {len(given):,} scores and {len(truth):,} labels; each pair needs one of both.")
    if not np.isin(truth, (0, 1)).all():
        raise InputError("Some labels are neither 0 nor 1: measure how the scores follow them instead (Spearman).")
    if not 0 < truth.sum() < len(truth):
        raise InputError("All pairs have the same label, so that there is nothing to tell apart.")
    return given, truth


def _best_f1(given: Any, truth: Any) -> tuple[float, float, float, float]:
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(truth, given)
    precision, recall = precision[:-1], recall[:-1]  # the last point stands for no threshold
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(float).tiny)
    best = int(f1.argmax())
    return float(f1[best]), float(thresholds[best]), float(precision[best]), float(recall[best])


def _best_accuracy(given: Any, truth: Any) -> tuple[float, float]:
    from sklearn.metrics import roc_curve

    false, true, thresholds = roc_curve(truth, given, drop_intermediate=False)
    thresholds[0] = np.nextafter(given.max(), np.inf)  # where nothing is a pair
    positives = truth.sum()
    right = (true * positives + (1 - false) * (len(truth) - positives)) / len(truth)
    best = int(right.argmax())
    return float(right[best]), float(thresholds[best])


def _interval(given: Any, truth: Any, confidence: float) -> Interval:
    from sklearn.metrics import average_precision_score

    rng = np.random.default_rng(SEED)
    found = []
    for _ in range(DRAWS):
        rows = rng.integers(len(truth), size=len(truth))
        if truth[rows].any():
            found.append(average_precision_score(truth[rows], given[rows]))
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))
