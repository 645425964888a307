"""Encoding the texts of a request: the model, the role, texts too long for it, and what the answer says of them."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from fastapi import Request

from askew.encoders import Encoded
from askew.errors import InputError
from askew.models.card import Card
from askew.server.access import Action, Caller, authorise
from askew.server.answers import Provenance, TokenCount
from askew.server.errors import DeadlineError
from askew.server.models import ServedModel, Side
from askew.server.state import ServerState, connected

T = TypeVar("T")
Truncate = Literal["NONE", "START", "END"]
"""What happens to a text that the model cannot read whole: refused, or without its beginning or its end."""


@runtime_checkable
class Decoding(Protocol):
    """An encoder that knows the text of token ids."""

    def decoded(self, ids: Sequence[int]) -> str:
        """Raises InputError unless tokenising the text gives these ids again."""


async def chosen(
    state: ServerState, caller: Caller, request: Request, name: str | None, input_type: str | None, task: str
) -> tuple[ServedModel, Side]:
    """Return the model, loaded, and what its texts are encoded for."""
    authorise(caller, "", Action.ENCODE)
    served = state.models.loaded(name, task)
    if served is None:
        served = await state.call(request, state.models.get, name, task)
    return served, state.models.side(served, input_type, task)


async def encoded(
    state: ServerState,
    request: Request,
    model: ServedModel,
    side: Side,
    texts: Sequence[str],
    truncate: Truncate,
) -> tuple[Encoded, Provenance]:
    """Return the vectors of texts, and what the answer says of them. Raises InputError for a text that is too long,
    unless it may be truncated, and DeadlineError.
    """
    room = model.room(side.role)
    sent, cut = _without_beginnings(model, texts, room) if truncate == "START" else (texts, 0)
    made = await computed(state, request, model.submit(sent, side.role), model.card)
    if truncate == "NONE":
        _refuse_long(model, made, room)
    counted = TokenCount.of(made, room) + TokenCount(cut, 0, cut, 0)
    return made, Provenance(model.contract, model.card.name, side.named, side.assumed, counted)


async def computed(state: ServerState, request: Request, future: "Future[T]", card: Card) -> T:
    """Return what a model computes of the texts of a request. Raises DeadlineError, and GoneError if the client is."""
    try:
        async with asyncio.timeout(state.config.limits.computing):
            return await connected(request, asyncio.wrap_future(future))
    except TimeoutError:
        raise DeadlineError(f"{card.name} did not read these texts in time. Send fewer at once.") from None


def from_ids(model: ServedModel, ids: Sequence[Any]) -> str:
    """Return the text of token ids. Raises InputError if they are not those of this model's tokenizer."""
    encoder = model.queue.encoder
    if not isinstance(encoder, Decoding):
        raise InputError(f"{model.card.name} takes texts, not token ids. Send strings.")
    return encoder.decoded(ids)


def _without_beginnings(model: ServedModel, texts: Sequence[str], room: int) -> tuple[list[str], int]:
    """Return the ends of texts that the model can read whole, and how many tokens are before them."""
    found, cut = [], 0
    for text, span in zip(texts, model.queue.encoder.spans(texts), strict=True):
        over = max(len(span) - room, 0)
        found.append(text[int(span[over][0]) :] if over else text)
        cut += over
    return found, cut


def _refuse_long(model: ServedModel, made: Encoded, room: int) -> None:
    if (made.tokens > room).any():
        row = int(made.tokens.argmax())
        raise InputError(
            f"Text {row} has {int(made.tokens[row])} tokens, and {model.card.name} reads {room}. Split it, or have it "
            "truncated: truncate is END or START (in TEI's form true)."
        )
