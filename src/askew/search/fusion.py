"""Several rankings of the same documents made into one."""

from collections.abc import Sequence
from dataclasses import replace

from askew.search.ranking import Ranked

DAMPING = 60


def reciprocal_rank(rankings: Sequence[Sequence[Ranked]], weights: Sequence[float], k: int) -> list[Ranked]:
    """Reciprocal rank fusion: a document scores the sum of weight / (60 + rank) over the rankings.

    Ranks count from 1. Equal scores go to the document that the earlier ranking has higher. The passage
    shown is that of the ranking in which the document stands best. Cormack, Clarke and Büttcher 2009,
    doi 10.1145/1571941.1572114.
    """
    scores: dict[str, float] = {}
    shown: dict[str, tuple[int, Ranked]] = {}
    for ranking, weight in zip(rankings, weights, strict=True):
        if weight == 0:
            continue
        for rank, entry in enumerate(ranking, start=1):
            scores[entry.document] = scores.get(entry.document, 0.0) + weight / (DAMPING + rank)
            if entry.document not in shown or rank < shown[entry.document][0]:
                shown[entry.document] = (rank, entry)
    order = sorted(scores, key=lambda document: -scores[document])
    return [replace(shown[document][1], score=scores[document]) for document in order[:k]]
