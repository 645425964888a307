"""Soft labels: unlabelled pairs of texts, with the probability of relevance that an encoder gives them.

A fresh head knows nothing, and labels are few. So a cross-encoder first learns what the vectors of its base tell
already, or those of a better encoder, its teacher, from pairs that nobody has judged, and then from labels what they do
not tell (Trans-Encoder: Liu et al. 2022, arXiv 2109.13059). Similarity becomes probability by a logistic regression on
the labels (Platt 1999).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.encoders.cache import CachedEncoder
from askew.encoders.loading import load
from askew.errors import InputError
from askew.models import own
from askew.progress import Report
from askew.similarity import prepare
from askew.tasks import get
from askew.training.data import TrainingData, document_text
from askew.training.examples import Pair, Row, RowSettings
from askew.training.query_texts import query_texts
from askew.training.recipes import Rows
from askew.training.trials import document_vectors, ranked
from askew.types import FloatMatrix, Role

MOST = 30_000
"""Maximum number of pairs: some passes over a few thousand texts."""
NEAREST, NEAR, OTHERS = 3, 3, 2
"""Pairs of each text: with its nearest ones, with others among the best DEPTH, and with any."""
EACH = NEAREST + NEAR + OTHERS
DEPTH = 50
BLOCK = 64
"""Texts that are compared with all others at a time."""
LEAST = 1e-6
"""Smallest standard deviation of similarities that differ."""

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class _Sides:
    """Distinct texts and their prepared vectors, (n, dim), of both sides of a pair. They are the same in symmetric
    tasks.
    """

    texts: tuple[list[str], list[str]]
    vectors: tuple[FloatMatrix, FloatMatrix]

    def similarity(self, pairs: Sequence[Pair]) -> Numbers:
        left, right = ({text: place for place, text in enumerate(texts)} for texts in self.texts)
        places = np.array([(left[a], right[b]) for a, b in pairs], np.int64).reshape(-1, 2)
        found = np.einsum("ij,ij->i", self.vectors[0][places[:, 0]], self.vectors[1][places[:, 1]])
        return np.asarray(found, np.float64)


def soft_rows(labelled: Sequence[Row], data: TrainingData, wanted: RowSettings, most: int, report: Report) -> list[Row]:
    """Return at most `most` pairs of the texts of the training part that have no label, with soft ones. Where these
    are queries and documents, texts cut from the documents are queries too.

    labelled: rows of text1, text2 and label, 0 or 1. There are none where the similarity does not rise with the label.
    """
    if not most:
        return []
    sides = _sides(labelled, data, wanted, most, report)
    known = [(row["text1"], row["text2"]) for row in labelled]
    slope, shift = platt(sides.similarity(known), np.array([row["label"] for row in labelled]))
    if not slope > 0:
        return []
    pairs = _unlabelled(sides, {*known, *_judged(data)}, most, wanted.seed)
    chance = 1 / (1 + np.exp(-(slope * sides.similarity(pairs) + shift)))
    return [{"text1": a, "text2": b, "label": p} for (a, b), p in zip(pairs, chance.tolist(), strict=True)]


def _sides(labelled: Sequence[Row], data: TrainingData, wanted: RowSettings, most: int, report: Report) -> _Sides:
    card = own.resolve(wanted.teacher) if wanted.teacher else wanted.card
    encoder, similarity = CachedEncoder(load(card, wanted.task)), card.similarity
    asked = dict.fromkeys(row["text1"] for row in labelled)
    if wanted.recipe.rows is Rows.SCORES:  # both orders of each pair are there
        vectors = prepare(encoder.encode(list(asked), Role.DOCUMENT, report).vectors, similarity)
        return _Sides((list(asked), list(asked)), (vectors, vectors))
    asked |= dict.fromkeys(_like_queries(data, most // EACH - len(asked), wanted.seed))
    queries = prepare(encoder.encode(list(asked), get(wanted.task).query_role, report).vectors, similarity)
    documents = {document_text(document): document for document in data.documents.values()}
    vectors = document_vectors(list(documents.values()), encoder, report)
    return _Sides((list(asked), list(documents)), (queries, vectors))


def _like_queries(data: TrainingData, most: int, seed: int) -> tuple[str, ...]:
    """Return texts of the documents that are short like queries, of which there are few."""
    try:
        return query_texts(list(data.documents.values()), most, seed) if most > 0 else ()
    except InputError:  # there is no text in them that could be a query
        return ()


def _judged(data: TrainingData) -> Iterator[Pair]:
    """Yield all pairs of texts that somebody has labelled, graded, or given as negatives."""
    for pair in data.scores:
        yield from ((pair.text1, pair.text2), (pair.text2, pair.text1))
    graded = ((query, id) for query, grades in data.grades.items() for id in grades)
    given = ((query, id) for (query, _), ids in data.negatives.items() for id in ids)
    for query, id in (*graded, *given):
        if id in data.documents:
            yield data.queries[query], document_text(data.documents[id])


def _unlabelled(sides: _Sides, known: Collection[Pair], most: int, seed: int) -> list[Pair]:
    """Return pairs of different texts without a label: near ones, less near ones, and some drawn by chance."""
    rng = np.random.default_rng(seed)
    left, right = sides.texts
    names = [str(place) for place in range(len(right))]
    order = rng.permutation(len(left))
    found: dict[Pair, None] = {}
    for start in range(0, len(order), BLOCK):
        part = order[start : start + BLOCK]
        run = ranked([str(place) for place in part], sides.vectors[0][part], names, sides.vectors[1])
        for place, scores in run.items():
            best = sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:DEPTH]
            near = [int(other) for other, _ in best]
            less = rng.permutation(near[NEAREST:])[:NEAR].tolist()
            for other in (*near[:NEAREST], *less, *rng.integers(len(names), size=OTHERS).tolist()):
                pair = left[int(place)], right[other]
                if pair not in known and pair[0] != pair[1]:
                    found[pair] = None
            if len(found) >= most:
                return list(found)[:most]
    return list(found)


def platt(scores: Numbers, labels: Numbers) -> tuple[float, float]:
    """Return slope and shift of the logistic regression of labels (n,) of 0 and 1 on scores (n,).

    Labels are drawn in by one observation of each class, so that scores that part them have a slope too (Platt 1999,
    "Probabilistic outputs for support vector machines", section 2.2). Scores that are all equal have none.
    """
    from scipy.optimize import minimize

    positive = float(labels.sum())
    negative = len(labels) - positive
    aims = np.where(labels > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    middle, spread = float(scores.mean()), float(scores.std())
    if not spread > LEAST:  # NaN too
        return 0.0, float(np.log((positive + 1) / (negative + 1)))
    scaled = (scores - middle) / spread

    def unlikely(line: Numbers) -> tuple[float, Numbers]:
        logits = line[0] * scaled + line[1]
        gap = 1 / (1 + np.exp(-logits)) - aims
        loss = float(np.mean(np.logaddexp(0, logits) - aims * logits))
        return loss, np.array([float((gap * scaled).mean()), float(gap.mean())])

    slope, shift = minimize(unlikely, np.zeros(2), jac=True, method="BFGS").x.tolist()
    return slope / spread, shift - slope * middle / spread
