"""Trials of cross-encoders on held-out data: the candidates of an encoder reranked, or labelled pairs scored."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoder
from askew.encoders.cache import CachedEncoder
from askew.encoders.loading import load, load_cross
from askew.encoders.onnx.cross import CrossEncoder
from askew.errors import ModelError
from askew.evaluation.measures import Run, per_query
from askew.models import cards
from askew.models.card import Card
from askew.progress import Report, silent
from askew.search.rerank import interpolated
from askew.tasks import Kind, get
from askew.training.data import ScoredPair, TrainingData, document_text
from askew.training.gate import ASYMMETRIC, SYMMETRIC, Verdict, everyday, verdict
from askew.training.trials import MEASURE, SEED, Trial, pair_scores, pair_trial, run, run_trial

CANDIDATES = 50
"""Documents of each query that are reranked."""
QUERIES = 200
"""Of the development set by which the first stage is weighed."""
SHARES = tuple(tenths / 10 for tenths in range(10))
"""Shares of the first stage that are tried, where the scores of both stages have the same spread."""
SAMPLES = 1_000
"""Of the queries of the development set, of which each chooses a share."""

Numbers = NDArray[np.float64]


class Judge:
    """A base and a cross-encoder that reads what the base found, or labelled pairs.

    A base that is a cross-encoder itself reads the candidates of the task's default model, as the other does. The
    scores of both are joined with those of the candidates, by weights that `weigh` learns; in symmetric tasks they are
    not, as a detector of duplicates acts on its own.
    """

    def __init__(self, base: Card, trained: Card, task: str, report: Report = silent) -> None:
        self.symmetric = get(task).kind is Kind.SYMMETRIC
        encodes = base.kind == "bi-encoder"
        self._encoder: Encoder = CachedEncoder(load(base if encodes else cards.get(get(task).model), task))
        self._models = (None if encodes else load_cross(base), load_cross(trained))
        self._weights = [0.0, 0.0]
        self._report = report

    def weigh(self, dev: TrainingData) -> float:
        """Learn the weights of the first stage with which both models rank a development set best, and return that of
        the trained one; 0 if it ranks best alone, or does not rerank.

        Raises `ModelError` for scores that are not numbers.
        """
        if self.symmetric or not dev.grades:
            return 0.0
        drawn = random.Random(SEED).sample(sorted(dev.grades), min(QUERIES, len(dev.grades)))  # noqa: S311
        some = replace(dev, grades={query: dev.grades[query] for query in drawn})
        found = self._candidates(some)
        for place, model in enumerate(self._models):
            if model:
                self._weights[place] = best_weight(some, found, self._read(some, found, model))
        return self._weights[1]

    def trial(self, name: str, data: TrainingData) -> Trial:
        """Return the trial on labelled pairs, by average precision, or on judged queries, by nDCG@10."""
        if data.scores:
            scores = [
                both_orders(model, data.scores, self._report) if model else self._cosines(data.scores)
                for model in self._models
            ]
            return pair_trial(name, data, scores[0], scores[1])
        found = self._candidates(data)
        runs = [
            joined(found, self._read(data, found, model), weight) if model else found
            for model, weight in zip(self._models, self._weights, strict=True)
        ]
        return run_trial(name, data.queries, data.grades, runs[0], runs[1])

    def _candidates(self, data: TrainingData) -> Run:
        return first(run(data, self._encoder, self._report, symmetric=self.symmetric), CANDIDATES)

    def _read(self, data: TrainingData, found: Run, model: CrossEncoder) -> Run:
        return reranked(data, found, model, self.symmetric, self._report)

    def _cosines(self, pairs: Sequence[ScoredPair]) -> Numbers:
        return pair_scores(pairs, self._encoder, self._report)


def judge(
    one: Judge, test: TrainingData, *, forgetting: Mapping[str, TrainingData] | None = None, force: bool = False
) -> Verdict:
    """Compare a trained cross-encoder with the base on held-out data, and on sets of other subjects: None takes the
    small one of askew that is like the task.
    """
    name = SYMMETRIC if one.symmetric else ASYMMETRIC
    others = {name: everyday()[name]} if forgetting is None else forgetting
    return verdict(one.trial("held out", test), [one.trial(*other) for other in others.items()], force=force)


def best_weight(data: TrainingData, found: Run, read: Run) -> float:
    """Return the weight of the first stage's scores, of several shares, with which a reranker's have the best nDCG@10.

    Some hundred queries tell neighbouring shares apart by chance alone, so that it is of the mean of the best shares,
    the smallest of equals, of many samples of the queries (Breiman 1996, "Bagging Predictors").
    """
    spreads = [float(np.std(list(scores.values()))) for scores in read.values()]
    if not np.isfinite(spreads).all():
        raise ModelError(
            "The scores of the trained model are not numbers. Train with a lower learning rate, or from another base."
        )
    weights = fmean(spreads) * np.array(SHARES) / (1 - np.array(SHARES))
    runs = (joined(found, read, weight) for weight in weights.tolist())
    figures = np.array([list(per_query([MEASURE], data.grades, one)[MEASURE].values()) for one in runs])
    samples = np.random.default_rng(SEED).integers(figures.shape[1], size=(SAMPLES, figures.shape[1]))
    share = float(np.array(SHARES)[figures[:, samples].mean(axis=2).argmax(axis=0)].mean())
    return fmean(spreads) * share / (1 - share)


def first(found: Run, count: int) -> dict[str, dict[str, float]]:
    """Return the best documents of each query."""
    return {
        query: dict(sorted(scores.items(), key=lambda one: (-one[1], one[0]))[:count])
        for query, scores in found.items()
    }


def reranked(
    data: TrainingData, found: Run, model: CrossEncoder, symmetric: bool = False, report: Report = silent
) -> dict[str, dict[str, float]]:
    """Return the same documents with the cross-encoder's scores. symmetric: the mean of both orders."""
    asked = [(query, id) for query, scores in found.items() for id in scores]
    pairs = [(data.queries[query], document_text(data.documents[id])) for query, id in asked]
    read = [ScoredPair(*pair, 0.0) for pair in pairs]
    scores = both_orders(model, read, report) if symmetric else model.score(pairs, report).astype(np.float64)
    made: dict[str, dict[str, float]] = {}
    for (query, id), score in zip(asked, scores.tolist(), strict=True):
        made.setdefault(query, {})[id] = score
    return made


def joined(found: Run, read: Run, weight: float) -> Run:
    """Return the run of a reranker with the scores of the first stage added, as a search adds them."""
    return {
        query: dict(
            zip(scores, interpolated(list(scores.values()), [found[query][id] for id in scores], weight), strict=True)
        )
        for query, scores in read.items()
    }


def both_orders(model: CrossEncoder, pairs: Sequence[ScoredPair], report: Report = silent) -> Numbers:
    """Return the mean score of both orders of each pair (n,), as `askew duplicates` judges it."""
    read = [(pair.text1, pair.text2) for pair in pairs]
    scores = model.score([*read, *((b, a) for a, b in read)], report)
    return np.asarray(scores.astype(np.float64).reshape(2, -1).mean(axis=0))
