"""Vector-space checks: anisotropy, near ties, vector norms, length bias and hubs."""

import math
from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from askew.diagnostics.finding import DiagnosticContext, Finding, Level, fine, too_few
from askew.diagnostics.sample import LEAST, K, QueryResults, Sample, SampleNeighbours
from askew.search.background import mean_cosine
from askew.similarity import Similarity
from askew.text.display import percent, shorten

HIGH = 0.5
NEAR_TIE = 0.9
"""On a scale from random passages (0) to identical text (1), which makes models comparable."""
MANY_TIES = 0.01
NORMAL = 1.96  # of a normal distribution 95 % lie within so many standard deviations
ROUNDING = 1e-3
STRONG = 0.3
"""Minimum lower bound of a correlation to report: medium by Cohen's convention (1988)."""
HUB_SHARE = 0.05
"""Share of queries that must find a hub."""
LEAST_QUERIES = 20
LIFT = 3.0
"""How many times more often than average a hub is found."""
COMMON = 0.1
"""Maximum similarity of the queries that find a hub, from random (0) to identical (1)."""
HUBS_NAMED = 3
HUBS_SHOWN = 60  # characters of a hub


def anisotropy(context: DiagnosticContext, sample: Sample) -> list[Finding]:
    """Check the mean cosine of unrelated passages: if vectors fill a narrow cone, thresholds that sound strict are not
    (Ethayarajh 2019, arXiv 1909.00512).
    """
    if len(sample.documents) < LEAST:
        return [too_few("floor", len(sample.documents), LEAST)]
    if sample.alike < HIGH:
        return [fine("floor", sample.alike, f"Random passages have a mean cosine of {sample.alike:.2f}.")]
    return [
        Finding(
            "floor",
            sample.alike,
            f"Random passages have a mean cosine of {sample.alike:.2f}: rankings are not affected, but a threshold "
            "near it lets everything through.",
            f"askew calibrate {context.name}",
            Level.NOTE,
        )
    ]


def near_ties(context: DiagnosticContext, sample: Sample, among: SampleNeighbours) -> list[Finding]:
    """Check for passages whose vectors are nearly the same as those of ten or more others."""
    if len(sample.documents) < LEAST:
        return [too_few("crowding", len(sample.documents), LEAST)]
    nearness = (among.last - sample.alike) / max(1 - sample.alike, 1e-6)
    crowded = np.flatnonzero(nearness >= NEAR_TIE)
    share = len(crowded) / len(sample)
    if share < MANY_TIES:
        return [fine("crowding", share, f"Few passages ({percent(share)}) are nearly tied with {K} others.")]
    first = shorten(sample.texts[crowded[0]], 60)
    owner = str(sample.owners[crowded[0]])
    return [
        Finding(
            "crowding",
            share,
            f"{percent(share)} of the passages have nearly the same vector as {K} others of {len(sample):,}, such as "
            f"{owner!r} ({first!r}…): which of them is found is arbitrary.",
            f"askew duplicates {context.name} --threshold 0.95, and remove what they share (templates, headers)",
        )
    ]


@dataclass(frozen=True)
class RankCorrelation:
    """Spearman's rank correlation. low, high: 95 % confidence interval (Bonett and Wright 2000,
    doi 10.1007/BF02294183).
    """

    value: float
    low: float
    high: float

    @property
    def lower_bound(self) -> float:
        """The least absolute correlation that the interval allows."""
        return max(self.low, -self.high, 0.0)

    def __str__(self) -> str:
        return f"{self.value:.2f}, 95 % interval {self.low:.2f} to {self.high:.2f}"


def spearman(one: ArrayLike, other: ArrayLike) -> RankCorrelation:
    """Return the rank correlation; 0 with an interval from -1 to 1 if either side is constant."""
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


