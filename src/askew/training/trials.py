"""Trials: a base model and a trained one on the same queries or pairs, with a paired randomisation test."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoder
from askew.environment import require
from askew.errors import InputError
from askew.evaluation.labelled_pairs import LabelledPair
from askew.evaluation.measures import Run, mean, per_query
from askew.evaluation.pair_measures import scored
from askew.evaluation.qrels import Qrels
from askew.evaluation.significance import Comparison, compare, percentile_interval
from askew.progress import Report, silent
from askew.similarity import prepare
from askew.text.normalise import normalise
from askew.training.data import DataKind, ScoredPair, TrainingData
from askew.types import Document, Role

MEASURE = "nDCG@10"
DEPTH = 100
"""Documents of each query that are ranked."""
BLOCK = 512
DRAWS = 2_000
SEED = 0

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Change:
    """A query, or a pair of texts, with its value before and after training."""

    text: str
    before: float
    after: float


@dataclass(frozen=True)
class Trial:
    """One measure of both models on one set. p: one-sided, that the trained model is no better.

    compared: trained minus base. changes: of every query or pair, from the largest gain to the largest loss.
    """

    name: str
    measure: str
    base: float
    trained: float
    compared: Comparison
    p: float
    changes: tuple[Change, ...] = ()

    @property
    def size(self) -> int:
        """Return the number of queries or pairs."""
        return self.compared.won + self.compared.lost + self.compared.equal

    @property
    def provable(self) -> float:
        """Return the smallest difference that this set can tell from chance: half of the interval's width."""
        return (self.compared.interval.high - self.compared.interval.low) / 2


def trial(
    name: str, data: TrainingData, base: Encoder, trained: Encoder, report: Report = silent, *, symmetric: bool = False
) -> Trial:
    """Return the trial of two encoders on judged queries, searching all documents; or, without any, on scored pairs.

    symmetric: queries are encoded as documents are, as in symmetric tasks.
    """
    if not data.grades:
        return pair_trial(name, data, *(pair_scores(data.scores, model, report) for model in (base, trained)))
    runs = [run(data, model, report, symmetric=symmetric) for model in (base, trained)]
    return run_trial(name, data.queries, data.grades, runs[0], runs[1])


def run_trial(
    name: str, queries: Mapping[str, str], grades: Qrels, base: Run, trained: Run, measure: str = MEASURE
) -> Trial:
    """Return the trial of two runs, such as of a search before and after, or of two rerankers."""
    before, after = (per_query([measure], grades, run)[measure] for run in (base, trained))
    compared = compare(after, before)
    changes = (Change(queries.get(query, query), before[query], after[query]) for query in after)
    return Trial(name, measure, mean(before), mean(after), compared, one_sided(compared), _ordered(changes))


def run(data: TrainingData, encoder: Encoder, report: Report = silent, *, symmetric: bool = False) -> Run:
    """Return the best documents of each query by the encoder's own similarity, exactly."""
    ids, documents = list(data.documents), list(data.documents.values())
    found = document_vectors(documents, encoder, report)
    role, names = Role.DOCUMENT if symmetric else Role.QUERY, list(data.grades)
    asked = encoder.encode([data.queries[query] for query in names], role, report).vectors
    made = ranked(names, prepare(asked, encoder.signature.similarity), ids, found)
    return _without_itself(made, data) if symmetric else made


def _without_itself(run: Run, data: TrainingData) -> Run:
    """Return the run without documents of a query's own text, which is no answer where both sides are of one kind."""
    forms = {id: normalise(document.text) for id, document in data.documents.items()}
    return {
        query: {id: score for id, score in found.items()
                if forms[id] != own or data.grades[query].get(id, 0) > 0}
        for query, found in run.items()
        for own in [normalise(data.queries[query])]
    }  # fmt: skip


def document_vectors(documents: Sequence[Document], encoder: Encoder, report: Report = silent) -> NDArray[np.float32]:
    """Return the vectors of documents, prepared so that the inner product is the score."""
    titles = [document.title for document in documents]
    encoded = encoder.encode([document.text for document in documents], Role.DOCUMENT, report, titles)
    return prepare(encoded.vectors, encoder.signature.similarity)


