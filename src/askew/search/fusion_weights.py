"""Fusion weights of hybrid search, learned from judged queries."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.errors import InputError
from askew.search.hybrid import ChannelRanking, fuse_channels
from askew.search.ranking import Ranked
from askew.stores import Store

STEPS = 20
"""Weights tried for the dense channel: 0, 1/20, 2/20 … 1."""
DEPTH = 10
NOTE = "weights"

Judged = Mapping[str, float]
"""Relevance of each judged document of a query; 0 and less means not relevant."""


@dataclass(frozen=True)
class FusionWeights:
    """Weights of the channels, which sum to 1, and nDCG@10 on the `queries` that they were learned from."""

    dense: float
    lexical: float
    fused: float
    dense_alone: float
    lexical_alone: float
    queries: int


def read_weights(store: Store) -> tuple[float, float]:
    """Return the weights of the dense and the lexical channel, as learned for this store, or equal ones."""
    noted = store.note(NOTE)
    if not noted:
        return 1.0, 1.0
    learned = json.loads(noted)
    return learned["dense"], learned["lexical"]


def write_weights(store: Store, weights: FusionWeights) -> None:
    store.set_note(NOTE, json.dumps(vars(weights)))


def learn_weights(pairs: Sequence[tuple[ChannelRanking, ChannelRanking]], judged: Sequence[Judged]) -> FusionWeights:
    """Return the weights with the highest mean nDCG@10. pairs: the dense and the lexical ranking of each query.

    If several weights are equally good, the middle one is chosen: it depends least on these queries. Raises
    `InputError` if no ranking contains a relevant document, because then all weights are equally good.
    """
    tried = np.linspace(0, 1, STEPS + 1)
    gains = np.array([_mean_gain(pairs, judged, float(weight)) for weight in tried])
    if not gains.max() > 0:
        raise InputError(
            f"There is nothing to learn: no query has a relevant document among the best {DEPTH}. Check that the "
            "judgements use the document ids of this index."
        )
    best = tried[gains >= gains.max() - 1e-9]
    dense = float(best[len(best) // 2])
    return FusionWeights(dense, 1 - dense, float(gains.max()), float(gains[-1]), float(gains[0]), len(pairs))


def _mean_gain(pairs: Sequence[tuple[ChannelRanking, ChannelRanking]], judged: Sequence[Judged], dense: float) -> float:
    fused = (fuse_channels(pair, (dense, 1 - dense), DEPTH) for pair in pairs)
    return float(np.mean([gain(ranking, known) for ranking, known in zip(fused, judged, strict=True)]))


def gain(ranking: Sequence[Ranked], judged: Judged) -> float:
    """Return nDCG@10 with the relevance itself as gain, as in trec_eval (Järvelin and Kekäläinen 2002)."""
    ideal = sorted((value for value in judged.values() if value > 0), reverse=True)[:DEPTH]
    if not ideal:
        return 0.0
    found = [max(judged.get(entry.document, 0.0), 0.0) for entry in ranking[:DEPTH]]
    return _discounted(found) / _discounted(ideal)


def _discounted(gains: Sequence[float]) -> float:
    return float(np.sum(np.array(gains) / np.log2(np.arange(2, len(gains) + 2)))) if gains else 0.0
