"""Samples of passages and queries, with their nearest neighbours."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from askew.index import Index
from askew.progress import Progress, Report
from askew.search import background
from askew.search.background import mean_cosine
from askew.search.ranking import first_of_each
from askew.similarity import normalise
from askew.stores import Keys, Store
from askew.types import FloatMatrix

SIZE = 2000
"""Passages of a sample; shares are accurate to two percentage points."""
DEEP = 10_000
K = 10
LEAST = 50
"""Minimum documents: of fewer, the ten nearest are a large part of all."""
ROWS = 512
BATCH = 256
WIDE = 4 * K
"""Passages that are looked through for the best ten documents."""
QueryAnswers = dict[str, int]
"""Documents that a query finds, best first, each with the key of its best passage."""


@dataclass(frozen=True)
class Sample:
    """keys: (n,), ascending. owners: (n,), document ids. vectors: (n, dim), as stored."""

    keys: Keys
    owners: NDArray[np.str_]
    texts: tuple[str, ...]
    vectors: FloatMatrix

    def __len__(self) -> int:
        return len(self.keys)

    @cached_property
    def documents(self) -> list[str]:
        return list(dict.fromkeys(self.owners.tolist()))

    @cached_property
    def directions(self) -> FloatMatrix:
        return normalise(self.vectors)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Text lengths in characters."""
        return np.array([len(text) for text in self.texts], np.int64)

    @cached_property
    def alike(self) -> float:
        """Mean cosine of random passages."""
        return mean_cosine(self.directions)


@dataclass(frozen=True)
class SampleNeighbours:
    """counts: (n,), how often a passage is among the ten nearest of passages of other documents.

    last: (n,), cosine with the tenth nearest.
    """

    counts: NDArray[np.int64]
    last: NDArray[np.float64]

    @property
    def skewness(self) -> float:
        """Skewness of the counts: 0 if even, above 1 if a few passages have most of them."""
        spread = float(self.counts.std())
        return float((((self.counts - self.counts.mean()) / spread) ** 3).mean()) if spread else 0.0

    @property
    def never(self) -> float:
        """Share of passages that are among the ten nearest of no other."""
        return float((self.counts == 0).mean())


def draw(store: Store, size: int = SIZE) -> Sample:
    """Sample passages of the whole corpus, the same each time; all if there are no more."""
    with store.snapshot():
        keys = background.sample(store.keys(), size)
        passages, vectors = store.passages(keys.tolist()), store.vectors(keys)
    owners = np.array([passage.document for passage in passages], np.str_)
    return Sample(keys, owners, tuple(passage.text for passage in passages), vectors)


def neighbours(sample: Sample) -> SampleNeighbours:
    """Return neighbour statistics by inner product, which is the score. Needs more than K passages."""
    counts = np.zeros(len(sample), np.int64)
    last = np.zeros(len(sample))
    for start in range(0, len(sample), ROWS):
        rows = slice(start, start + ROWS)
        scores = sample.vectors[rows] @ sample.vectors.T
        scores[sample.owners[rows, None] == sample.owners[None, :]] = -np.inf
        nearest = np.argpartition(-scores, K - 1, axis=1)[:, :K]
        found = np.isfinite(np.take_along_axis(scores, nearest, axis=1))
        np.add.at(counts, nearest[found], 1)
        cosines = np.einsum("nd,nkd->nk", sample.directions[rows], sample.directions[nearest])
        last[rows] = np.where(found, cosines, -1.0).min(axis=1)
    return SampleNeighbours(counts, last)


@dataclass(frozen=True)
class QueryResults:
    """directions: (n, dim), unit query vectors. own: the document a query was taken from, "" for users' queries.

    found: the ten best documents of each query, including its own.
    """

    directions: FloatMatrix
    own: Sequence[str]
    found: Sequence[QueryAnswers]
    real: bool

    @property
    def noun(self) -> str:
        return "users' queries" if self.real else "passages used as queries"


def search_passages(index: Index, sample: Sample, report: Report) -> QueryResults:
    """Search for about SIZE passages of the sample."""
    step = max(len(sample) // SIZE, 1)
    vectors = sample.vectors[::step]
    found = tuple(_answers(index.store, vectors, report))
    return QueryResults(sample.directions[::step], sample.owners[::step].tolist(), found, real=False)


def search_queries(index: Index, queries: Sequence[str], report: Report) -> QueryResults:
    """Search for at most SIZE distinct queries."""
    texts = list(dict.fromkeys(queries))
    texts = texts[:: -(-len(texts) // SIZE)]
    parts = []
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        parts.append(index.sealed.encode(index.task.query_role, "checking", part))
        report(Progress("encode queries", start + len(part), len(texts)))
    vectors = np.concatenate(parts)
    return QueryResults(normalise(vectors), [""] * len(texts), tuple(_answers(index.store, vectors, report)), real=True)


def _answers(store: Store, vectors: FloatMatrix, report: Report) -> Iterator[QueryAnswers]:
    for start in range(0, len(vectors), BATCH):
        part = vectors[start : start + BATCH]
        yield from _batch(store, part)
        report(Progress("search", start + len(part), len(vectors)))


def _batch(store: Store, vectors: FloatMatrix) -> list[QueryAnswers]:
    keys = store.nearest(vectors, WIDE).keys
    once = np.unique(keys[keys >= 0])
    owner = dict(zip(once.tolist(), store.owners(once.tolist()), strict=True))
    answers = []
    for row in keys.tolist():
        found = [key for key in row if key >= 0]
        best = first_of_each(owner[key] for key in found)[:K]
        answers.append({owner[found[place]]: found[place] for place in best})
    return answers