def ranked(
    names: Sequence[str], queries: NDArray[np.float32], ids: Sequence[str], documents: NDArray[np.float32]
) -> dict[str, dict[str, float]]:
    """Return the run of prepared vectors: scores of the best DEPTH documents by query."""
    found: dict[str, dict[str, float]] = {}
    most = min(DEPTH, len(ids))
    for start in range(0, len(names), BLOCK):
        scores = queries[start : start + BLOCK] @ documents.T
        best = np.argpartition(-scores, most - 1, axis=1)[:, :most]
        for query, row, places in zip(names[start : start + BLOCK], scores, best, strict=True):
            found[query] = {ids[place]: float(row[place]) for place in places.tolist()}
    return found


def pair_scores(pairs: Sequence[ScoredPair], encoder: Encoder, report: Report = silent) -> Numbers:
    """Return the similarity of each pair by an encoder, both texts encoded as documents."""
    return scored([LabelledPair(pair.text1, pair.text2, pair.score) for pair in pairs], encoder, report)


def pair_trial(name: str, data: TrainingData, base: Numbers, trained: Numbers) -> Trial:
    """Return the trial of two scorings of pairs: average precision of labels, rank correlation of graded scores.

    A pair has won if its rank came nearer to that of its label. The test swaps the two models' ranks pair by pair, and
    the interval resamples the pairs.
    """
    if not data.scores:
        raise InputError(f"{name} has neither judged queries nor scored pairs to measure with.")
    labels = np.array([pair.score for pair in data.scores])
    graded = DataKind.SCORED in data.kinds
    measure, statistic = ("Spearman", _correlation) if graded else ("AP", _average_precision)
    before, after, truth = _ranks(base), _ranks(trained), _ranks(labels)
    near = [np.abs(ranks - truth) for ranks in (before, after)]
    was, now = statistic(before, labels), statistic(after, labels)
    rng = np.random.default_rng(SEED)
    swapped, resampled = np.empty(DRAWS), np.empty(DRAWS)
    for draw in range(DRAWS):
        swap = rng.random(len(labels)) < 0.5
        one, other = np.where(swap, after, before), np.where(swap, before, after)
        swapped[draw] = statistic(other, labels) - statistic(one, labels)
        rows = rng.integers(len(labels), size=len(labels))
        resampled[draw] = statistic(after[rows], labels[rows]) - statistic(before[rows], labels[rows])
    p = float((np.count_nonzero(np.abs(swapped) >= abs(now - was) - 1e-12) + 1) / (DRAWS + 1))
    won, lost = (int(np.count_nonzero(difference)) for difference in (near[1] < near[0], near[1] > near[0]))
    bounds = percentile_interval(resampled, 0.95)
    compared = Comparison(now - was, bounds, p, won, lost, len(labels) - won - lost)
    texts = (f"{pair.text1} | {pair.text2}" for pair in data.scores)
    changes = (Change(*one) for one in zip(texts, (1 - near[0]).tolist(), (1 - near[1]).tolist(), strict=True))
    return Trial(name, measure, was, now, compared, one_sided(compared), _ordered(changes))


def one_sided(compared: Comparison) -> float:
    """Return the one-sided p of a comparison: the randomisation of signs is symmetric."""
    return compared.p / 2 if compared.difference > 0 else 1 - compared.p / 2


def _ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda one: one.before - one.after))


def _ranks(values: Numbers) -> Numbers:
    """Return ranks from 0 to 1, ties at their mean."""
    require("scipy", "SciPy", "evaluation", "Comparing scores")
    from scipy.stats import rankdata

    return np.asarray((rankdata(values) - 0.5) / len(values), np.float64)


def _correlation(scores: Numbers, labels: Numbers) -> float:
    ranks = np.stack([_ranks(scores), _ranks(labels)])
    if not all(one.max() > one.min() for one in ranks):
        return float("nan")
    first, second = ranks - ranks.mean(axis=1, keepdims=True)
    return float(first @ second / np.sqrt((first @ first) * (second @ second)))


def _average_precision(scores: Numbers, labels: Numbers) -> float:
    """Return the average precision; equal scores count as if the pairs with the label 0 came first."""
    order = np.lexsort((labels, -scores))
    positive = labels[order] > 0
    places = np.flatnonzero(positive) + 1
    return float((np.arange(1, len(places) + 1) / places).mean()) if len(places) else float("nan")
