"""Measures of labelled pairs and clusters: correlation, average precision, agreement, with intervals."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.clusters.measures import Agreement, agreement
from askew.contract import Contract
from askew.documents.names import matching
from askew.documents.rows import Bad, Table
from askew.encoders import Encoder
from askew.environment import require
from askew.errors import InputError, UnknownNameError
from askew.evaluation.labelled_pairs import LabelledPair, is_graded, read_pairs
from askew.evaluation.significance import CONFIDENCE, Interval, percentile_interval
from askew.progress import Report, reporter, silent
from askew.similarity import prepare
from askew.types import Role

DRAWS = 1_000
CHUNK = 2_000_000
"""Numbers resampled at a time."""
SEED = 0

Numbers = NDArray[np.float64]
Statistic = Callable[..., Any]


@dataclass(frozen=True)
class Detection:
    """Quality of scores that should separate duplicates from other pairs.

    ap: average precision, which is `positives` / `pairs` for random scores; interval: of ap. best_f1: the highest F1,
    reached if pairs that score `threshold` or more count as duplicates, with that precision and recall. accuracy: the
    highest share of correct decisions, reached at `accuracy_threshold`.
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


@dataclass(frozen=True)
class Correlation:
    """spearman: rank correlation, ties at their mean rank; interval: of spearman. pearson: linear correlation."""

    pairs: int
    spearman: float
    interval: Interval
    pearson: float


def scored(pairs: Sequence[LabelledPair], encoder: Encoder, report: Report = silent) -> Numbers:
    """Return the model's similarity of each pair, (n,). Both texts are encoded as documents, as in `similar`."""
    place = {text: n for n, text in enumerate(dict.fromkeys(t for pair in pairs for t in (pair.text1, pair.text2)))}
    encoded = encoder.encode(list(place), Role.DOCUMENT, report)
    vectors = prepare(encoded.vectors, encoder.signature.similarity)
    first, second = ([place[text] for text in side] for side in zip(*((p.text1, p.text2) for p in pairs), strict=True))
    return np.asarray(np.einsum("ij,ij->i", vectors[first], vectors[second]), np.float64)


def detection(scores: Sequence[float], labels: Sequence[float], confidence: float = CONFIDENCE) -> Detection:
    """Measure scores against labels: 1 for duplicates, 0 for other pairs. A threshold never separates equal scores."""
    require("sklearn", "scikit-learn", "evaluation", "Measuring pairs")
    from sklearn.metrics import average_precision_score

    def average_precision(truth: Numbers, given: Numbers) -> float:
        return float(average_precision_score(truth, given)) if truth.any() else np.nan

    given, truth = _both(scores, labels)
    if not np.isin(truth, (0, 1)).all():
        raise InputError("Some labels are neither 0 nor 1. Measure the rank correlation instead (Spearman).")
    if not 0 < truth.sum() < len(truth):
        raise InputError("All pairs have the same label. Add pairs with the other one.")
    f1, threshold, precision, recall = _best_f1(given, truth)
    accuracy, accuracy_threshold = _best_accuracy(given, truth)
    return Detection(
        pairs=len(truth),
        positives=int(truth.sum()),
        ap=average_precision(truth, given),
        interval=_bootstrap(average_precision, truth, given, confidence),
        best_f1=f1,
        threshold=threshold,
        precision=precision,
        recall=recall,
        accuracy=accuracy,
        accuracy_threshold=accuracy_threshold,
    )


def spearman(scores: Sequence[float] | Numbers, gold: Sequence[float] | Numbers) -> float:
    """Return the rank correlation over all pairs (Spearman 1904)."""
    require("scipy", "scipy", "evaluation", "A rank correlation")
    from scipy.stats import spearmanr

    return float(spearmanr(*_varying(scores, gold)).statistic)


def correlation(
    scores: Sequence[float] | Numbers, gold: Sequence[float] | Numbers, confidence: float = CONFIDENCE
) -> Correlation:
    """Correlate scores with gold labels on any scale. InputError if all scores or all labels are equal."""
    rho = spearman(scores, gold)
    from scipy.stats import pearsonr

    given, labels = _varying(scores, gold)
    bounds = _bootstrap(_rank_correlations, given, labels, confidence, vectorized=True)
    return Correlation(len(labels), rho, bounds, float(pearsonr(given, labels).statistic))


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
    encoding: str | None = None,
    progress: bool | Report | None = None,
) -> PairEvaluation:
    """Measure how well a model's similarity agrees with the labels of pairs of texts.

    pairs: or a table with text1, text2 and label; encoding: its, None detects it.
    model: None for the task's default. Raises InputError if the file has
    no labelled pairs, or if all labels or all scores are equal.
    """
    read = read_pairs(pairs, format=format, encoding=encoding) if isinstance(pairs, str | Path) else list(pairs)
    if not read:
        raise InputError("There are no labelled pairs.")
    contract, encoder = Contract.for_task(task, model, precision)
    contract.check_alike(None)
    scores = scored(read, encoder, reporter(progress))
    labels = [pair.label for pair in read]
    measured = correlation(scores, labels) if is_graded(read) else detection(scores.tolist(), labels)
    return PairEvaluation(contract.encoder.model, task, len(read), measured)


