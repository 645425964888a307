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
from askew.stores.steady import steady
from askew.types import FloatMatrix

SIZE = 2000
"""A share of so many is known to two points of a hundred."""
DEEP = 10_000
K = 10
LEAST = 50
"""Documents: of fewer the ten nearest are a fifth of all, and how often one is among them says nothing."""
ROWS = 512


@dataclass(frozen=True)
class Sample:
    """keys: (n,), ascending. owners: (n,) their documents. vectors: (n, dim), as they are stored."""

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
        """Of the texts, in characters."""
        return np.array([len(text) for text in self.texts], np.int64)

    @cached_property
    def alike(self) -> float:
        """The mean cosine of two passages that have nothing to do with each other."""
        return mean_cosine(self.directions)


@dataclass(frozen=True)
class Within:
    """counts: (n,) in how many of the others' ten nearest a passage is, those of its own document left out.

    last: (n,) the cosine with the tenth nearest.
    """

    counts: NDArray[np.int64]
    last: NDArray[np.float64]

    @property
    def skewness(self) -> float:
        """Of the counts; 0 where they are even, above 1 where a few passages have most of them."""
        spread = float(self.counts.std())
        return float((((self.counts - self.counts.mean()) / spread) ** 3).mean()) if spread else 0.0

    @property
    def never(self) -> float:
        """The share of passages that no other one finds."""
        return float((self.counts == 0).mean())


def draw(store: Store, size: int = SIZE) -> Sample:
    """Sample passages of the whole corpus, the same each time; all if there are no more."""

    def look() -> Sample:
        keys = background.sample(store.keys(), size)
        passages = store.passages(keys.tolist())
        owners = np.array([passage.document for passage in passages], np.str_)
        return Sample(keys, owners, tuple(passage.text for passage in passages), store.vectors(keys))

    return steady(look)


def within(sample: Sample) -> Within:
    """By the stored vectors' own inner product, which is the score. There must be at least K others for each."""
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
    return Within(counts, last)


BATCH = 256
WIDE = 4 * K
"""Passages that are looked through for the best ten documents."""

QueryAnswers = dict[str, int]
"""Documents that a query finds, best first, each with the key of its best passage."""


@dataclass(frozen=True)
class QueryResults:
    """directions: (n, dim) of the queries, of length one. own: the document that a query is of, "" for a user's.

    found: for each query its ten best documents, its own among them.
    """

    directions: FloatMatrix
    own: Sequence[str]
    found: Sequence[QueryAnswers]
    real: bool

    @property
    def noun(self) -> str:
        return "users' queries" if self.real else "passages that were asked as queries"


def ask_passages(index: Index, sample: Sample, report: Report) -> QueryResults:
    """As many of the sample's passages as a default one has, whatever its size."""
    step = max(len(sample) // SIZE, 1)
    vectors = sample.vectors[::step]
    found = tuple(_answers(index.store, vectors, report))
    return QueryResults(sample.directions[::step], sample.owners[::step].tolist(), found, real=False)


def ask_queries(index: Index, queries: Sequence[str], report: Report) -> QueryResults:
    """Each different one once, and of too many some."""
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
        yield from steady(lambda part=part: _batch(store, part))  # type: ignore[misc]
        report(Progress("ask the index", start + len(part), len(vectors)))


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
