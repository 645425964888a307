"""Making of encoder pairs: the card of a pair, from two models whose vectors are checked to share a space."""

from dataclasses import dataclass, replace

from askew.encoders.loading import load
from askew.encoders.shared_space import SpaceAgreement, check_shared_space, query_milliseconds
from askew.errors import InputError
from askew.models import cards, names, own
from askew.models.card import ANY, PAIR, UNKNOWN, Card, faults
from askew.tasks import TASKS, Kind
from askew.types import Role

TASK = "question-answering"
"""Task in whose prompts a pair is checked."""
ASYMMETRIC = frozenset(task.name for task in TASKS if task.kind is Kind.ASYMMETRIC)
"""Tasks that a pair serves; in the others texts are compared in one role."""


@dataclass(frozen=True)
class MadePair:
    """A pair and what it saves. query_ms: milliseconds to encode one query on this machine by the query encoder, and
    document_ms by the document encoder, which would have to encode it otherwise.
    """

    card: Card
    agreement: SpaceAgreement
    query_ms: float
    document_ms: float


def make_pair(name: str, documents: str, queries: str) -> MadePair:
    """Make a model that encodes documents by one model and queries by another, and save its card among the user's own.

    documents, queries: names of models, folders, or ids of the hub, whose files are here.

    Raises InputError for models that cannot be paired, and ModelError if their vectors do not share a space.
    """
    if fault := names.fault(name):
        raise InputError(f"The name {name!r} {fault}.")
    if name.casefold() in map(str.casefold, cards.built_in()):
        raise InputError(f"{name} is the name of a built-in model. Choose another name.")
    card = pair_card(name, own.resolve(documents), own.resolve(queries))
    encoder = load(card, TASK)
    found = check_shared_space(encoder)
    own.save(card)
    alone = load(card.sides[Role.DOCUMENT], TASK)
    return MadePair(card, found, query_milliseconds(encoder), query_milliseconds(alone))


def pair_card(name: str, documents: Card, queries: Card) -> Card:
    """Return the card of a pair. What is known of texts and tasks is known of the document encoder."""
    card = Card(
        name=name,
        summary=f"Documents by {documents.name}, queries by {queries.name}.",
        architecture=PAIR,
        pooling="",
        normalised=documents.normalised and queries.normalised,
        similarity=documents.similarity,
        dim=documents.dim,
        max_tokens=documents.max_tokens,
        languages=_languages(documents, queries),
        licence=" and ".join(dict.fromkeys((documents.licence, queries.licence))),
        commercial=documents.commercial and queries.commercial,
        size_mb=documents.size_mb + queries.size_mb,
        tasks=tuple(task for task in documents.tasks if task in ASYMMETRIC),
        verified=False,
        checked="the vectors of both encoders share a space, on varied texts",
        trained=documents.trained,
        titles=documents.titles,
        documents=replace(documents, scores=()),
        queries=replace(queries, scores=()),
    )
    for fault in faults(card):
        raise InputError(f"{documents.name} and {queries.name} cannot be a pair: {fault}.")
    return card


def _languages(documents: Card, queries: Card) -> tuple[str, ...]:
    """Return the languages that both encoders know; those of the documents where the other's are unknown."""
    if UNKNOWN in queries.languages or ANY in queries.languages:
        return documents.languages
    if UNKNOWN in documents.languages or ANY in documents.languages:
        return queries.languages
    return tuple(code for code in documents.languages if code in queries.languages) or (UNKNOWN,)
