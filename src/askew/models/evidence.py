"""Which published figures speak for a model in a task, and what they say when every model has others.

No card has every figure. So each figure is taken as the sum of how hard its set is and how good its model is, and
both are found by least squares over all figures at hand (two-way additive model; Scheffé 1959, chapter 4). A model's
effect is what it gains over the average model on the same sets, in points.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.models.cards import Card, Score
from askew.tasks import Kind, get

Figure = tuple[str, str]
"""A set and a measure."""

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
"""How much a model with few figures is drawn to the average: by as much as half a figure of its own would."""
ROUNDS = 200


@dataclass(frozen=True)
class Standing:
    """points: above the average model on the same sets, in hundredths. figures: those that it rests on."""

    points: float
    figures: tuple[Score, ...]


def figures_for(task: str, multilingual: bool) -> frozenset[Figure]:
    """Where other languages than English are asked for, figures across languages count, and only they."""
    if not multilingual:
        return frozenset(EVIDENCE[task])
    kinds = [kind for kind in ACROSS_LANGUAGES if get(task).kind in (kind, Kind.BOTH)]
    return frozenset(figure for kind in kinds for figure in ACROSS_LANGUAGES[kind])


def standings(cards: Sequence[Card], task: str, multilingual: bool = False) -> dict[str, Standing]:
    """For each card by name; without figures it stands at 0 with none. All of `cards` set the average."""
    wanted = figures_for(task, multilingual)
    own = {card.name: tuple(s for s in card.scores if (s.set, s.measure) in wanted) for card in cards}
    effects = _effects([(name, (s.set, s.measure), s.value) for name, scores in own.items() for s in scores])
    return {name: Standing(100 * effects.get(name, 0.0), scores) for name, scores in own.items()}


def _effects(values: Sequence[tuple[str, Figure, float]]) -> dict[str, float]:
    """Alternating means; they converge to the least squares with a ridge on the models' effects."""
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
