"""Search of an index: search, similar, faq, context, explain, evaluate."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from askew.errors import ContractError, ModelError, StoreError
from askew.evaluation.evaluate import as_fields as evaluation_fields
from askew.evaluation.measures import STANDARD
from askew.evaluation.systems import evaluate
from askew.explain.explain import explain
from askew.faq.reply import THRESHOLD
from askew.index import Index
from askew.search.hits import Hits, hit_fields
from askew.search.ranking import CANDIDATES, CONTEXT_PASSAGES
from askew.server.access import Caller, Calling
from askew.server.answers import as_response
from askew.server.forms import BOUNDS, Filter, Form, IndexName, K, Name, Query
from askew.server.indexes import digest
from askew.server.models import known
from askew.server.queues import Call
from askew.server.state import ServerState, State
from askew.stores.remote import UnreachableError

router = APIRouter(prefix="/v1/indexes/{name}", tags=["search"])
Mode = Literal["dense", "lexical", "hybrid", "sparse"]
Weight = Annotated[float, Field(ge=0)]
Weights = tuple[Weight, Weight] | tuple[Weight, Weight, Weight]
Timeout = Annotated[
    float, Field(gt=0, le=BOUNDS.timeout, description="Seconds; hybrid search then goes by words alone, and says so.")
]


Documents = Annotated[bool, Field(description="Whether each hit has the whole text of its document.")]


class SearchForm(Form):
    """What `index.search` takes."""

    query: Query = Field(examples=["how long can I be away?"])
    k: K = 10
    mode: Mode | None = Field(None, description="By default the task's.")
    where: Filter | None = None
    weights: Weights | None = None
    offset: int = Field(0, ge=0, le=BOUNDS.offset)
    passages: int = Field(1, ge=1, le=100)
    document_score: Literal["max", "mean2", "mean3"] = "max"
    rerank: Name | None = Field(None, description="A cross-encoder.")
    budget: float | None = Field(None, gt=0, description="Seconds for reranking.")
    candidates: int = Field(CANDIDATES, ge=1, le=BOUNDS.k)
    collapse: bool = False
    diversity: float = Field(0.0, ge=0, le=1)
    highlight: int = Field(0, ge=0, le=100)
    min_confidence: float = Field(0.0, ge=0, lt=1)
    timeout: Timeout | None = None
    documents: Documents = False


class SimilarForm(Form):
    """What `index.similar` takes."""

    text: Query = Field(examples=["Everyone has 28 days of paid holiday."])
    k: K = 10
    where: Filter | None = None
    timeout: Timeout | None = None
    documents: Documents = False


class FaqForm(Form):
    """What `faq.ask` takes."""

    message: Query = Field(examples=["it won't let me log in"])
    k: K = 5
    where: Filter | None = None
    threshold: float = Field(THRESHOLD, ge=0, le=1)
    min_confidence: float = Field(0.0, ge=0, lt=1)


class ContextForm(Form):
    """What `index.context` takes."""

    query: Query = Field(examples=["how long can I be away?"])
    budget_tokens: int = Field(1000, ge=1, le=1_000_000)
    mode: Mode | None = None
    where: Filter | None = None
    k: K = CONTEXT_PASSAGES


class ExplainForm(Form):
    """What `explain` takes."""

    query: Query = Field(examples=["how long can I be away?"])
    document: str = Field(min_length=1, max_length=1000, examples=["leave"])
    k: K = 10
    where: Filter | None = None
    weights: Weights | None = None


class EvaluateForm(Form):
    """What `evaluate` takes: texts of queries by id, and grades of documents by query."""

    queries: dict[str, Query] = Field(min_length=1, max_length=BOUNDS.texts, examples=[{"q1": "holiday"}])
    qrels: dict[str, dict[str, float]] = Field(min_length=1, max_length=BOUNDS.texts, examples=[{"q1": {"leave": 1}}])
    measures: list[Name] = Field(default=list(STANDARD), min_length=1, max_length=20)
    mode: Mode | list[Mode] | None = None
    k: int = Field(0, ge=0, le=BOUNDS.k)


@router.post("/search")
async def search(name: IndexName, form: SearchForm, request: Request, state: State, caller: Calling) -> Response:
    """Find the documents that answer a query."""
    return as_response(await state.call(request, _searched, state, caller, name, form))


@router.post("/similar")
async def similar(name: IndexName, form: SimilarForm, request: Request, state: State, caller: Calling) -> Response:
    """Find the documents most similar to a text. Both sides are encoded as documents."""
    return as_response(await state.call(request, _similar, state, caller, name, form))


@router.post("/faq")
async def faq(name: IndexName, form: FaqForm, request: Request, state: State, caller: Calling) -> Response:
    """Answer a message from a FAQ, or abstain."""
    return as_response(await state.call(request, _asked, state, caller, name, form))


@router.post("/context")
async def context(name: IndexName, form: ContextForm, request: Request, state: State, caller: Calling) -> Response:
    """Pack the best passages for a prompt, numbered, within a number of tokens."""
    return as_response(await state.call(request, _context, state, caller, name, form))


@router.post("/explain")
async def explain_document(
    name: IndexName, form: ExplainForm, request: Request, state: State, caller: Calling
) -> Response:
    """Explain why a document is found for a query, or is not."""
    return as_response(await state.call(request, _explained, state, caller, name, form))


@router.post("/evaluate")
async def evaluate_index(
    name: IndexName, form: EvaluateForm, request: Request, state: State, caller: Calling
) -> Response:
    """Measure the quality of search on judged queries, with confidence intervals."""
    return as_response(await state.call(request, _evaluated, state, caller, name, form))


def _searched(state: ServerState, caller: Caller, name: str, form: SearchForm) -> dict[str, Any]:
    known(form.rerank, "reranking model")
    with state.indexes.searching(caller, name) as index, state.calling(name, form.timeout) as call:
        mode = form.mode or index.task.mode
        found, degraded = searched(index, form, mode)
        body = _head(name, digest(index), call) | {"query": form.query, "mode": mode, "task": index.contract.task}
        if found.reranking.model:
            body["reranking"] = vars(found.reranking)
            if found.reranking.scored < found.reranking.candidates:
                degraded.append({"part": "rerank", "reason": "The budget was over before all candidates were scored."})
        for server in found.missing:
            degraded.append({"part": "documents", "reason": f"{server} does not answer."})
        return {
            **body,
            "lost": found.lost,
            "degraded": degraded,
            "hits": [hit_fields(hit, form.documents) for hit in found],
        }


def searched(index: Index, form: SearchForm, mode: str) -> tuple[Hits, list[dict[str, str]]]:
    """Return the hits, and which part of a hybrid search failed, so that they are those of the other alone.

    What the index refuses (another encoder than the sealed one) stays refused, and a server that does not answer lacks
    both.
    """
    given = form.model_dump(exclude={"query", "mode", "timeout", "budget", "weights", "documents"}, exclude_unset=True)
    given |= {} if form.budget is None else {"budget": form.budget}

    def run(mode: str, **changed: Any) -> Hits:
        weights = {"weights": form.weights} if form.weights and mode == "hybrid" else {}
        return index.search(form.query, mode=mode, **{**given, **weights, **changed})

    if mode != "hybrid" or form.min_confidence:
        return run(mode), []
    try:
        return run(mode), []
    except (ContractError, UnreachableError):
        raise
    except ModelError as error:
        return run("lexical", highlight=0, document_score="max"), [{"part": "dense", "reason": error.lines[0]}]
    except StoreError as error:
        return run("dense"), [{"part": "lexical", "reason": error.lines[0]}]


def _similar(state: ServerState, caller: Caller, name: str, form: SimilarForm) -> dict[str, Any]:
    with state.indexes.searching(caller, name) as index, state.calling(name, form.timeout) as call:
        found = index.similar(form.text, form.k, where=form.where)
        about = {"text": form.text, "task": index.contract.task, "role": "document", "lost": found.lost}
        return {**_head(name, digest(index), call), **about, "hits": [hit_fields(hit, form.documents) for hit in found]}


def _asked(state: ServerState, caller: Caller, name: str, form: FaqForm) -> Mapping[str, Any]:
    with state.indexes.asking(caller, name) as opened, state.calling(name) as call:
        how = form.model_dump(exclude={"message", "k"})
        reply = opened.ask(form.message, form.k, **how)
        return {**_head(name, digest(opened), call), **reply.as_json()}


def _context(state: ServerState, caller: Caller, name: str, form: ContextForm) -> dict[str, Any]:
    def packed(index: Index) -> Mapping[str, Any]:
        how = form.model_dump(exclude={"query", "budget_tokens"})
        return index.context(form.query, form.budget_tokens, **how).as_json()

    return _about(state, caller, name, packed, "counted")


def _explained(state: ServerState, caller: Caller, name: str, form: ExplainForm) -> dict[str, Any]:
    def figures(index: Index) -> Mapping[str, Any]:
        return asdict(explain(index, form.query, form.document, form.k, form.where, form.weights))

    return _about(state, caller, name, figures)


def _evaluated(state: ServerState, caller: Caller, name: str, form: EvaluateForm) -> dict[str, Any]:
    def measured(index: Index) -> Mapping[str, Any]:
        found = evaluate(
            index,
            queries=form.queries,
            qrels=form.qrels,
            measures=form.measures,
            mode=form.mode,
            k=form.k,
            progress=False,
        )
        return evaluation_fields(found)

    return _about(state, caller, name, measured)


def _about(
    state: ServerState,
    caller: Caller,
    name: str,
    work: Callable[[Index], Mapping[str, Any]],
    counted: str = "tokens",
) -> dict[str, Any]:
    """Return what the work finds in an index, below what every answer says. counted: the field with the query's tokens,
    where the result has a field of the usual name.
    """
    with state.indexes.searching(caller, name) as index, state.calling(name) as call:
        found = work(index)
        return {**_head(name, digest(index), call, counted), **found}


def _head(name: str, contract: str, call: Call, counted: str = "tokens") -> dict[str, Any]:
    return {"index": name, "contract": contract, counted: None if call.first is None else vars(call.first)}
