"""Published scores relevant to a task, made comparable between models that were evaluated on different sets.

No model has a score on every set. Each score is modelled as the difficulty of its set plus the quality of its model,
both estimated by least squares over all available scores (two-way additive model; Scheffé 1959, chapter 4). A model's
effect is its gain over the average model on the same sets, in points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.models.card import Card, Score
from askew.tasks import Kind, get

Figure = tuple[str, str]
"""Data set and measure."""

RETRIEVAL: tuple[Figure, ...] = (
    *((name, "nDCG@10") for name in ("SciFact", "NFCorpus", "FiQA2018", "SCIDOCS", "TRECCOVID", "NQ", "HotpotQA")),
    ("TREC-DL19", "nDCG@10"),
    ("MSMARCO dev", "RR@10"),
    ("SBERT search (6 tasks)", "mean"),
)
SIMILARITY: tuple[Figure, ...] = (
    *((name, "Spearman") for name in ("STSBenchmark", "STS16", "SICK-R", "BIOSSES")),
    ("TwitterURLCorpus", "AP"),
    ("SBERT sentence (14 tasks)", "mean"),
)
DUPLICATES: tuple[Figure, ...] = (
    ("SprintDuplicateQuestions", "AP"),
    ("AskUbuntuDupQuestions", "MAP"),
    ("QuoraRetrieval", "nDCG@10"),
)
CLUSTERS: tuple[Figure, ...] = (
    *((name, "V-measure") for name in ("ArxivClusteringP2P", "StackExchangeClusteringP2P", "StackExchangeClustering")),
    ("SBERT sentence (14 tasks)", "mean"),
)
ACROSS_LANGUAGES: Mapping[Kind, tuple[Figure, ...]] = {
    Kind.SYMMETRIC: (("STS17 (11 language pairs)", "Spearman"), ("BUCC.v2", "F1")),
    Kind.ASYMMETRIC: tuple((f"{name}Retrieval", "nDCG@10") for name in ("MIRACL", "MLQA", "Belebele")),
}

EVIDENCE: Mapping[str, tuple[Figure, ...]] = {
    "duplicate-questions": DUPLICATES,
    "paraphrase": SIMILARITY,
    "near-duplicate": SIMILARITY,
    "article-similarity": CLUSTERS,
    "question-answering": RETRIEVAL,
    "faq": tuple((name, "nDCG@10") for name in ("FiQA2018", "NQ", "QuoraRetrieval", "CQADupstackRetrieval")),
    "enterprise-search": RETRIEVAL,
}

RIDGE = 0.5
"""Shrinkage of models with few scores towards the average, in units of one score."""
ROUNDS = 200


@dataclass(frozen=True)
class Standing:
    """Estimated quality of a model. points: gain over the average model, times 100. figures: the scores used."""

    points: float
    figures: tuple[Score, ...]


def figures_for(task: str, multilingual: bool) -> frozenset[Figure]:
    """Return the scores that count for a task; with languages other than English, only multilingual sets count."""
    if not multilingual:
        return frozenset(EVIDENCE[task])
    kinds = [kind for kind in ACROSS_LANGUAGES if get(task).kind in (kind, Kind.BOTH)]
    return frozenset(figure for kind in kinds for figure in ACROSS_LANGUAGES[kind])


def standings(cards: Sequence[Card], task: str, multilingual: bool = False) -> dict[str, Standing]:
    """Return the standing of each card by name, relative to the average of `cards`; 0 points without scores."""
    wanted = figures_for(task, multilingual)
    own = {card.name: tuple(s for s in card.scores if (s.set, s.measure) in wanted) for card in cards}
    effects = _effects([(name, (s.set, s.measure), s.value) for name, scores in own.items() for s in scores])
    return {name: Standing(100 * effects.get(name, 0.0), scores) for name, scores in own.items()}


def _effects(values: Sequence[tuple[str, Figure, float]]) -> dict[str, float]:
    """Estimate by alternating means, which converge to least squares with a ridge penalty on the models' effects."""
    models = sorted({model for model, _, _ in values})
    sets = sorted({figure for _, figure, _ in values})
    row = np.array([models.index(model) for model, _, _ in values], np.int64)
    column = np.array([sets.index(figure) for _, figure, _ in values], np.int64)
    value = np.array([value for _, _, value in values])
    model, level = np.zeros(len(models)), np.zeros(len(sets))
    for _ in range(ROUNDS):
        level = np.bincount(column, value - model[row], len(sets)) / np.bincount(column, minlength=len(sets))
        counts = np.bincount(row, minlength=len(models)) + RIDGE
        model = np.bincount(row, value - level[column], len(models)) / counts
    return dict(zip(models, model.tolist(), strict=True))