def _both(scores: Sequence[float] | Numbers, labels: Sequence[float] | Numbers) -> tuple[Numbers, Numbers]:
    given, truth = np.asarray(scores, np.float64), np.asarray(labels, np.float64)
    if len(given) != len(truth):
        raise InputError(f"There are {len(given):,} scores and {len(truth):,} labels; each pair needs one of each.")
    return given, truth


def _varying(scores: Sequence[float] | Numbers, labels: Sequence[float] | Numbers) -> tuple[Numbers, Numbers]:
    given, truth = _both(scores, labels)
    for values, name in ((given, "scores"), (truth, "labels")):
        if len(values) < 2 or not np.ptp(values) > 0:
            raise InputError(f"All {name} are equal, so no correlation is defined.")
    return given, truth


def _best_f1(given: Numbers, truth: Numbers) -> tuple[float, float, float, float]:
    from sklearn.metrics import precision_recall_curve

    precision, recall, thresholds = precision_recall_curve(truth, given)
    precision, recall = precision[:-1], recall[:-1]  # the last point has no threshold
    f1 = 2 * precision * recall / np.maximum(precision + recall, np.finfo(float).tiny)
    best = int(f1.argmax())
    return float(f1[best]), float(thresholds[best]), float(precision[best]), float(recall[best])


def _best_accuracy(given: Numbers, truth: Numbers) -> tuple[float, float]:
    from sklearn.metrics import roc_curve

    false, true, thresholds = roc_curve(truth, given, drop_intermediate=False)
    thresholds[0] = np.nextafter(given.max(), np.inf)  # no pair counts as a duplicate
    positives = truth.sum()
    right = (true * positives + (1 - false) * (len(truth) - positives)) / len(truth)
    best = int(right.argmax())
    return float(right[best]), float(thresholds[best])


def _rank_correlations(first: Numbers, second: Numbers, axis: int = -1) -> Numbers:
    """Return Spearman's correlation along an axis; NaN where one side is constant."""
    from scipy.stats import rankdata

    a, b = (ranks - ranks.mean(axis=axis, keepdims=True) for ranks in (rankdata(x, axis=axis) for x in (first, second)))
    with np.errstate(invalid="ignore"):
        found: Numbers = (a * b).sum(axis=axis) / np.sqrt((a * a).sum(axis=axis) * (b * b).sum(axis=axis))
    return found


def _bootstrap(
    statistic: Statistic, first: Numbers, second: Numbers, confidence: float, vectorized: bool = False
) -> Interval:
    """Return the percentile bootstrap interval over pairs; resamples with an undefined statistic are left out."""
    require("scipy", "scipy", "evaluation", "A confidence interval")
    from scipy.stats import DegenerateDataWarning, bootstrap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DegenerateDataWarning)  # of undefined statistics
        resampled = bootstrap(
            (first, second),
            statistic,
            paired=True,
            vectorized=vectorized,
            n_resamples=DRAWS,
            batch=max(1, CHUNK // len(first)),
            method="percentile",
            rng=np.random.default_rng(SEED),
        )
    return percentile_interval(resampled.bootstrap_distribution, confidence)


CLUSTER = "cluster"
"""The column that `askew cluster --out` writes; -1 is an outlier."""


def agreement_of(clusters: Sequence[str], labels: Sequence[str]) -> Agreement:
    """Return V-measure (Rosenberg and Hirschberg 2007), adjusted Rand index and adjusted mutual information.

    clusters, labels: one for each text; texts with the label "" do not count.
    """
    require("sklearn", "scikit-learn", "evaluation", "Measuring clusters")
    if len(clusters) != len(labels):
        raise InputError(f"There are {len(clusters):,} clusters and {len(labels):,} labels; each text needs both.")
    number = {name: n for n, name in enumerate(dict.fromkeys(clusters))}
    return agreement(np.array([number[name] for name in clusters], np.int64), labels)


def column(table: Table, name: str, path: str) -> list[str]:
    """Return a field of every row as strings, "" if missing. path: for the error if there is no such field."""
    found = matching(name, table.names)
    if not found:
        raise InputError(f"{path}: {UnknownNameError('field', name, table.names)}")
    values = []
    for row in table.rows:
        if isinstance(row, Bad):
            raise InputError(f"{path}:{row.line}: {row.reason}.")
        value = row.values.get(found)
        values.append("" if value is None else str(value))
    return values
