"""Scores of every passage for a query, the exact ranking they give, and their percentiles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from askew.search.background import Background, pair_scores, random_pairs
from askew.search.hybrid import DEEPER, ChannelRanking
from askew.search.ranking import CANDIDATES, CHANNELS, Ranked, best_of_each, shares
from askew.stores import Keys, Store
from askew.types import FloatMatrix, Where

Rows = NDArray[np.int64]
Scores = NDArray[np.float32]
Fused = Callable[[int], Sequence[Ranked]]
"""The k best documents of the hybrid ranking, as a function of k."""
Read = Callable[[int], Sequence[ChannelRanking]]
"""The ranking of each channel, as a function of the depth to which it is read."""

NO_WORD = "shares no word with the query"
MISSED = "the approximate index misses it; an exact search would show it"
NOT_READ = "no channel with a weight ranks it"


@dataclass(frozen=True)
class PassageRows:
    """The passages that a filter keeps, one per row. keys: (n,), ascending. owner: (n,), the document's place in `ids`.

    Raises KeyError for passages and documents that were added or deleted while the passages were read.
    """

    keys: Keys
    ids: tuple[str, ...]
    owner: Rows
    numbers: Mapping[str, int]

    def number(self, document: str) -> int:
        return self.numbers[document]

    def rows(self, keys: Keys) -> Rows:
        """Return the rows of these passages."""
        rows = np.searchsorted(self.keys, keys)
        here = np.append(self.keys, -1)[rows] == keys
        if not here.all():
            raise KeyError(int(keys[~here][0]))
        return rows


def compare(store: Store, vectors: FloatMatrix, where: Where | None) -> tuple[PassageRows, list[Scores]]:
    """Score every passage for each vector (m, dim), even if the store's own search is approximate."""
    keys: list[Keys] = [np.empty(0, np.int64)]
    scores: list[list[Scores]] = [[np.empty(0, np.float32)] for _ in vectors]
    for block in store.blocks(where):
        keys.append(block.keys)
        for vector, found in zip(vectors, scores, strict=True):
            found.append(products(block.vectors, vector))
    return _corpus(store, np.concatenate(keys)), [np.concatenate(found) for found in scores]


def products(vectors: FloatMatrix, query: FloatMatrix) -> Scores:
    """Return scores (n,), computed in double precision like the exact search: equal vectors have equal scores."""
    scores: Scores = np.einsum("ij,j->i", vectors, query, dtype=np.float64).astype(np.float32)
    return scores


def _corpus(store: Store, keys: Keys) -> PassageRows:
    numbers: dict[str, int] = {}
    owner = [numbers.setdefault(id, len(numbers)) for id in store.owners(keys.tolist())]
    return PassageRows(keys, tuple(numbers), np.array(owner, np.int64), numbers)


@dataclass(frozen=True)
class RankedEntry:
    """A document in a ranking."""

    rank: int
    document: str
    score: float


@dataclass(frozen=True)
class Order:
    """An exact ranking. rows: the best passage of each ranked document, best document first. scores: of all rows of the
    corpus; meaningless for documents without a rank.
    """

    corpus: PassageRows
    rows: Rows
    scores: Scores

    def __len__(self) -> int:
        return len(self.rows)

    def rank(self, document: str) -> int:
        """Return the rank from 1, or 0 for none."""
        at = np.flatnonzero(self.corpus.owner[self.rows] == self.corpus.number(document))
        return int(at[0]) + 1 if len(at) else 0

    def score(self, rank: int) -> float:
        return float(self.scores[self.rows[rank - 1]])

    def key(self, rank: int) -> int:
        """Return the key of the passage by which the document at this rank is ranked."""
        return int(self.corpus.keys[self.rows[rank - 1]])

    def top(self, k: int) -> tuple[RankedEntry, ...]:
        best = self.corpus.owner[self.rows[:k]]
        return tuple(
            RankedEntry(rank, self.corpus.ids[number], self.score(rank)) for rank, number in enumerate(best, 1)
        )


def by_meaning(corpus: PassageRows, scores: Scores) -> Order:
    return Order(corpus, _best(corpus, np.arange(len(corpus.keys)), scores), scores)


def by_word(store: Store, corpus: PassageRows, query: str, where: Where | None) -> Order:
    """Rank the documents that share a word with the query."""
    found = store.lexical(query, len(corpus.keys), where)
    kept = found.keys[0] >= 0
    rows = corpus.rows(found.keys[0][kept])
    scores = np.zeros(len(corpus.keys), np.float32)
    scores[rows] = found.scores[0][kept]
    return Order(corpus, _best(corpus, rows, scores), scores)


def _best(corpus: PassageRows, rows: Rows, scores: Scores) -> Rows:
    """Return the best of these rows for each document, best document first, ties by key as in a search."""
    return rows[best_of_each(scores[rows], corpus.owner[rows], corpus.keys[rows])]


@dataclass(frozen=True)
class Percentile:
    """Percentage of the `among` scores that are lower; equal ones count half. All three are 0 if there are none."""

    percent: float
    among: int
    median: float


def percentile(score: float, scores: Scores) -> Percentile:
    background = Background(scores)
    return Percentile(background.percent_below(score), len(scores), background.quantile(0.5))


