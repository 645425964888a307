"""Soft labels: unlabelled pairs of texts, with the probability of relevance that a base's similarity gives them.

A fresh head knows nothing, and labels are few. So a cross-encoder first learns what the vectors of its base tell
already, from pairs that nobody has judged, and then from labels what they do not tell (Trans-Encoder: Liu et al. 2022,
arXiv 2109.13059). Similarity becomes probability by a logistic regression on the labels (Platt 1999).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoder
from askew.encoders.loading import load
from askew.progress import Report
from askew.similarity import prepare
from askew.tasks import get
from askew.training.data import TrainingData, document_text
from askew.training.examples import RowSettings
from askew.training.recipes import Rows
from askew.training.trials import document_vectors, ranked
from askew.types import FloatMatrix, Role

MOST = 30_000
"""Maximum number of pairs: some passes over a few thousand texts."""
NEAREST, NEAR, OTHERS = 3, 3, 2
"""Pairs of each text: with its nearest ones, with others among the best DEPTH, and with any."""
DEPTH = 50

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Row = dict[str, Any]


@dataclass(frozen=True)
class _Sides:
    """Texts and their prepared vectors, (n, dim), of both sides of a pair. They are the same in symmetric tasks."""

    texts: tuple[list[str], list[str]]
    vectors: tuple[FloatMatrix, FloatMatrix]

    def similarity(self, left: Places, right: Places) -> Numbers:
        found = np.einsum("ij,ij->i", self.vectors[0][left], self.vectors[1][right])
        return np.asarray(found, np.float64)

    def places(self, labelled: Sequence[Row]) -> tuple[Places, Places]:
        """Return where the texts of labelled pairs stand."""
        at = [{text: place for place, text in enumerate(texts)} for texts in self.texts]
        left, right = zip(*((at[0][row["text1"]], at[1][row["text2"]]) for row in labelled), strict=True)
        return np.array(left), np.array(right)


def soft_rows(labelled: Sequence[Row], data: TrainingData, wanted: RowSettings, most: int, report: Report) -> list[Row]:
    """Return at most `most` pairs of the texts of the training part that have no label, with soft ones.

    labelled: rows of text1, text2 and label, 0 or 1.
    """
    sides = _sides(labelled, data, wanted, report)
    known = sides.places(labelled)
    slope, shift = platt(sides.similarity(*known), np.array([row["label"] for row in labelled]))
    left, right = _unlabelled(sides, set(zip(*(side.tolist() for side in known), strict=True)), most, wanted.seed)
    chance = 1 / (1 + np.exp(-(slope * sides.similarity(left, right) + shift)))
    return [
        {"text1": sides.texts[0][a], "text2": sides.texts[1][b], "label": p}
        for a, b, p in zip(left.tolist(), right.tolist(), chance.tolist(), strict=True)
    ]


def _sides(labelled: Sequence[Row], data: TrainingData, wanted: RowSettings, report: Report) -> _Sides:
    encoder, similarity = load(wanted.card, wanted.task), wanted.card.similarity
    asked = list(dict.fromkeys(row["text1"] for row in labelled))
    if wanted.recipe.rows is Rows.SCORES:  # both orders of each pair are there
        vectors = prepare(encoder.encode(asked, Role.DOCUMENT, report).vectors, similarity)
        return _Sides((asked, asked), (vectors, vectors))
    queries = prepare(encoder.encode(asked, get(wanted.task).query_role, report).vectors, similarity)
    return _Sides((asked, _texts(data)), (queries, _documents(data, encoder, report)))


def _texts(data: TrainingData) -> list[str]:
    return [document_text(document) for document in data.documents.values()]


def _documents(data: TrainingData, encoder: Encoder, report: Report) -> FloatMatrix:
    return document_vectors(list(data.documents.values()), encoder, report)


def _unlabelled(sides: _Sides, known: set[tuple[int, int]], most: int, seed: int) -> tuple[Places, Places]:
    """Return pairs of different texts without a label: near ones, less near ones, and some drawn by chance."""
    rng = np.random.default_rng(seed)
    names = [str(place) for place in range(len(sides.texts[1]))]
    order = rng.permutation(len(sides.texts[0]))[:most]
    run = ranked([str(place) for place in order], sides.vectors[0][order], names, sides.vectors[1])
    found: dict[tuple[int, int], None] = {}
    for place in order.tolist():
        best = sorted(run[str(place)].items(), key=lambda one: (-one[1], one[0]))[:DEPTH]
        near = [int(other) for other, _ in best]
        less = rng.permutation(near[NEAREST:])[:NEAR].tolist()
        for other in (*near[:NEAREST], *less, *rng.integers(len(names), size=OTHERS).tolist()):
            if (place, other) not in known and sides.texts[0][place] != sides.texts[1][other]:
                found[place, other] = None
    kept = list(found)[:most]
    return np.array([a for a, _ in kept], np.int64), np.array([b for _, b in kept], np.int64)


def platt(scores: Numbers, labels: Numbers) -> tuple[float, float]:
    """Return slope and shift of the logistic regression of labels (n,) of 0 and 1 on scores (n,).

    Labels are drawn in by one observation of each class, so that scores that part them have a slope too (Platt 1999,
    "Probabilistic outputs for support vector machines", section 2.2).
    """
    from scipy.optimize import minimize

    positive = float(labels.sum())
    negative = len(labels) - positive
    aims = np.where(labels > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))
    middle, spread = float(scores.mean()), float(scores.std()) or 1.0
    scaled = (scores - middle) / spread

    def unlikely(line: Numbers) -> tuple[float, Numbers]:
        logits = line[0] * scaled + line[1]
        gap = 1 / (1 + np.exp(-logits)) - aims
        loss = float(np.mean(np.logaddexp(0, logits) - aims * logits))
        return loss, np.array([float((gap * scaled).mean()), float(gap.mean())])

    slope, shift = minimize(unlikely, np.zeros(2), jac=True, method="BFGS").x.tolist()
    return slope / spread, shift - slope * middle / spread
