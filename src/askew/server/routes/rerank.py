"""Reranking in the forms of Cohere, Jina and Text Embeddings Inference.

The model is a cross-encoder, which reads the query and a document together, a late-interaction model, which compares
their tokens, or an embedding model, whose score is the similarity of the two.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Request, Response
from numpy.typing import NDArray
from pydantic import Field

from askew.errors import InputError
from askew.models.card import Card
from askew.server.access import Action, Caller, Calling, authorise
from askew.server.answers import Provenance, TokenCount, as_response
from askew.server.encoding import chosen, computed, encoded
from askew.server.forms import BOUNDS, Form, Name, Query, Text, Texts
from askew.server.models import TASK
from askew.server.state import ServerState, State
from askew.similarity import prepare

router = APIRouter(tags=["reranking"])
MOST_TOKENS = 512
"""Tokens that rerankers usually read, together with the query; a client's limit above it changes nothing."""


class DocumentText(Form):
    """A document as an object."""

    text: Text


Documents = Annotated[list[Text | DocumentText], Field(min_length=1, max_length=BOUNDS.texts)]


class RerankForm(Form):
    """Cohere's and Jina's request."""

    model: Name | None = None
    query: Query = Field(examples=["how long can I be away?"])
    documents: Documents = Field(examples=[["Everyone has 28 days of paid holiday.", "Dogs may come on Fridays."]])
    top_n: int | None = Field(None, ge=1)
    return_documents: bool | None = None
    max_tokens_per_doc: int | None = Field(None, ge=1, description="No less than the model reads.")


class TeiRerankForm(Form):
    """The request of Text Embeddings Inference."""

    query: Query = Field(examples=["how long can I be away?"])
    texts: Texts = Field(examples=[["Everyone has 28 days of paid holiday.", "Dogs may come on Fridays."]])
    raw_scores: bool = False
    return_text: bool = False
    truncate: bool | None = False


@dataclass(frozen=True)
class Reranked:
    """Scores of documents as the model gives them, (n,). card: of the model."""

    card: Card
    scores: NDArray[np.float32]
    provenance: Provenance

    @property
    def relevance(self) -> NDArray[np.float32]:
        """The scores of a cross-encoder between 0 and 1, by the logistic function; those of others as they are."""
        if self.card.kind != "cross-encoder" or self.card.activation == "sigmoid":
            return self.scores
        return np.asarray(1 / (1 + np.exp(-self.scores.astype(np.float64))), np.float32)

    def best(self, count: int | None = None) -> list[int]:
        """Return the places of the best documents, best first."""
        return [int(place) for place in np.argsort(-self.scores, kind="stable")[:count]]


@router.post("/v1/rerank")
async def rerank_v1(form: RerankForm, request: Request, state: State, caller: Calling) -> Response:
    """Rerank documents, as Jina's API does, and Cohere's first."""
    texts = _texts(form)
    done = await reranked(state, caller, request, form.model, form.query, texts)
    shown = form.return_documents is not False
    results = [
        {
            "index": place,
            "relevance_score": done.relevance[place],
            **({"document": {"text": texts[place]}} if shown else {}),
        }
        for place in done.best(form.top_n)
    ]
    used = {"total_tokens": done.provenance.counted.tokens, "prompt_tokens": done.provenance.counted.tokens}
    body = {"id": str(uuid.uuid4()), "model": done.card.name, "object": "list", "usage": used, "results": results}
    return _answer(body, done)


@router.post("/v2/rerank")
async def rerank_v2(form: RerankForm, request: Request, state: State, caller: Calling) -> Response:
    """Rerank documents, as Cohere's API does."""
    if form.return_documents:
        raise InputError("return_documents is not part of /v2/rerank. Use the index of each result, or /v1/rerank.")
    done = await reranked(state, caller, request, form.model, form.query, _texts(form))
    results = [{"index": place, "relevance_score": done.relevance[place]} for place in done.best(form.top_n)]
    meta = {"api_version": {"version": "2"}, "billed_units": {"search_units": 1}}
    return _answer({"id": str(uuid.uuid4()), "results": results, "meta": meta}, done)


@router.post("/rerank")
async def rerank_tei(form: TeiRerankForm, request: Request, state: State, caller: Calling) -> Response:
    """Rerank texts, as Text Embeddings Inference does."""
    done = await reranked(state, caller, request, None, form.query, form.texts)
    count = done.provenance.counted
    if count.lost > count.unknown and not form.truncate:
        raise InputError("A text is longer than the model reads. Split it, or send truncate: true.")
    scores = done.scores if form.raw_scores else done.relevance
    return as_response(
        [
            {"index": place, "score": scores[place], **({"text": form.texts[place]} if form.return_text else {})}
            for place in done.best()
        ],
        headers=done.provenance.headers,
    )


async def reranked(
    state: ServerState, caller: Caller, request: Request, name: str | None, query: str, texts: Sequence[str]
) -> Reranked:
    """Return the score of each text for the query. What the model cannot read whole is truncated, and counted."""
    authorise(caller, "", Action.ENCODE)
    card = state.models.reranker(name)
    if card.kind != "bi-encoder":
        return await _by_reading(state, request, card, query, texts)
    served, asked = await chosen(state, caller, request, card.name, "query", TASK)
    _, found = await chosen(state, caller, request, card.name, "document", TASK)
    one, first = await encoded(state, request, served, asked, [query], "END")
    many, second = await encoded(state, request, served, found, texts, "END")
    measure = served.signature.similarity
    scores = prepare(many.vectors, measure) @ prepare(one.vectors, measure)[0]
    counted = first.counted + second.counted
    return Reranked(card, scores, Provenance(served.contract, card.name, "", False, counted))


async def _by_reading(state: ServerState, request: Request, card: Card, query: str, texts: Sequence[str]) -> Reranked:
    queue = state.models.scorer(card)
    if queue is None:
        queue = await state.call(request, state.models.load_scorer, card)
    made = await computed(state, request, queue.submit(query, texts), card)
    tokens, seen = int(made.tokens.sum()), int(made.seen.sum())
    counted = TokenCount(tokens, seen, tokens - seen, int(made.unknown.sum()))
    return Reranked(card, made.scores, Provenance(queue.contract, card.name, "", False, counted))


def _texts(form: RerankForm) -> list[str]:
    """Return the texts of the documents. Raises InputError for a limit below what every model here reads."""
    if form.max_tokens_per_doc is not None and form.max_tokens_per_doc < MOST_TOKENS:
        raise InputError(
            f"max_tokens_per_doc below {MOST_TOKENS} is not supported: leave it out, or send shorter texts."
        )
    return [one if isinstance(one, str) else one.text for one in form.documents]


def _answer(body: dict[str, Any], done: Reranked) -> Response:
    return as_response({**body, "askew": done.provenance.as_json()}, headers=done.provenance.headers)