def unrelated(store: Store, corpus: PassageRows) -> Scores:
    """Return the scores of random pairs of passages of different documents."""
    return pair_scores(*(store.vectors(corpus.keys[rows]) for rows in random_pairs(corpus.owner)))


def of_others(corpus: PassageRows, scores: Scores, document: str) -> Scores:
    """Return the scores of all passages of other documents."""
    others: Scores = scores[corpus.owner != corpus.number(document)]
    return others


@dataclass(frozen=True)
class RankPosition:
    """The document's position in a channel: dense, lexical or hybrid.

    rank: from 1, exact even far below k; 0 for none, for the reason in `note`, with score 0. of: number of ranked
    documents. passage: number of the passage by which it is ranked. shown: whether a search for k shows it. least_k:
    the smallest k that does, 0 if none does. score_at_k: score of the last hit shown for k. missing: how much more the
    document would need to reach it.
    """

    channel: str
    rank: int
    of: int
    score: float
    passage: int
    shown: bool
    least_k: int
    score_at_k: float
    missing: float
    note: str = ""


def in_order(channel: str, order: Order, document: str, own: range, k: int, shown: bool) -> RankPosition:
    """own: keys of the document's passages. shown: whether the store's own search shows it."""
    rank, of = order.rank(document), len(order)
    last = order.score(min(k, of)) if of else 0.0
    if not rank:
        # If fewer than k documents share a word, any shared word is enough.
        return RankPosition(channel, 0, of, 0.0, 0, False, 0, last, last if of >= k else 0.0, NO_WORD)
    score = order.score(rank)
    note = MISSED if rank <= k and not shown else ""
    missing = max(last - score, 0.0)
    return RankPosition(channel, rank, of, score, order.key(rank) - own.start, shown, rank, last, missing, note)


def in_fusion(fused: Fused, document: str, own: range, k: int, documents: int) -> RankPosition:
    """Return the position in the hybrid ranking, fused as the search does.

    The search reads each channel only as deep as k requires. They are then read as deep as necessary, and `of` refers
    to that depth. documents: number of all documents.
    """
    shown = fused(k)
    last = shown[-1].score if shown else 0.0
    depth = max(k, CANDIDATES)
    while True:
        ranking = fused(depth)
        rank = next((rank for rank, entry in enumerate(ranking, 1) if entry.document == document), 0)
        if rank or depth >= documents:
            break
        depth *= DEEPER
    if not rank:
        return RankPosition("hybrid", 0, len(ranking), 0.0, 0, False, 0, last, last, NOT_READ)
    entry = ranking[rank - 1]
    here = any(each.document == document for each in shown)
    missing = 0.0 if here else max(last - entry.score, 0.0)
    return RankPosition("hybrid", rank, len(ranking), entry.score, entry.key - own.start, here, rank, last, missing)


@dataclass(frozen=True)
class ChannelEvidence:
    """What one channel adds to the document's hybrid score.

    rank, score: of the document among the `of` that hybrid search reads from the channel, by the passage with this
    number; all 0 if it is none of them.
    floor, deviation: mean and standard deviation of the query's scores with a sample of the passages; both 0 in the
    lexical channel. evidence: 0.1 z³ for a score z deviations above the floor, 0.02 z³ in the sparse channel, a
    BM25 score itself. best: evidence of the channel's best document. share: evidence times weight, divided by the sum
    of best times weight over all channels; without evidence in any channel, the weight divided by their sum.
    """

    channel: str
    weight: float
    rank: int
    of: int
    passage: int
    score: float
    floor: float
    deviation: float
    evidence: float
    best: float
    share: float


def evidence_of(
    read: Read, weights: Sequence[float], document: str, own: range, documents: int
) -> tuple[ChannelEvidence, ...]:
    """Return what each channel adds. own: keys of the document's passages. documents: number of all documents.

    The shares sum to the hybrid score. If the channels had to be read deeper than for a first page to find the
    document, the score is that of the last one found before, if that is less.
    """
    depth = CANDIDATES
    while True:
        channels = read(depth)
        places = [_place(channel, document) for channel in channels]
        if depth >= documents or any(place >= 0 and weight for place, weight in zip(places, weights, strict=True)):
            break
        depth *= DEEPER
    found = [channel.evidence() for channel in channels]
    every = zip(CHANNELS, weights, channels, places, found, shares(found, weights), strict=False)
    return tuple(_in_channel(own, *one) for one in every)


def _in_channel(
    own: range,
    name: str,
    weight: float,
    channel: ChannelRanking,
    place: int,
    evidence: Sequence[float],
    parts: Sequence[float],
) -> ChannelEvidence:
    of, best, moments = len(channel.ranking), max(evidence, default=0.0), channel.moments or (0.0, 0.0)
    if place < 0:
        return ChannelEvidence(name, weight, 0, of, 0, 0.0, *moments, 0.0, best, 0.0)
    entry = channel.ranking[place]
    passage = entry.key - own.start
    return ChannelEvidence(
        name, weight, place + 1, of, passage, entry.score, *moments, evidence[place], best, parts[place]
    )


def _place(channel: ChannelRanking, document: str) -> int:
    """Return the position of the document in the ranking, -1 for none."""
    return next((place for place, entry in enumerate(channel.ranking) if entry.document == document), -1)
