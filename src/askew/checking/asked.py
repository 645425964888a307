"""What does the index answer, when users' queries, or its own passages, are put to it?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from askew.checking.sample import SIZE, K, Sample
from askew.index import Index
from askew.progress import Progress, Report
from askew.similarity import normalise
from askew.stores import Store
from askew.stores.steady import steady
from askew.types import FloatMatrix

BATCH = 256
WIDE = 4 * K
"""Passages that are looked through for the best ten documents."""

Found = dict[str, int]
"""Documents that a query finds, best first, each with the key of its best passage."""


@dataclass(frozen=True)
class Asked:
    """directions: (n, dim) of the queries, of length one. own: the document that a query is of, "" for a user's.

    found: for each query its ten best documents, its own among them.
    """

    directions: FloatMatrix
    own: Sequence[str]
    found: Sequence[Found]
    real: bool

    @property
    def noun(self) -> str:
        return "users' queries" if self.real else "passages that were asked as queries"


def ask_passages(index: Index, sample: Sample, report: Report) -> Asked:
    """As many of the sample's passages as a default one has, whatever its size."""
    step = max(len(sample) // SIZE, 1)
    vectors = sample.vectors[::step]
    found = tuple(_answers(index.store, vectors, report))
    return Asked(sample.directions[::step], sample.owners[::step].tolist(), found, real=False)


def ask_queries(index: Index, queries: Sequence[str], report: Report) -> Asked:
    """Each different one once, and of too many some."""
    texts = list(dict.fromkeys(queries))
    texts = texts[:: -(-len(texts) // SIZE)]
    parts = []
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        parts.append(index.sealed.encode(index.task.query_role, "checking", part))
        report(Progress("encode queries", start + len(part), len(texts)))
    vectors = np.concatenate(parts)
    return Asked(normalise(vectors), [""] * len(texts), tuple(_answers(index.store, vectors, report)), real=True)


def _answers(store: Store, vectors: FloatMatrix, report: Report) -> Iterator[Found]:
    for start in range(0, len(vectors), BATCH):
        part = vectors[start : start + BATCH]
        yield from steady(lambda part=part: _batch(store, part))  # type: ignore[misc]
        report(Progress("ask the index", start + len(part), len(vectors)))


def _batch(store: Store, vectors: FloatMatrix) -> list[Found]:
    keys = store.nearest(vectors, WIDE).keys
    once = np.unique(keys[keys >= 0])
    owner = dict(zip(once.tolist(), store.owners(once.tolist()), strict=True))
    answers = []
    for row in keys.tolist():
        best: Found = {}
        for key in row:
            if key >= 0 and len(best) < K:
                best.setdefault(owner[key], key)
        answers.append(best)
    return answers
