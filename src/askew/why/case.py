"""One query, one document, and all passages that the query is compared with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.contract import Contract
from askew.encoders import Encoder
from askew.index import Index
from askew.search.how import How
from askew.search.rank import rank
from askew.search.ranking import Ranked
from askew.stores import Store
from askew.types import Document, FloatMatrix, Passage, Role, Where
from askew.why.corpus import Corpus, Scores, compare
from askew.why.given import Given, alike, to_query
from askew.why.order import Order, by_meaning


@dataclass(frozen=True)
class Case:
    """how: with the filter that was asked for."""

    index: Index
    encoder: Encoder
    query: str
    id: str
    how: How

    @property
    def store(self) -> Store:
        return self.index.store

    @property
    def contract(self) -> Contract:
        return self.index.contract

    def encode(self, texts: Sequence[str], role: Role) -> FloatMatrix:
        return self.index.sealed.encode(role, "explaining", texts)


@dataclass(frozen=True)
class Compared:
    """where: the filter in force. used: the role in which this index encodes queries; vector: the query's in it.

    scores, orders: by role, in the order of the corpus.
    """

    where: Where | None
    used: Role
    given: Given
    vector: FloatMatrix
    corpus: Corpus
    scores: Mapping[Role, Scores]
    orders: Mapping[Role, Order]

    @property
    def order(self) -> Order:
        return self.orders[self.used]


@dataclass(frozen=True)
class Subject:
    """The document as the store has it. own: the keys of its passages. best: the one it stands by, and its vector."""

    document: Document
    own: range
    best: Passage
    vector: FloatMatrix
    score: float


def compared(case: Case, where: Where | None) -> Compared:
    used = case.index.task.query_role
    tried = (used,) if alike(case.contract) else tuple(Role)
    given = {role: to_query(case.encoder, case.contract, case.query, role) for role in tried}
    corpus, found = compare(case.store, np.stack([vector for _, vector in given.values()]), where)
    scores = dict(zip(given, found, strict=True))
    orders = {role: by_meaning(corpus, scores[role]) for role in given}
    return Compared(
        where,
        used,
        *given[used],
        corpus,
        {role: scores.get(role, scores[used]) for role in Role},
        {role: orders.get(role, orders[used]) for role in Role},
    )


def subject(case: Case, found: Compared, own: range) -> Subject:
    """KeyError where the document was replaced since."""
    place = found.order.rank(case.id)
    key = found.order.key(place)
    if key not in own:
        raise KeyError(case.id)
    [document], [passage] = case.store.documents([case.id]), case.store.passages([key])
    return Subject(document, own, passage, case.store.vectors([key])[0], found.order.score(place))


def searched(case: Case, found: Compared, mode: str, k: int) -> Sequence[Ranked]:
    """What the search itself finds."""
    how = How(k, mode, found.where, case.how.weights)
    return rank(case.store, lambda _: found.vector[None], [case.query], how)[0]
