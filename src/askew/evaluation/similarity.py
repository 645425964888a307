"""How well a model's scores follow what people said of how similar two texts are (semantic textual similarity)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoder
from askew.errors import InputError
from askew.evaluation.labelled import LabelledPair
from askew.evaluation.significance import CONFIDENCE, Interval
from askew.extras import need
from askew.progress import Report, silent
from askew.similarity import prepare
from askew.types import Role

DRAWS = 1_000
ROOM = 2_000_000  # numbers ranked at a time
SEED = 0

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
    need("scipy", "scipy", "evaluation", "Correlating")
    from scipy.stats import spearmanr

    return float(spearmanr(*_checked(scores, gold)).statistic)


def correlation(
    scores: Sequence[float] | Numbers, gold: Sequence[float] | Numbers, confidence: float = CONFIDENCE
) -> Correlation:
    """gold: what people said, on any scale. InputError where all values of one side are equal."""
    rho = spearman(scores, gold)
    from scipy.stats import pearsonr

    given, said = _checked(scores, gold)
    return Correlation(len(said), rho, _interval(given, said, confidence), float(pearsonr(given, said).statistic))


def _checked(scores: Sequence[float] | Numbers, gold: Sequence[float] | Numbers) -> tuple[Numbers, Numbers]:
    given, said = np.asarray(scores, np.float64), np.asarray(gold, np.float64)
    if len(given) != len(said):
        raise InputError(f"There are {len(given):,} scores and {len(said):,} labels; each pair needs one of both.")
    for values, name in ((given, "scores"), (said, "labels")):
        if len(values) < 2 or not np.ptp(values) > 0:
            raise InputError(f"All {name} are equal, so that nothing can follow them.")
    return given, said


def _interval(given: Numbers, said: Numbers, confidence: float) -> Interval:
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
