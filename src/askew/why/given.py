"""What the model is really given on each side, and how much of it the model sees."""

from dataclasses import dataclass

import numpy as np

from askew.contract import Contract
from askew.encoders import Encoder
from askew.encoders.hosted.wire import wire
from askew.encoders.titles import FIELD, SEGMENT, joined
from askew.models import cards
from askew.similarity import prepare
from askew.types import FloatMatrix, Role


@dataclass(frozen=True)
class Given:
    """given: the text that the model reads, prompt, title and text in one, " [SEP] " between two segments.

    word: what a service is told beside the text. title: "" where the document has none, or one so long that it was
    left out of its passages. tokens, seen: of title and text, without the special tokens and the prompt.
    """

    role: str
    prompt: str
    word: str
    title: str
    text: str
    given: str
    tokens: int
    seen: int


def to_query(encoder: Encoder, contract: Contract, query: str, role: Role) -> tuple[Given, FloatMatrix]:
    """With its vector, (dim,)."""
    return _given(encoder, contract, role, query, "")


def to_passage(encoder: Encoder, contract: Contract, text: str, title: str, stored: FloatMatrix) -> Given:
    """stored: the passage's vector in the index, (dim,). With the title or without: what gives this very vector."""
    tried = [_given(encoder, contract, Role.DOCUMENT, text, each) for each in dict.fromkeys((title, ""))]
    return min(tried, key=lambda both: float(np.abs(both[1] - stored).max()))[0]


def alike(contract: Contract) -> bool:
    """Is a text encoded in the same way as a query and as a document?"""
    sealed = contract.encoder
    query, document = (sealed.prompts.get(role, "") for role in Role)
    return query == document and not has_towers(contract)


def has_towers(contract: Contract) -> bool:
    return bool(set(contract.encoder.weights) & set(Role))


def _given(encoder: Encoder, contract: Contract, role: Role, text: str, title: str) -> tuple[Given, FloatMatrix]:
    encoded = encoder.encode([text], role, titles=[title] if title else ())
    [vector] = prepare(encoded.vectors, contract.encoder.similarity)
    prompt, word = _said(contract, role)
    given = prompt + _composed(contract.encoder.titles, text, title)
    return Given(str(role), prompt, word, title, text, given, int(encoded.tokens[0]), int(encoded.seen[0])), vector


def _said(contract: Contract, role: Role) -> tuple[str, str]:
    """What goes before the text, and what a service is told beside it; one of the two at most."""
    words = contract.encoder.prompts.get(role, "")
    if "service" not in contract.encoder.weights:
        return words, ""
    hosted = cards.get(contract.encoder.model).hosted
    return ("", words) if hosted and not wire(hosted.provider).prefix else (words, "")


def _composed(way: str, text: str, title: str) -> str:
    if not title or way == FIELD:
        return text
    return f"{title} [SEP] {text}" if way == SEGMENT else joined([text], [title])[0]
