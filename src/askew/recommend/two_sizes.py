"""Two sizes in one space for a recommendation: the pairs of models at hand, and what each side of one costs.

A document is encoded once, and a query at every search, which waits for it (see `askew.encoders.dual`). A pair is tried
if it is registered, or if the vectors of a smaller model at hand turn out to lie in the space of a larger one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from askew.encoders.loading import load
from askew.encoders.pairing import pair_card
from askew.encoders.shared_space import agreement, query_milliseconds
from askew.errors import InputError, ModelError
from askew.evaluation.significance import Comparison, compare
from askew.models import cards
from askew.models.card import Card
from askew.models.choice import here
from askew.recommend.configurations import Configuration, Encoding, documents_alone, opened, pair_name
from askew.recommend.grid_search import Effort, GridSearch, TrialResult
from askew.tasks import Task
from askew.types import Role

SMALLER = 0.5
"""Share of the document encoder's size that a query encoder may have; a static one may have any."""
MOST = 4
"""Pairs that are tried: those that a model would encode most for, first."""


@dataclass(frozen=True)
class Cost:
    """Of the whole corpus. seconds: to encode it, 0 where that was not measured; bytes: of vectors and texts on disk;
    memory: of the vectors, which a search looks through. query_ms: milliseconds to encode a query on this machine, 0
    for search by words and for a service.
    """

    seconds: float
    bytes: int
    memory: int
    query_ms: float = 0.0


@dataclass(frozen=True)
class TwoSizes:
    """The best configuration of a pair, and the best one of its document encoder alone with the same vectors of
    documents, with the costs of both.

    documents, queries: names of the models. compared: the document encoder alone against the pair, whose difference is
    what the pair loses.
    """

    documents: str
    queries: str
    pair: TrialResult
    alone: TrialResult
    compared: Comparison
    pair_cost: Cost
    alone_cost: Cost


def pairs_at_hand(models: Sequence[str], task: Task, among: Sequence[str]) -> list[Encoding]:
    """Return the pairs whose documents one of these models encodes: registered ones, and those that can be made.

    among: names of the models that may take part. Whatever shares no space, or cannot be loaded, is no pair; nor is
    there one for a task that compares texts in one role.
    """
    if task.query_role is Role.DOCUMENT:
        return []
    every = [card for card in map(cards.get, among) if card.kind == "bi-encoder" and _runs(card)]
    registered = [card for card in every if card.sides and card.name not in models and _side(card) in models]
    known = {(_side(card), card.sides[Role.QUERY].name) for card in every if card.sides}
    single = [card for card in every if not card.sides]
    possible = [
        (documents, queries)
        for documents in sorted(single, key=lambda card: -card.size_mb)
        for queries in sorted(single, key=lambda card: card.size_mb)
        if documents.name in models
        and (documents.name, queries.name) not in known
        and _smaller(queries, documents)
        and _one_space(documents, queries, task)
    ]
    made = [Encoding(documents.name, queries=queries.name) for documents, queries in possible]
    return [*(Encoding(card.name) for card in registered), *made][:MOST]


def cost(configuration: Configuration, effort: Effort, documents: int, text_bytes: int, query_ms: float = 0.0) -> Cost:
    """documents, text_bytes: of the whole corpus, not of what was tried."""
    words = configuration.mode == "lexical"
    vectors = 0 if words else round(documents * effort.passages) * effort.dim * 4
    seconds = documents / effort.rate if effort.rate else 0.0
    # the texts, and about as much again for BM25
    return Cost(seconds, vectors + 2 * text_bytes, vectors, 0.0 if words else query_ms)


def measured_cost(standing: TrialResult, task: Task, documents: int, text_bytes: int) -> Cost:
    """Return the cost of a configuration, with the time that a query takes measured now."""
    asked = 0.0
    if standing.configuration.mode != "lexical":
        contract, encoder = opened(standing.configuration.encoding, task)
        asked = 0.0 if contract.encoder.hosted else query_milliseconds(encoder, task.query_role)
    return cost(standing.configuration, standing.effort, documents, text_bytes, asked)


def two_sizes(search: GridSearch, task: Task, documents: int, text_bytes: int) -> TwoSizes | None:
    """Return the best pair of a search beside its document encoder alone; None if no pair was compared with one."""
    tried = [one for one in search.standings if one.configuration.mode != "lexical" and one.configuration.as_built]
    for pair in tried:
        larger = documents_alone(pair.configuration.encoding)
        if larger == pair.configuration.encoding:
            continue
        alone = [one for one in tried if one.configuration.encoding == larger]
        if alone:
            costs = (measured_cost(one, task, documents, text_bytes) for one in (pair, alone[0]))
            queries = _queries(pair.configuration.encoding)
            return TwoSizes(larger.model, queries, pair, alone[0], compare(alone[0].values, pair.values), *costs)
    return None


def _queries(encoding: Encoding) -> str:
    """Return the name of a pair's query encoder."""
    return encoding.queries or cards.get(encoding.model).sides[Role.QUERY].name


def _side(card: Card) -> str:
    return card.sides[Role.DOCUMENT].name


def _runs(card: Card) -> bool:
    return card.architecture != "hashing" and here(card)


def _smaller(queries: Card, documents: Card) -> bool:
    """Return whether a model could encode the queries of another one, and would be faster."""
    static = queries.architecture == "static" and documents.architecture != "static"
    fitting = queries.dim == documents.dim and queries.similarity == documents.similarity and not queries.needs_torch
    return fitting and (static or queries.size_mb <= SMALLER * documents.size_mb) and queries.name != documents.name


def _one_space(documents: Card, queries: Card, task: Task) -> bool:
    try:
        name = pair_name(Encoding(documents.name, queries=queries.name))
        return agreement(load(pair_card(name, documents, queries), task.name)).shared
    except (InputError, ModelError):
        return False
