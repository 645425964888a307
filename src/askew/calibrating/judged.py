"""From queries with judged documents to evidence: some of them teach the signal, the others say what it is worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.confidence.confidence_model import ConfidenceModel, TopHit, learn_confidence
from askew.confidence.risk_control import LabelledScores, labelled_scores
from askew.errors import InputError
from askew.types import Document

TEACH = 0.2
"""The share of the queries that teach; a tenth to a third serves as well (docs/decisions/0013-promises.md)."""
SEED = 0
BATCH = 256  # queries between two words about how far it is

Judgements = Mapping[str, Mapping[str, float]]
"""By query and document: how relevant; 0 and less is not at all."""


@dataclass(frozen=True)
class Asked:
    """A query, and the documents that answer it; none where nothing does."""

    text: str
    relevant: frozenset[str]


def asked(queries: Sequence[Document], qrels: Judgements, *, unanswerable: bool) -> list[Asked]:
    """unanswerable: a query without a relevant document is one that nothing answers, so that every answer to it is
    wrong; else it is left out, as nobody has judged it.
    """
    found = [
        Asked(query.text, frozenset(id for id, value in qrels.get(query.id, {}).items() if value > 0))
        for query in queries
    ]
    if not any(one.relevant for one in found):
        raise InputError("Of no query is a relevant document known: do the ids of queries and judgements meet?")
    return [one for one in found if one.relevant or unanswerable]


def taught(firsts: Sequence[TopHit], right: Sequence[bool]) -> tuple[ConfidenceModel, LabelledScores]:
    """Drawn at random, the same ones every time. What taught is no evidence: it would flatter the signal."""
    order = np.random.default_rng(SEED).permutation(len(firsts)).tolist()
    size = int(len(order) * TEACH)
    lessons = [place for place in order[:size] if firsts[place].document]
    signal = learn_confidence([firsts[place] for place in lessons], [right[place] for place in lessons])
    rest = order[size:]
    given = [place for place in rest if firsts[place].document]
    values = [signal.of(firsts[place]) for place in given]
    return signal, labelled_scores(values, [right[place] for place in given], len(rest))
