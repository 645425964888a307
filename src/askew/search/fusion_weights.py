"""Fusion weights of hybrid search, learned from judged queries."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.errors import InputError
from askew.search.hybrid import ChannelRanking, fuse
from askew.search.ranking import Ranked
from askew.stores import Store

STEPS = 20  # weights tried: 0, 1/20, 2/20 … 1 of all for the dense ranking
DEPTH = 10
NOTE = "weights"

Judged = Mapping[str, float]
"""Of the documents that were judged for a query: how relevant each is; 0 and less is not at all."""


@dataclass(frozen=True)
class FusionWeights:
    """`dense` and `lexical` add up to 1. The other figures are nDCG@10 on the queries learned from, so many."""

    dense: float
    lexical: float
    fused: float
    dense_alone: float
    lexical_alone: float
    queries: int


def read_weights(store: Store) -> tuple[float, float]:
    """Of the dense and of the lexical ranking, as they were learned for this store, else equal."""
    noted = store.note(NOTE)
    if not noted:
        return 1.0, 1.0
    learned = json.loads(noted)
    return learned["dense"], learned["lexical"]


def write_weights(store: Store, weights: FusionWeights) -> None:
    store.set_note(NOTE, json.dumps(vars(weights)))


def learn_weights(pairs: Sequence[tuple[ChannelRanking, ChannelRanking]], judged: Sequence[Judged]) -> FusionWeights:
    """pairs: for each query its dense and its lexical ranking, and in the same order what was judged of it.

    Of the weights that are best within rounding the middle one is taken: it depends least on these very queries.
    InputError where no ranking has a relevant document: then no weights are better than others.
    """
    tried = np.linspace(0, 1, STEPS + 1)
    gains = np.array([_mean_gain(pairs, judged, float(weight)) for weight in tried])
    if not gains.max() > 0:
        raise InputError(
            f"There is nothing to learn: of no query is a document that was judged relevant among the best {DEPTH}. Do "
            "the judgements name documents of this index, by their ids?"
        )
    best = tried[gains >= gains.max() - 1e-9]
    dense = float(best[len(best) // 2])
    return FusionWeights(dense, 1 - dense, float(gains.max()), float(gains[-1]), float(gains[0]), len(pairs))


def _mean_gain(pairs: Sequence[tuple[ChannelRanking, ChannelRanking]], judged: Sequence[Judged], dense: float) -> float:
    fused = (fuse(pair, (dense, 1 - dense), DEPTH) for pair in pairs)
    return float(np.mean([gain(ranking, known) for ranking, known in zip(fused, judged, strict=True)]))


def gain(ranking: Sequence[Ranked], judged: Judged) -> float:
    """nDCG@10 with the relevance itself as gain, as trec_eval has it (Järvelin and Kekäläinen 2002)."""
    ideal = sorted((value for value in judged.values() if value > 0), reverse=True)[:DEPTH]
    if not ideal:
        return 0.0
    found = [max(judged.get(entry.document, 0.0), 0.0) for entry in ranking[:DEPTH]]
    return _discounted(found) / _discounted(ideal)


def _discounted(gains: Sequence[float]) -> float:
    return float(np.sum(np.array(gains) / np.log2(np.arange(2, len(gains) + 2)))) if gains else 0.0