def vector_norms(context: DiagnosticContext, sample: Sample) -> list[Finding]:
    """Check the norms of vectors: 1 for cosine; for the dot product, independent of the length of the text."""
    sizes = np.linalg.norm(sample.vectors, axis=1)
    if context.contract.encoder.similarity is Similarity.COSINE:
        wrong = float((np.abs(sizes - 1) > ROUNDING)[sizes > 0].mean()) if (sizes > 0).any() else 0.0
        if not wrong:
            return [fine("lengths", 0, "All vectors have norm 1, as cosine similarity requires.")]
        return [
            Finding(
                "lengths",
                wrong,
                f"{percent(wrong)} of the vectors do not have norm 1 in a cosine index: large ones win.",
                context.rebuild_command(),
            )
        ]
    if len(sample.documents) < LEAST:
        return [too_few("lengths", len(sample.documents), LEAST)]
    related = spearman(sizes, sample.lengths)
    if related.lower_bound < STRONG:
        return [
            fine("lengths", related.value, f"Vector norms do not depend on text length (rank correlation {related}).")
        ]
    wins = "long" if related.value > 0 else "short"
    return [
        Finding(
            "lengths",
            related.value,
            f"With the dot product, {wins} passages score higher for any query, as {wins} texts have vectors with "
            f"larger norms (rank correlation {related}).",
            f"Make passages equally long: {context.migrate_command('--policy chunk')}; or use a cosine model: "
            f"askew models choose --task {context.task}",
        )
    ]


def length_bias(context: DiagnosticContext, sample: Sample, among: SampleNeighbours) -> list[Finding]:
    """Check whether passages of some length are among the ten nearest of others more often."""
    if len(sample.documents) < LEAST:
        return [too_few("length-bias", len(sample.documents), LEAST)]
    related = spearman(among.counts, sample.lengths)
    if related.lower_bound < STRONG:
        return [
            fine(
                "length-bias",
                related.value,
                f"Long and short passages are found equally often (rank correlation {related}).",
            )
        ]
    wins, lose = ("Long", "short") if related.value > 0 else ("Short", "long")
    return [
        Finding(
            "length-bias",
            related.value,
            f"{wins} passages are found more often than {lose} ones, whatever their content (rank correlation of "
            f"length and how often a passage is among the ten nearest of another: {related}).",
            f"Make passages equally long: {context.migrate_command('--policy chunk --chunk-tokens 128')}",
        )
    ]


def hubs(context: DiagnosticContext, results: QueryResults, among: SampleNeighbours) -> list[Finding]:
    if context.sizes.documents < LEAST or len(results.found) < LEAST_QUERIES:
        return [too_few("hubs", min(context.sizes.documents, len(results.found)), LEAST)]
    finders: dict[str, list[int]] = defaultdict(list)
    for query, (own, answers) in enumerate(zip(results.own, results.found, strict=True)):
        for document in answers:
            if document != own:
                finders[document].append(query)
    expected = min(K / context.sizes.documents, 1.0)
    bar = max(HUB_SHARE, LIFT * expected) * len(results.found)
    many = [(id, rows) for id, rows in finders.items() if len(rows) >= max(bar, LEAST_QUERIES)]
    found = sorted(((len(rows), id) for id, rows in many if _for_everything(results, rows)), reverse=True)
    if not found:
        return [
            fine(
                "hubs",
                among.skewness,
                f"No hubs. How often passages are found has a skewness of {among.skewness:.1f}, and "
                f"{percent(among.never)} are never among the ten nearest of another.",
            )
        ]
    named = "; ".join(_hub_names(context, id, count, len(results.found)) for count, id in found[:HUBS_NAMED])
    count = "1 document comes" if len(found) == 1 else f"{len(found):,} documents come"
    return [
        Finding(
            "hubs",
            found[0][0] / len(results.found),
            f"{count} up for unrelated queries (hubs): {named}, while an average document is found by "
            f"{percent(expected)} of {len(results.found):,} {results.noun}. Better documents rank below them.",
            f"Look at them with askew search {context.name} QUERY, and remove those without content: askew delete "
            f"{context.name} ID",
        )
    ]


def _for_everything(results: QueryResults, rows: list[int]) -> bool:
    random = mean_cosine(results.directions)
    return mean_cosine(results.directions[rows]) - random < COMMON * (1 - random)


def _hub_names(context: DiagnosticContext, id: str, count: int, queries: int) -> str:
    [document] = context.index.documents([id])
    return f"{id!r} ({shorten(document.text, HUBS_SHOWN)!r}) by {percent(count / queries)}"
