"""Paths of Text Embeddings Inference: embeddings, information, health and metrics. Errors are in the form of all."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BeforeValidator, Field

from askew.errors import InputError
from askew.server.access import Action, Calling, authorise
from askew.server.answers import as_response
from askew.server.encoding import Truncate, chosen, encoded
from askew.server.forms import BOUNDS, Form, Name, Text, Texts
from askew.server.models import TASK
from askew.server.state import State
from askew.similarity import normalise
from askew.types import Role
from askew.version import __version__

router = APIRouter(tags=["embeddings"])
system = APIRouter(tags=["system"])


def _capital(way: object) -> object:
    """Return a direction as TEI's own clients write it; those of huggingface_hub write it small."""
    return way.capitalize() if isinstance(way, str) else way or "Right"


class TeiForm(Form):
    """The request of Text Embeddings Inference. normalize: by default what the model does."""

    inputs: Text | Texts = Field(examples=["Everyone has 28 days of paid holiday.", ["one", "two"]])
    truncate: bool | None = False
    truncation_direction: Annotated[Literal["Left", "Right"], BeforeValidator(_capital)] = "Right"
    normalize: bool | None = None
    prompt_name: Name | None = Field(None, description="query or document.")
    dimensions: int | None = Field(None, ge=1)


@router.post("/embed")
async def embed(form: TeiForm, request: Request, state: State, caller: Calling) -> Response:
    """Encode texts, as Text Embeddings Inference does, with the server's first model."""
    model, side = await chosen(state, caller, request, None, form.prompt_name, TASK)
    if form.dimensions not in (None, model.signature.dim):
        raise InputError(f"{model.card.name} has {model.signature.dim} dimensions: leave out dimensions.")
    if form.normalize is False and model.signature.normalised:
        raise InputError(f"The vectors of {model.card.name} are normalised by the model: leave out normalize.")
    texts = [form.inputs] if isinstance(form.inputs, str) else form.inputs
    cut: Truncate = "NONE" if not form.truncate else "END" if form.truncation_direction == "Right" else "START"
    made, provenance = await encoded(state, request, model, side, texts, cut)
    vectors = normalise(made.vectors) if form.normalize else made.vectors
    return as_response(vectors, headers=provenance.headers)


@router.get("/info")
async def info(request: Request, state: State, caller: Calling) -> Response:
    """Describe the server's first model, as Text Embeddings Inference does."""
    model, _ = await chosen(state, caller, request, None, "document", TASK)
    sealed, limits = model.signature, state.config.limits
    return as_response(
        {
            "model_id": model.card.name,
            "model_sha": sealed.fingerprint,
            "model_dtype": {"fp32": "float32"}.get(sealed.precision, sealed.precision),
            "model_type": {"embedding": {"pooling": sealed.pooling}},
            "max_concurrent_requests": limits.threads + limits.waiting,
            "max_input_length": model.room(Role.DOCUMENT),
            "max_batch_tokens": limits.batch_tokens,
            "max_batch_requests": None,
            "max_client_batch_size": BOUNDS.texts,
            "auto_truncate": False,
            "tokenization_workers": 1,
            "version": __version__,
        }
    )


@system.get("/health")
async def health() -> Response:
    """The process answers."""
    return as_response({"status": "ok", "version": __version__})


@system.get("/ready", responses={503: {"description": "The server is starting or stopping."}})
async def ready(state: State) -> Response:
    """The server takes requests."""
    return as_response({"ready": state.ready}, 200 if state.ready else 503)


@system.get("/metrics", response_class=Response)
async def metrics(state: State, caller: Calling) -> Response:
    """Metrics in Prometheus' text format. With keys, for those who manage every index."""
    authorise(caller, "", Action.MANAGE)
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
