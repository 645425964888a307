"""Embeddings in the forms of OpenAI and Cohere, and the list of models.

Besides its fields a request in OpenAI's form may have `input_type` (query or document), `task` and `truncate`.
"""

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from askew.encoders import Encoded
from askew.errors import InputError
from askew.server.access import Action, Caller, Calling, authorise
from askew.server.answers import Provenance, as_response, base64_of, quantised
from askew.server.encoding import Truncate, chosen, encoded, from_ids
from askew.server.forms import Form, Name, Text, Texts
from askew.server.models import TASK, TASKS, ServedModel
from askew.server.state import ServerState, State

router = APIRouter(tags=["embeddings"])
TokenId = Annotated[int, Field(ge=0, lt=1 << 31)]
Ids = Annotated[list[TokenId], Field(min_length=1, max_length=100_000)]
ManyIds = Annotated[list[Ids], Field(min_length=1, max_length=2048)]


class EmbeddingForm(Form):
    """OpenAI's request. Token ids are those of the served model's own tokenizer."""

    input: Text | Texts | Ids | ManyIds = Field(examples=["Everyone has 28 days of paid holiday.", ["one", "two"]])
    model: Name | None = Field(None, examples=["all-MiniLM-L6-v2"])
    encoding_format: Literal["float", "base64"] | None = None
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


def _texts(model: ServedModel, given: str | list[str] | list[int] | list[list[int]]) -> list[str]:
    if isinstance(given, str):
        return [given]
    if isinstance(given[0], str):
        return [text for text in given if isinstance(text, str)]
    many = [given] if isinstance(given[0], int) else given
    return [from_ids(model, ids) for ids in many if isinstance(ids, list)]


Kind = Literal["float", "int8", "uint8", "binary", "ubinary", "base64"]
InputType = Literal["search_document", "search_query", "classification", "clustering", "image"]


class CohereForm(Form):
    """Cohere's request. Texts that are too long are refused unless `truncate` says what to cut."""

    texts: Texts = Field(examples=[["Everyone has 28 days of paid holiday."]])
    model: Name | None = Field(None, examples=["all-MiniLM-L6-v2"])
    input_type: InputType | None = Field(None, examples=["search_document"])
    embedding_types: Annotated[list[Kind], Field(min_length=1, max_length=6)] | None = None
    truncate: Truncate | None = Field(None, description="NONE by default.")
    output_dimension: int | None = Field(None, ge=1)
    priority: int | None = Field(None, description="Without effect: requests are served in turn.")


@router.post("/v2/embed")
async def embed_v2(form: CohereForm, request: Request, state: State, caller: Calling) -> Response:
    """Encode texts, as Cohere's API does."""
    made, provenance = await _made(form, request, state, caller)
    return _by_type(form, made, provenance, form.embedding_types or ["float"], "2")


@router.post("/v1/embed")
async def embed_v1(form: CohereForm, request: Request, state: State, caller: Calling) -> Response:
    """Encode texts, as Cohere's first API does, which LangChain calls."""
    made, provenance = await _made(form, request, state, caller)
    if form.embedding_types is not None:
        return _by_type(form, made, provenance, form.embedding_types, "1")
    body = {"embeddings": made.vectors, "response_type": "embeddings_floats"}
    return as_response({**body, **_about(form, provenance, "1")}, headers=provenance.headers)


async def _made(form: CohereForm, request: Request, state: ServerState, caller: Caller) -> tuple[Encoded, Provenance]:
    if form.input_type == "image":
        raise InputError("This server encodes texts, not images. Choose another input_type.")
    task = TASKS.get(form.input_type or "", TASK)
    role = "document" if form.input_type in TASKS else form.input_type
    model, side = await chosen(state, caller, request, form.model, role, task)
    if form.output_dimension not in (None, model.signature.dim):
        raise InputError(
            f"{model.card.name} has {model.signature.dim} dimensions and was not trained for fewer: leave out "
            "output_dimension."
        )
    return await encoded(state, request, model, side, form.texts, form.truncate or "NONE")


def _by_type(form: CohereForm, made: Encoded, provenance: Provenance, kinds: list[Kind], version: str) -> Response:
    found: dict[str, Any] = {
        kind: list(map(base64_of, made.vectors)) if kind == "base64" else quantised(made.vectors, kind)
        for kind in kinds
    }
    body = {"embeddings": found, "response_type": "embeddings_by_type", **_about(form, provenance, version)}
    return as_response(body, headers=provenance.headers)


def _about(form: CohereForm, provenance: Provenance, version: str) -> dict[str, Any]:
    used = {"input_tokens": provenance.counted.tokens}
    meta = {"api_version": {"version": version}, "billed_units": used}
    return {"id": str(uuid.uuid4()), "texts": form.texts, "meta": meta, "askew": provenance.as_json()}
