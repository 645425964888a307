"""Held-out searches of an index: what an adapter or a shift changes for queries that it was not learnt from."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.evaluation.measures import Run, mean, per_query
from askew.evaluation.qrels import Qrels
from askew.training.adapters import Adapter, Lessons, targets
from askew.training.data import TrainingData
from askew.training.nudge import Shifts
from askew.training.stored import Places, StoredVectors
from askew.training.trials import MEASURE, Trial, run_trial
from askew.types import FloatMatrix

NEGATIVES = 10
"""Hard negatives of each query: its best documents that are not relevant."""
CELLS = 30_000_000
"""Scores of queries and passages that the contrastive loss computes at a time."""

Learnt = Adapter | Shifts


@dataclass(frozen=True)
class View:
    """Queries with their relevant documents of one kind. without: their others, which no search of the view finds."""

    grades: Qrels
    without: Mapping[str, Collection[str]]


@dataclass(frozen=True)
class HeldOut:
    """data: all judged queries. vectors: of its queries, prepared, by id."""

    stored: StoredVectors
    data: TrainingData
    vectors: Mapping[str, FloatMatrix]

    def view(self, queries: Iterable[str], documents: Collection[str] | None = None) -> View:
        """Return the view of these queries. documents: those that count as relevant, None for all."""
        grades, without = dict[str, Mapping[str, float]](), dict[str, set[str]]()
        for query in queries:
            given = self.data.grades[query]
            kept = {id: grade for id, grade in given.items() if documents is None or grade <= 0 or id in documents}
            if any(grade > 0 for grade in kept.values()):
                grades[query] = kept
                without[query] = {id for id, grade in given.items() if grade > 0 and id not in kept}
        return View(grades, without)

    def run(self, view: View, change: Learnt | None = None) -> Run:
        """Return the search of a view, after a change of queries or of documents if one is given."""
        names = list(view.grades)
        if not names:
            return {}
        queries = np.stack([self.vectors[name] for name in names])
        if isinstance(change, Adapter):
            queries = change(queries)
        moved = change.moved if isinstance(change, Shifts) else {}
        return self.stored.run(dict(zip(names, queries, strict=True)), view.without, moved)

    def quality(self, view: View, change: Learnt | None = None) -> float:
        """Return the mean of MEASURE over the queries of a view."""
        return mean(per_query([MEASURE], view.grades, self.run(view, change))[MEASURE])

    def trial(self, name: str, view: View, change: Learnt | None) -> Trial:
        return run_trial(name, self.data.queries, view.grades, self.run(view), self.run(view, change))

    def best(self, view: View, changes: Iterable[Learnt]) -> tuple[Learnt | None, float]:
        """Return the change that is best for a view, and its quality; None if none is better than no change."""
        found: tuple[Learnt | None, float] = (None, self.quality(view))
        for change in changes:
            quality = self.quality(view, change)
            if quality > found[1]:
                found = change, quality
        return found


def lessons(held_out: HeldOut, train: TrainingData, seed: int) -> Lessons:
    """Return what adapters learn from: the vectors of queries, of relevant passages and of hard negatives.

    Of a relevant document with several passages, the one that is nearest to the query counts.
    """
    stored, known = held_out.stored, _relevant(held_out, train)
    places, size = known.places, len(known.queries)
    negative = stored.passages(_hard(held_out, train))
    every = np.union1d(places, negative)
    most = max(len(places), CELLS // size)
    if len(every) > most:
        others = np.random.default_rng(seed).permutation(np.setdiff1d(negative, places))
        every = np.union1d(places, others[: most - len(places)])
    column = np.searchsorted(every, places)
    marks = np.zeros((size, len(every)), bool)
    for row, rows in enumerate(known.all):
        marks[row, column[rows]] = True
    wanted = targets([known.vectors[rows] for rows in known.nearest])
    return Lessons(known.queries, wanted, stored.rows(every), marks)


def pulls(held_out: HeldOut, train: TrainingData) -> tuple[FloatMatrix, Places, FloatMatrix, Places]:
    """Return what NUDGE needs: vectors and places of relevant passages, vectors of queries, and pairs of rows."""
    known = _relevant(held_out, train)
    pairs = [(row, passage) for row, passages in enumerate(known.nearest) for passage in passages]
    return known.vectors, known.places, known.queries, np.array(pairs, np.int64)


@dataclass(frozen=True)
class _Relevant:
    """Relevant passages of queries. places: of all of them in the store. all, nearest: of each query, rows of them, in
    `nearest` one of each document.
    """

    queries: FloatMatrix
    places: Places
    vectors: FloatMatrix
    all: Sequence[Sequence[int]]
    nearest: Sequence[Sequence[int]]


def _relevant(held_out: HeldOut, train: TrainingData) -> _Relevant:
    stored, names = held_out.stored, list(train.grades)
    queries = np.stack([held_out.vectors[name] for name in names])
    relevant = [{id for id, grade in train.grades[name].items() if grade > 0} for name in names]
    places = stored.passages(set().union(*relevant))
    vectors = stored.rows(places)
    of_document = _grouped([stored.ids[owner] for owner in stored.owners[places]])
    every = [[row for id in ids for row in of_document[id]] for ids in relevant]
    near = [_nearest(query, ids, vectors, of_document) for query, ids in zip(queries, relevant, strict=True)]
    return _Relevant(queries, places, vectors, every, near)


def _grouped(owners: Sequence[str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row, owner in enumerate(owners):
        found.setdefault(owner, []).append(row)
    return found


def _nearest(
    query: FloatMatrix, ids: Collection[str], vectors: FloatMatrix, of_document: Mapping[str, Sequence[int]]
) -> list[int]:
    """Return the row of each relevant document's passage that is nearest to the query."""
    found = []
    for id in sorted(ids):
        rows = of_document[id]
        found.append(rows[0] if len(rows) == 1 else rows[int(np.argmax(vectors[rows] @ query))])
    return found


def _hard(held_out: HeldOut, train: TrainingData) -> set[str]:
    """Return the best documents of each query that are not relevant, as far as judged, by the vectors as they are."""
    every = held_out.view(train.grades)
    found = set[str]()
    for query, scores in held_out.run(every).items():
        relevant = held_out.data.grades[query]
        others = [id for id in sorted(scores, key=lambda one: -scores[one]) if relevant.get(id, 0) <= 0]
        found.update(others[:NEGATIVES])
    return found
