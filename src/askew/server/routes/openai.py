"""Embeddings and models in OpenAI's form.

Besides its fields a request may have `input_type` (query or document), `task` and `truncate`.
"""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from askew.encoders import Encoded
from askew.errors import InputError
from askew.server.access import Action, Caller, Calling, authorise
from askew.server.answers import Provenance, TokenCount, as_response, base64_of
from askew.server.errors import DeadlineError
from askew.server.forms import Form, Name, Text, Texts
from askew.server.models import TASK, ServedModel, Side
from askew.server.state import ServerState, State, connected
from askew.server.texts import Truncate, fitted, from_ids

router = APIRouter(tags=["embeddings"])
TokenId = Annotated[int, Field(ge=0, lt=1 << 31)]
Ids = Annotated[list[TokenId], Field(min_length=1, max_length=100_000)]
ManyIds = Annotated[list[Ids], Field(min_length=1, max_length=2048)]


class EmbeddingForm(Form):
    """OpenAI's request. Token ids are those of the served model's own tokenizer."""

    input: Text | Texts | Ids | ManyIds = Field(examples=["Everyone has 28 days of paid holiday.", ["one", "two"]])
    model: Name | None = Field(None, examples=["all-MiniLM-L6-v2"])
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = Field(None, ge=1)
    user: str | None = Field(None, max_length=1000)
    input_type: Name | None = Field(None, description="query or document.", examples=["document"])
    task: Name | None = Field(None, description=f"A task of askew; {TASK} by default.")
    truncate: Truncate = "NONE"


@router.post("/v1/embeddings")
async def embeddings(form: EmbeddingForm, request: Request, state: State, caller: Calling) -> Response:
    """Encode texts, as OpenAI's API does."""
    model, side = await chosen(state, caller, request, form.model, form.input_type, form.task or TASK)
    if form.dimensions not in (None, model.signature.dim):
        raise InputError(
            f"{model.card.name} has {model.signature.dim} dimensions and was not trained for fewer: leave out "
            "dimensions."
        )
    texts = _texts(model, form.input)
    made, provenance = await encoded(state, request, model, side, texts, form.truncate)
    rows = map(base64_of, made.vectors) if form.encoding_format == "base64" else made.vectors
    data = [{"object": "embedding", "index": n, "embedding": row} for n, row in enumerate(rows)]
    used = {"prompt_tokens": provenance.counted.tokens, "total_tokens": provenance.counted.tokens}
    body = {"object": "list", "data": data, "model": model.card.name, "usage": used, "askew": provenance.as_json()}
    return as_response(body, headers=provenance.headers)


@router.get("/v1/models")
async def models(state: State, caller: Calling) -> Response:
    """List the models, as OpenAI's API does."""
    authorise(caller, "", Action.ENCODE)
    names = dict.fromkeys((*state.models.names, *state.models.rerankers))
    return as_response({"object": "list", "data": [_model(name) for name in names]})


@router.get("/v1/models/{name}")
async def model(name: Name, state: State, caller: Calling) -> Response:
    """Return one model, as OpenAI's API does."""
    authorise(caller, "", Action.ENCODE)
    if name not in state.models.rerankers:
        state.models.check(name)
    return as_response(_model(name))


def _model(name: str) -> dict[str, object]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "askew"}


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
    sent = fitted(model, texts, room, truncate)
    future = asyncio.wrap_future(model.submit(sent, side.role))
    try:
        async with asyncio.timeout(state.config.limits.timeout):
            made = await connected(request, future)
    except TimeoutError:
        raise DeadlineError(f"{model.card.name} did not encode these texts in time. Send fewer at once.") from None
    counted = TokenCount.of(made, room)
    if truncate == "NONE":
        refuse_long(model, made, room)
    return made, Provenance(model.contract, model.card.name, side.named, side.assumed, counted)


def refuse_long(model: ServedModel, made: Encoded, room: int) -> None:
    """Raise InputError if a text is longer than the model reads."""
    if (made.tokens > room).any():
        row = int(made.tokens.argmax())
        raise InputError(
            f"Text {row} has {int(made.tokens[row])} tokens, and {model.card.name} reads {room}. Split it, or send "
            'truncate: "END" or "START" to have it truncated.'
        )


def _texts(model: ServedModel, given: str | list[str] | list[int] | list[list[int]]) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given[0], str):
        return [text for text in given if isinstance(text, str)]
    many = [given] if isinstance(given[0], int) else given
    return [from_ids(model, ids) for ids in many if isinstance(ids, list)]
