"""Vector-space checks: anisotropy, near ties, vector norms, length bias and hubs."""

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine, too_few
from askew.diagnostics.sample import LEAST, K, QueryResults, Sample, Within
from askew.search.background import mean_cosine
from askew.similarity import Similarity
from askew.text.display import percent, shorten

HIGH = 0.5


def anisotropy(case: DiagnosticContext, sample: Sample) -> list[Finding]:
    """Where that is high, vectors fill a narrow cone, and a threshold that sounds strict is none (Ethayarajh 2019,
    arXiv 1909.00512).
    """
    if len(sample.documents) < LEAST:
        return [too_few("floor", len(sample.documents), LEAST)]
    if sample.alike < HIGH:
        return [fine("floor", sample.alike, f"Two passages drawn at random have a cosine of {sample.alike:.2f}.")]
    return [
        Finding(
            "floor",
            sample.alike,
            f"Two passages drawn at random have a cosine of {sample.alike:.2f}: ranks are not hurt by it, but a "
            "threshold near it lets everything through.",
            f"askew calibrate {case.name}",
            Level.NOTE,
        )
    ]


NEAR_TIE = 0.9
"""Of the way from what any two passages score to the same text: of all models alike, whatever their floor is."""
MANY_TIES = 0.01


def near_ties(case: DiagnosticContext, sample: Sample, among: Within) -> list[Finding]:
    """Passages whose vector is nearly the same as that of ten others or more of the sample."""
    if len(sample.documents) < LEAST:
        return [too_few("crowding", len(sample.documents), LEAST)]
    nearness = (among.last - sample.alike) / max(1 - sample.alike, 1e-6)
    crowded = np.flatnonzero(nearness >= NEAR_TIE)
    share = len(crowded) / len(sample)
    if share < MANY_TIES:
        return [fine("crowding", share, f"Few passages ({percent(share)}) lie nearly where {K} others do.")]
    first = shorten(sample.texts[crowded[0]], 60)
    owner = str(sample.owners[crowded[0]])
    return [
        Finding(
            "crowding",
            share,
            f"{percent(share)} of the passages have nearly the same vector as {K} others of {len(sample):,}, the first "
            f"{owner!r} ({first!r}…): which of them is found is chance.",
            f"askew duplicates {case.name} --threshold 0.95, and take out what they share (templates, headers)",
        )
    ]


NORMAL = 1.96  # of a normal distribution 95 % lie within so many standard deviations


@dataclass(frozen=True)
class RankCorrelation:
    """value: from -1 to 1. low, high: 95 % of such intervals hold the true one (Bonett and Wright 2000,
    doi 10.1007/BF02294183).
    """

    value: float
    low: float
    high: float

    @property
    def sure(self) -> float:
        """How strong it is at least, whichever way it goes; 0 where that is not known."""
        return max(self.low, -self.high, 0.0)

    def __str__(self) -> str:
        return f"{self.value:.2f}, 95 % interval {self.low:.2f} to {self.high:.2f}"


def spearman(one: ArrayLike, other: ArrayLike) -> RankCorrelation:
    """Equal values share their mean rank. 0, and an interval that says nothing, where either does not vary."""
    a, b = _ranks(np.asarray(one)), _ranks(np.asarray(other))
    if len(a) < 4 or not a.std() or not b.std():
        return RankCorrelation(0.0, -1.0, 1.0)
    value = float(np.corrcoef(a, b)[0, 1])
    centre = math.atanh(min(max(value, -0.999999), 0.999999))
    half = NORMAL * math.sqrt((1 + value * value / 2) / (len(a) - 3))
    return RankCorrelation(value, math.tanh(centre - half), math.tanh(centre + half))


def _ranks(values: NDArray[np.generic]) -> NDArray[np.float64]:
    _, back, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    middles: NDArray[np.float64] = ends - (counts - 1) / 2
    return middles[back]


ROUNDING = 1e-3
STRONG = 0.3
"""A correlation that is at least so strong with 95 % confidence: medium by Cohen's convention (1988)."""


