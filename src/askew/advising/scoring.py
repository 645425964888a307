"""The best documents of every query, for many configurations at once: in memory, as an index of each would rank them.

Each encoding is computed once; BM25 once for each way to cut the texts. A document counts by its best passage, and
hybrid is the mean of what both rankings say, as in `askew.search`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.evaluation.measures import Run
from askew.progress import Progress, Report, silent
from askew.search.how import CANDIDATES
from askew.search.hybrid.background import SAMPLE
from askew.search.ranking import WIDEN
from askew.stores import Entry
from askew.stores.text import TextIndex
from askew.stores.view import words
from askew.types import FloatMatrix

TOP = 10
BLOCK = 32  # queries ranked together
Places = NDArray[np.int64]
Shares = NDArray[np.float32]


@dataclass(frozen=True)
class Corpus:
    """ids: of the documents. owners: of each passage the place of its document."""

    ids: Sequence[str]
    owners: Places

    @classmethod
    def of(cls, entries: Sequence[Entry]) -> "Corpus":
        counts = [len(entry.passages) for entry in entries]
        return cls([entry.document.id for entry in entries], np.repeat(np.arange(len(entries)), counts))


@dataclass(frozen=True)
class Best:
    """For each query its best documents, best first, and what each scores: (n, k); place -1 where there are fewer.

    floors: (n,), what a query scores with a document that has nothing to do with it.
    """

    places: Places
    scores: Shares
    floors: Shares

    def shares(self) -> Shares:
        """Where each score stands between the floor, 0, and the best, 1."""
        height = (self.scores[:, :1] - self.floors[:, None]) if self.scores.shape[1] else self.scores
        shares = np.maximum(self.scores - self.floors[:, None], 0) / np.where(height > 0, height, 1)
        return np.where(self.places >= 0, np.where(height > 0, shares, 1), 0).astype(np.float32)


def by_meaning(queries: FloatMatrix, passages: FloatMatrix, corpus: Corpus, k: int = CANDIDATES) -> Best:
    """By inner product: (n, dim) and (m, dim)."""
    count = len(passages)
    sampled = passages if count <= SAMPLE else passages[np.linspace(0, count - 1, SAMPLE).astype(np.int64)]
    middle = sampled.mean(axis=0, dtype=np.float64)
    starts = np.flatnonzero(np.diff(corpus.owners, prepend=-1))
    found = [
        _highest(np.maximum.reduceat(queries[at : at + BLOCK] @ passages.T, starts, axis=1), k)
        for at in range(0, len(queries), BLOCK)
    ]
    places, scores = (np.concatenate(part) for part in zip(*found, strict=True))
    return Best(places, scores, (queries @ middle).astype(np.float32))


def by_words(
    queries: Sequence[str], entries: Sequence[Entry], corpus: Corpus, language: str, report: Report = silent
) -> Best:
    """BM25 over title, heading and text of each passage."""
    index = TextIndex(None, language)
    texts = [words(entry.document.title, part.heading, part.text) for entry in entries for part in entry.passages]
    index.add(enumerate(texts))
    index.commit()
    kept = np.ones(len(texts), np.bool_)
    places = np.full((len(queries), CANDIDATES), -1, np.int64)
    scores = np.zeros((len(queries), CANDIDATES), np.float32)
    for row, query in enumerate(queries):
        owners, worth = _documents(index, query, corpus, kept)
        places[row, : len(owners)], scores[row, : len(owners)] = owners, worth
        if row % BLOCK == 0:
            report(Progress("words", row, len(queries)))
    report(Progress("words", len(queries), len(queries)))
    return Best(places, scores, np.zeros(len(queries), np.float32))


def _documents(index: TextIndex, query: str, corpus: Corpus, kept: NDArray[np.bool_]) -> tuple[Places, Shares]:
    """The best documents, each by its best passage; more passages are asked for where many are of one document."""
    wanted = CANDIDATES * WIDEN
    while True:
        found = index.search(query, wanted, 0, kept)
        owners, first = np.unique(corpus.owners[found.keys], return_index=True)
        if len(owners) >= CANDIDATES or len(found.keys) < wanted:
            order = np.argsort(first)[:CANDIDATES]
            return owners[order], found.scores[first[order]]
        wanted *= WIDEN


def fused(meaning: Best, by_word: Best, weights: tuple[float, float], k: int = TOP) -> Best:
    """Equal scores go to the document that stands first by meaning, else by words."""
    count = len(meaning.places)
    places, scores = np.full((count, k), -1, np.int64), np.zeros((count, k), np.float32)
    halves = [
        (half.places, half.shares() * (weight / sum(weights)))
        for half, weight in zip((meaning, by_word), weights, strict=True)
    ]
    for row in range(count):
        total: dict[int, float] = {}
        for found, shares in halves:
            for place, share in zip(found[row].tolist(), shares[row].tolist(), strict=True):
                if place >= 0:
                    total[place] = total.get(place, 0.0) + share
        best = sorted((place for place in total if total[place] > 0), key=lambda place: -total[place])[:k]
        places[row, : len(best)], scores[row, : len(best)] = best, [total[place] for place in best]
    return Best(places, scores, np.zeros(count, np.float32))


def as_run(best: Best, queries: Sequence[str], corpus: Corpus, k: int = TOP) -> Run:
    """queries: their ids. Equal scores stay equal: how these are ordered is for the measures, as in `askew eval`."""
    return {
        query: {
            corpus.ids[place]: score
            for place, score in zip(places[:k].tolist(), scores[:k].tolist(), strict=True)
            if place >= 0
        }
        for query, places, scores in zip(queries, best.places, best.scores, strict=True)
    }


def _highest(scores: Shares, k: int) -> tuple[Places, Shares]:
    """Equal scores go to the document that was there first."""
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return best.astype(np.int64), np.take_along_axis(scores, best, axis=1)
