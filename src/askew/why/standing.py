"""Where a document stands in a ranking, and what it lacks to be shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from askew.search.how import How
from askew.search.ranking import Ranked
from askew.why.order import Order

NO_WORD = "shares no word with the query"
MISSED = "the approximate index misses it; an exact search would show it"
NOT_READ = "no ranking that counts has it"

Fused = Callable[[int], Sequence[Ranked]]
"""The hybrid ranking, so many documents of it."""


@dataclass(frozen=True)
class Standing:
    """Where the document stands in a channel: dense, lexical or hybrid.

    rank: 1 is the best, exact however far below k it is; 0 where it has none, as the note says, and its score is 0.
    of: how many documents have a rank. passage: the number of the one that it stands by. shown: whether a search for
    k shows it; least_k: the smallest k that does, 0 where none does. score_at_k: what the last has that is shown for
    k; missing: what the document lacks to have as much.
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


def in_order(channel: str, order: Order, document: str, own: range, k: int, shown: bool) -> Standing:
    """own: the keys of the document's passages. shown: by a search of the store itself."""
    rank, of = order.rank(document), len(order)
    last = order.score(min(k, of)) if of else 0.0
    if not rank:
        # Where fewer than k share a word, any word would do.
        return Standing(channel, 0, of, 0.0, 0, False, 0, last, last if of >= k else 0.0, NO_WORD)
    score = order.score(rank)
    note = MISSED if rank <= k and not shown else ""
    missing = max(last - score, 0.0)
    return Standing(channel, rank, of, score, order.key(rank) - own.start, shown, rank, last, missing, note)


def in_fusion(fused: Fused, document: str, own: range, k: int, documents: int) -> Standing:
    """As the search itself fuses. It reads both rankings only as deep as k asks, and a document below has no score:
    then they are read as deep as it takes, and rank, score and `of` are those that it has there.

    documents: how many there are at all.
    """
    shown = fused(k)
    last = shown[-1].score if shown else 0.0
    read, depth, least = 0, How(1).depth, 0
    while True:
        ranking = fused(depth)
        rank = next((rank for rank, entry in enumerate(ranking, 1) if entry.document == document), 0)
        least = least or (max(rank, read + 1) if rank else 0)
        if depth >= How(k).depth and (rank or depth >= documents):
            break
        read, depth = depth, How(depth + 1).depth
    if not rank:
        return Standing("hybrid", 0, len(ranking), 0.0, 0, False, 0, last, last, NOT_READ)
    entry = ranking[rank - 1]
    here = any(each.document == document for each in shown)
    missing = 0.0 if here else max(last - entry.score, 0.0)
    return Standing("hybrid", rank, len(ranking), entry.score, entry.key - own.start, here, least, last, missing)