def vector_norms(case: DiagnosticContext, sample: Sample) -> list[Finding]:
    """By cosine every vector has length one. By the dot product its length is part of the score, and is to come from
    what the text says, not from how long it is.
    """
    sizes = np.linalg.norm(sample.vectors, axis=1)
    if case.contract.encoder.similarity is Similarity.COSINE:
        wrong = float((np.abs(sizes - 1) > ROUNDING)[sizes > 0].mean()) if (sizes > 0).any() else 0.0
        if not wrong:
            return [fine("lengths", 0, "Every vector has length one, as cosine wants it.")]
        return [
            Finding(
                "lengths",
                wrong,
                f"{percent(wrong)} of the vectors do not have length one, in an index by cosine: the longest win.",
                case.anew(),
            )
        ]
    if len(sample.documents) < LEAST:
        return [too_few("lengths", len(sample.documents), LEAST)]
    related = spearman(sizes, sample.lengths)
    if related.sure < STRONG:
        return [fine("lengths", related.value, f"Vectors of long texts are no longer than others (rank {related}).")]
    wins = "long" if related.value > 0 else "short"
    return [
        Finding(
            "lengths",
            related.value,
            f"By the dot product {wins} passages score higher whatever is asked, as a vector is the longer the "
            f"{wins}er the text (rank correlation {related}).",
            f"Make passages of one length: {case.migrated('--policy chunk')}; or a model by cosine: "
            f"askew models choose --task {case.task}",
        )
    ]


def length_bias(case: DiagnosticContext, sample: Sample, among: Within) -> list[Finding]:
    """How often a passage is among the ten nearest of others, against how long it is."""
    if len(sample.documents) < LEAST:
        return [too_few("length-bias", len(sample.documents), LEAST)]
    related = spearman(among.counts, sample.lengths)
    if related.sure < STRONG:
        return [fine("length-bias", related.value, f"Long and short passages are found alike (rank {related}).")]
    wins, lose = ("Long", "short") if related.value > 0 else ("Short", "long")
    return [
        Finding(
            "length-bias",
            related.value,
            f"{wins} passages are found more often than {lose} ones, whatever they say (rank correlation of length "
            f"with how often a passage is among the ten nearest of another: {related}).",
            f"Make passages of one length: {case.migrated('--policy chunk --chunk-tokens 128')}",
        )
    ]


HUB_SHARE = 0.05
"""Of all queries, that must find a document."""
LEAST_QUERIES = 20
LIFT = 3.0
"""How many times as often as the average document."""
COMMON = 0.1
"""What finds a hub is alike by less than this share of the way from nothing in common to the same."""
HUBS_NAMED = 3
HUBS_SHOWN = 60  # characters of a hub


def hubs(case: DiagnosticContext, asked: QueryResults, among: Within) -> list[Finding]:
    if case.sizes.documents < LEAST or len(asked.found) < LEAST_QUERIES:
        return [too_few("hubs", min(case.sizes.documents, len(asked.found)), LEAST)]
    finders: dict[str, list[int]] = defaultdict(list)
    for query, (own, answers) in enumerate(zip(asked.own, asked.found, strict=True)):
        for document in answers:
            if document != own:
                finders[document].append(query)
    expected = min(K / case.sizes.documents, 1.0)
    bar = max(HUB_SHARE, LIFT * expected) * len(asked.found)
    many = [(id, rows) for id, rows in finders.items() if len(rows) >= max(bar, LEAST_QUERIES)]
    found = sorted(((len(rows), id) for id, rows in many if _for_everything(asked, rows)), reverse=True)
    if not found:
        return [
            fine(
                "hubs",
                among.skewness,
                f"No document comes up for everything. How often passages are found has a skewness of "
                f"{among.skewness:.1f}, and {percent(among.never)} are never among the ten nearest of another.",
            )
        ]
    named = "; ".join(_hub_names(case, id, count, len(asked.found)) for count, id in found[:HUBS_NAMED])
    count = "1 document comes" if len(found) == 1 else f"{len(found):,} documents come"
    return [
        Finding(
            "hubs",
            found[0][0] / len(asked.found),
            f"{count} up for everything, where an average one is found by {percent(expected)} of {len(asked.found):,} "
            f"{asked.noun}: {named}. What finds them has nothing in common, and better documents stand below them.",
            f"askew search {case.name} QUERY shows them: take out what says nothing of its own (askew delete "
            f"{case.name} ID)",
        )
    ]


def _for_everything(asked: QueryResults, rows: list[int]) -> bool:
    random = mean_cosine(asked.directions)
    return mean_cosine(asked.directions[rows]) - random < COMMON * (1 - random)


def _hub_names(case: DiagnosticContext, id: str, count: int, queries: int) -> str:
    [document] = case.index.documents([id])
    return f"{id!r} ({shorten(document.text, HUBS_SHOWN)!r}) by {percent(count / queries)}"
