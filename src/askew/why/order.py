"""The exact order of all documents in a ranking."""

from dataclasses import dataclass

import numpy as np

from askew.stores import Store
from askew.types import Where
from askew.why.corpus import Corpus, Rows, Scores


@dataclass(frozen=True)
class Listed:
    """A document in a ranking."""

    rank: int
    document: str
    score: float


@dataclass(frozen=True)
class Order:
    """rows: of the corpus, the best one of each document that has a rank, the best document first. scores: of all rows
    of the corpus, but only those of ranked documents say anything.
    """

    corpus: Corpus
    rows: Rows
    scores: Scores

    def __len__(self) -> int:
        return len(self.rows)

    def rank(self, document: str) -> int:
        """From 1; 0 where it has none."""
        at = np.flatnonzero(self.corpus.owner[self.rows] == self.corpus.number(document))
        return int(at[0]) + 1 if len(at) else 0

    def score(self, rank: int) -> float:
        return float(self.scores[self.rows[rank - 1]])

    def key(self, rank: int) -> int:
        """Of the passage by which the document stands."""
        return int(self.corpus.keys[self.rows[rank - 1]])

    def top(self, k: int) -> tuple[Listed, ...]:
        best = self.corpus.owner[self.rows[:k]]
        return tuple(Listed(rank, self.corpus.ids[number], self.score(rank)) for rank, number in enumerate(best, 1))


def by_meaning(corpus: Corpus, scores: Scores) -> Order:
    return Order(corpus, _best(corpus, np.arange(len(corpus.keys)), scores), scores)


def by_word(store: Store, corpus: Corpus, query: str, where: Where | None) -> Order:
    """Of the documents that share a word with the query."""
    found = store.lexical(query, len(corpus.keys), where)
    kept = found.keys[0] >= 0
    rows = corpus.rows(found.keys[0][kept])
    scores = np.zeros(len(corpus.keys), np.float32)
    scores[rows] = found.scores[0][kept]
    return Order(corpus, _best(corpus, rows, scores), scores)


def _best(corpus: Corpus, rows: Rows, scores: Scores) -> Rows:
    """Of these rows the best of each document, the best document first; equal scores in ascending order of key, as in
    a search.
    """
    order = rows[np.lexsort((corpus.keys[rows], -scores[rows]))]
    _, first = np.unique(corpus.owner[order], return_index=True)
    return order[np.sort(first)]
