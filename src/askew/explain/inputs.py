"""What the model reads on each side: prompt, title, text and token counts, in either role."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from askew.contract import Contract
from askew.encoders import Encoder
from askew.encoders.hosted.wire import wire
from askew.encoders.titles import FIELD, SEGMENT, joined
from askew.explain.scores import Order, RankedEntry
from askew.models import cards
from askew.similarity import prepare
from askew.types import FloatMatrix, Role


@dataclass(frozen=True)
class ModelInput:
    """What the model reads. given: prompt, title and text as one string, with " [SEP] " between two segments.

    word: a hosted service's parameter for the role. title: "" if the document has none, or one too long for its
    passages. tokens, seen: of title and text, without special tokens and prompt.
    """

    role: str
    prompt: str
    word: str
    title: str
    text: str
    given: str
    tokens: int
    seen: int


def to_query(encoder: Encoder, contract: Contract, query: str, role: Role) -> tuple[ModelInput, FloatMatrix]:
    """Return what the model reads of the query, and its vector (dim,)."""
    return _given(encoder, contract, role, query, "")


def to_passage(encoder: Encoder, contract: Contract, text: str, title: str, stored: FloatMatrix) -> ModelInput:
    """Return what the model reads of the passage: with or without the title, whichever reproduces the stored vector.

    stored: the passage's vector in the index, (dim,).
    """
    tried = [_given(encoder, contract, Role.DOCUMENT, text, each) for each in dict.fromkeys((title, ""))]
    return min(tried, key=lambda both: float(np.abs(both[1] - stored).max()))[0]


def alike(contract: Contract) -> bool:
    """Return whether queries and documents are encoded in the same way."""
    sealed = contract.encoder
    query, document = (sealed.prompts.get(role, "") for role in Role)
    return query == document and not has_towers(contract)


def has_towers(contract: Contract) -> bool:
    return bool(set(contract.encoder.weights) & set(Role))


def _given(encoder: Encoder, contract: Contract, role: Role, text: str, title: str) -> tuple[ModelInput, FloatMatrix]:
    encoded = encoder.encode([text], role, titles=[title] if title else ())
    vectors = encoded.vectors if encoder.signature.normalised else prepare(encoded.vectors, contract.encoder.similarity)
    [vector] = vectors
    prompt, word = _said(contract, role)
    given = prompt + _composed(contract.encoder.titles, text, title)
    return ModelInput(str(role), prompt, word, title, text, given, int(encoded.tokens[0]), int(encoded.seen[0])), vector


def _said(contract: Contract, role: Role) -> tuple[str, str]:
    """Return the prompt and the service's parameter for the role; at most one of them is not empty."""
    words = contract.encoder.prompts.get(role, "")
    if "service" not in contract.encoder.weights:
        return words, ""
    hosted = cards.get(contract.encoder.model).hosted
    return ("", words) if hosted and not wire(hosted.provider).prefix else (words, "")


def _composed(way: str, text: str, title: str) -> str:
    if not title or way == FIELD:
        return text
    return f"{title} [SEP] {text}" if way == SEGMENT else joined([text], [title])[0]


@dataclass(frozen=True)
class RoleRanking:
    """The dense ranking of the query in one role: rank and score of the document, and the k best."""

    role: str
    rank: int
    score: float
    top: tuple[RankedEntry, ...]


@dataclass(frozen=True)
class RoleComparison:
    """The dense rankings in both roles. used: the role in which this index encodes queries. alike: the model does not
    distinguish the roles, and both rankings are the same. reason: why, or why not.
    """

    used: str
    alike: bool
    reason: str
    query: RoleRanking
    document: RoleRanking


def roles(contract: Contract, used: Role, orders: Mapping[Role, Order], document: str, k: int) -> RoleComparison:
    query, as_document = (_in_role(role, orders[role], document, k) for role in (Role.QUERY, Role.DOCUMENT))
    return RoleComparison(str(used), alike(contract), _reason(contract), query, as_document)


def _in_role(role: Role, order: Order, document: str, k: int) -> RoleRanking:
    rank = order.rank(document)
    return RoleRanking(str(role), rank, order.score(rank), order.top(k))


def _reason(contract: Contract) -> str:
    model = contract.encoder.model
    query, document = (contract.encoder.prompts.get(role, "") for role in Role)
    if has_towers(contract):
        return f"{model} has separate weights for each role"
    if query != document:
        return f"{model} has a prompt per role: {query!r} for a query, {document!r} for a document"
    if query:
        return f"{model} has the same prompt for both roles in this task: {query!r}"
    return f"{model} has no prompts and one encoder for both roles"
