"""Model inputs: what the model reads on each side, and the contribution of each word by occlusion."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from askew.contract import Contract
from askew.encoders import Encoder
from askew.encoders.hosted.wire import wire
from askew.encoders.texts import FIELD, SEGMENT, joined
from askew.explain.scores import Order, RankedEntry, Scores
from askew.ingest import encoded_texts
from askew.models import cards
from askew.similarity import prepare
from askew.text.words import spans
from askew.types import Document, FloatMatrix, Passage, Role


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


def to_passage(
    encoder: Encoder, contract: Contract, passage: Passage, document: Document, stored: FloatMatrix
) -> ModelInput:
    """Return what the model reads of the passage: with or without the title, whichever reproduces the stored vector.

    stored: the passage's vector in the index, (dim,).
    """
    [text] = encoded_texts([document], [passage], encoder, contract)
    tried = [_given(encoder, contract, Role.DOCUMENT, text, each) for each in dict.fromkeys((document.title, ""))]
    return min(tried, key=lambda both: float(np.abs(both[1] - stored).max()))[0]


def alike(contract: Contract) -> bool:
    """Return whether queries and documents are encoded in the same way."""
    sealed = contract.encoder
    query, document = (sealed.prompts.get(role, "") for role in Role)
    return query == document and not has_towers(contract)


def has_towers(contract: Contract) -> bool:
    return contract.encoder.towers


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


WORDS = 64
"""Maximum number of words removed, from the beginning of the text; each costs an encoding."""

Score = Callable[[Sequence[str]], Scores]
"""Returns how well each text matches, (n,)."""


@dataclass(frozen=True)
class WordContribution:
    """The word `text[start:end]`. effect: how much the score drops without it; negative if it rises."""

    word: str
    start: int
    end: int
    score_without: float
    effect: float


@dataclass(frozen=True)
class WordContributions:
    """The words of a text by effect, strongest first. left_out: words beyond the limit, not tried.

    A text of one word has no entries: without that word nothing would be left to compare.
    """

    text: str
    score: float
    words: tuple[WordContribution, ...]
    left_out: int


def occlude(text: str, before: float, score: Score) -> WordContributions:
    """Score the text without each of its words, in one call. before: score of the whole text."""
    places = list(spans(text))
    tried = [(start, end) for start, end in places[:WORDS] if without(text, start, end).strip()]
    scores = [float(found) for found in score([without(text, *span) for span in tried])] if tried else []
    words = [
        WordContribution(text[start:end], start, end, found, before - found)
        for (start, end), found in zip(tried, scores, strict=True)
    ]
    words.sort(key=lambda word: (-word.effect, word.start))
    return WordContributions(text, before, tuple(words), max(len(places) - WORDS, 0))


def without(text: str, start: int, end: int) -> str:
    """Return the text without text[start:end], and without the space after it if there is one before it, or nothing."""
    before, after = text[:start], text[end:]
    if after[:1].isspace() and (not before or before[-1].isspace()):
        after = after[1:]
    return before + after
