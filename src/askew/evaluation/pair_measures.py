"""Measures of pair scores: Spearman correlation, average precision, best F1, with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoder
from askew.environment import require
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair, is_graded, read_pairs
from askew.evaluation.significance import CONFIDENCE, Interval
from askew.progress import Report, reporter, silent
from askew.sealing import seal
from askew.similarity import prepare
from askew.types import Role

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
    require("sklearn", "scikit-learn", "evaluation", "Measuring pairs")
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


ROOM = 2_000_000  # numbers ranked at a time

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Correlation:
    """spearman: of the ranks, equal values at the mean of their ranks; interval: of it, by the bootstrap over pairs.
    pearson: of the values.
    """

    pairs: int
    spearman: float
    interval: Interval
    pearson: float


def scored(pairs: Sequence[LabelledPair], encoder: Encoder, report: Report = silent) -> Numbers:
    """The model's own similarity of both texts of each pair, (n,); both take the document role, as in `similar`."""
    place = {text: n for n, text in enumerate(dict.fromkeys(t for pair in pairs for t in (pair.text1, pair.text2)))}
    encoded = encoder.encode(list(place), Role.DOCUMENT, report)
    vectors = prepare(encoded.vectors, encoder.signature.similarity)
    first, second = ([place[text] for text in side] for side in zip(*((p.text1, p.text2) for p in pairs), strict=True))
    return np.asarray(np.einsum("ij,ij->i", vectors[first], vectors[second]), np.float64)


def spearman(scores: Sequence[float] | Numbers, gold: Sequence[float] | Numbers) -> float:
    """Over all pairs together (Spearman 1904), by SciPy."""
    require("scipy", "scipy", "evaluation", "Correlating")
    from scipy.stats import spearmanr

    return float(spearmanr(*_checked_scores(scores, gold)).statistic)


def correlation(
    scores: Sequence[float] | Numbers, gold: Sequence[float] | Numbers, confidence: float = CONFIDENCE
) -> Correlation:
    """gold: what people said, on any scale. InputError where all values of one side are equal."""
    rho = spearman(scores, gold)
    from scipy.stats import pearsonr

    given, said = _checked_scores(scores, gold)
    return Correlation(
        len(said), rho, _correlation_interval(given, said, confidence), float(pearsonr(given, said).statistic)
    )


def _checked_scores(scores: Sequence[float] | Numbers, gold: Sequence[float] | Numbers) -> tuple[Numbers, Numbers]:
    given, said = np.asarray(scores, np.float64), np.asarray(gold, np.float64)
    if len(given) != len(said):
        raise InputError(f"There are {len(given):,} scores and {len(said):,} labels; each pair needs one of both.")
    for values, name in ((given, "scores"), (said, "labels")):
        if len(values) < 2 or not np.ptp(values) > 0:
            raise InputError(f"All {name} are equal, so that nothing can follow them.")
    return given, said


def _correlation_interval(given: Numbers, said: Numbers, confidence: float) -> Interval:
    """By the percentile bootstrap. A draw in which one side has one value only says nothing and is left out."""
    from scipy.stats import rankdata

    rng = np.random.default_rng(SEED)
    found: list[float] = []
    most = max(1, ROOM // len(said))
    while len(found) < DRAWS:
        rows = rng.integers(len(said), size=(min(most, DRAWS - len(found)), len(said)))
        ranks = [rankdata(values[rows], axis=1) for values in (given, said)]
        a, b = (rank - rank.mean(axis=1, keepdims=True) for rank in ranks)
        size = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
        found += ((a * b).sum(axis=1)[size > 0] / size[size > 0]).tolist()
    low, high = np.quantile(found, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


@dataclass(frozen=True)
class PairEvaluation:
    """measured: the correlation for graded labels, detection for labels 0 and 1."""

    model: str
    task: str
    pairs: int
    measured: Correlation | Detection


def evaluate_pairs(
    pairs: Sequence[LabelledPair] | str | Path,
    *,
    task: str = "paraphrase",
    model: str | None = None,
    precision: str = "fp32",
    format: str | None = None,
    progress: bool | Report | None = None,
) -> PairEvaluation:
    """Measure how well a model's similarity agrees with the labels of pairs of texts.

    pairs: or a file with text1, text2 and label. model: None for the task's default. Raises InputError if the file has
    no labelled pairs, or if all labels or all scores are equal.
    """
    read = read_pairs(pairs, format=format) if isinstance(pairs, str | Path) else list(pairs)
    contract, encoder = seal(task, model, precision)
    contract.check_alike(None)
    scores = scored(read, encoder, reporter(progress))
    labels = [pair.label for pair in read]
    measured = correlation(scores, labels) if is_graded(read) else detection(scores.tolist(), labels)
    return PairEvaluation(contract.encoder.model, task, len(read), measured)
