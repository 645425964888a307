"""Indexes: list, create, describe (contract, fields, truncation, calibration), delete."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from askew.confidence.record import NOTE as CALIBRATIONS
from askew.confidence.risk_control import PRECISIONS
from askew.faq.faq import Faq
from askew.faq.reply import calibrated
from askew.index import index_fields, truncation_fields
from askew.server.access import Action, Caller, Calling
from askew.server.answers import as_response
from askew.server.forms import BOUNDS, Form, IndexName, Name
from askew.server.indexes import digest
from askew.server.models import known
from askew.server.state import ServerState, State
from askew.tasks import TASKS

router = APIRouter(prefix="/v1/indexes", tags=["indexes"])
Precisions = Annotated[tuple[Annotated[float, Query(gt=0, lt=1)], ...], Query(min_length=1, max_length=20)]


class NewIndex(Form):
    """The settings of an index, which are sealed; what is left out follows from the task."""

    name: Name = Field(examples=["book"])
    task: Name = Field(description=f"One of: {', '.join(task.name for task in TASKS)}.", examples=["enterprise-search"])
    model: Name | None = None
    precision: Literal["fp32", "int8"] | None = None
    policy: Literal["chunk", "warn", "error", "accept"] | None = None
    chunk_tokens: int | None = Field(None, ge=1, le=100_000)
    overlap: int | None = Field(None, ge=0, le=100_000)
    prompts: dict[Literal["query", "document"], str] | None = None
    dim: int | None = Field(None, ge=1, le=65_536, description="For vectors of your own, without a model.")
    similarity: Literal["cosine", "dot"] | None = None
    sparse: Name | None = None
    access: bool | None = Field(None, description="With access control: a document is read by its readers alone.")


@router.get("")
async def list_indexes(state: State, caller: Calling) -> Response:
    """List the indexes."""
    return as_response({"indexes": state.indexes.names(caller)})


@router.post("", status_code=201)
async def create_index(form: NewIndex, request: Request, state: State, caller: Calling) -> Response:
    """Create an index."""
    found = await state.write(request, _create, state, caller, form)
    return as_response(found, 201, {"Location": f"/v1/indexes/{form.name}"})


@router.get("/{name}")
async def describe_index(name: IndexName, request: Request, state: State, caller: Calling) -> Response:
    """Describe an index: contract, sizes, search method and weights."""
    return as_response(await state.call(request, described, state, caller, name))


@router.get("/{name}/fields")
async def list_fields(name: IndexName, request: Request, state: State, caller: Calling) -> Response:
    """List the metadata fields that filters can name, with their types and ranges."""
    return as_response(await state.call(request, _fields, state, caller, name))


@router.get("/{name}/truncation")
async def report_truncation(
    name: IndexName,
    request: Request,
    state: State,
    caller: Calling,
    limit: Annotated[int, Query(ge=1, le=BOUNDS.k, description="Documents that are named.")] = 10,
) -> Response:
    """Report how many tokens the model saw, and the documents that it saw least of; by channel for a FAQ."""
    return as_response(await state.call(request, _truncation, state, caller, name, limit))


@router.get("/{name}/calibration")
async def show_calibration(
    name: IndexName, request: Request, state: State, caller: Calling, precision: Precisions = PRECISIONS
) -> Response:
    """Show what each precision would cost a calibrated FAQ: the share of messages that are still answered."""
    return as_response(await state.call(request, _calibration, state, caller, name, precision))


@router.delete("/{name}")
async def delete_index(name: IndexName, request: Request, state: State, caller: Calling) -> Response:
    """Delete an index and everything in it."""
    await state.write(request, state.indexes.delete, caller, name)
    return as_response({"name": name, "deleted": True})


def described(state: ServerState, caller: Caller, name: str) -> dict[str, Any]:
    """Return what `askew show --json` prints, with the name and the digest of the contract."""
    with state.indexes.reading(caller, name, Action.READ) as opened:
        head = {"name": name, "contract_digest": digest(opened)}
        if isinstance(opened, Faq):
            return {**head, "task": "faq", **{half: index_fields(index) for half, index in opened.channels.items()}}
        return {**head, "task": opened.contract.task, **index_fields(opened)}


def _fields(state: ServerState, caller: Caller, name: str) -> dict[str, Any]:
    with state.indexes.reading(caller, name) as opened:
        found = (opened.answers if isinstance(opened, Faq) else opened).fields()
        return {"index": name, "contract": digest(opened), "fields": [vars(field) for field in found]}


def _truncation(state: ServerState, caller: Caller, name: str, limit: int) -> dict[str, Any]:
    with state.indexes.reading(caller, name) as opened:
        every = opened.channels if isinstance(opened, Faq) else {"": opened}
        found = {channel: truncation_fields(index, limit) for channel, index in every.items()}
        return {"index": name, "contract": digest(opened), **found.pop("", {}), **found}


def _calibration(state: ServerState, caller: Caller, name: str, precisions: Sequence[float]) -> dict[str, Any]:
    with state.indexes.asking(caller, name) as faq:
        record = calibrated(faq.answers.store.note(CALIBRATIONS), faq.settings())
        return {"index": name, "contract": digest(faq), **record.costs(precisions, len(faq.answers))}


def _create(state: ServerState, caller: Caller, form: NewIndex) -> dict[str, Any]:
    known(form.model)
    known(form.sparse)
    settings = {name: value for name, value in form if value is not None and name not in ("name", "task")}
    state.indexes.create(caller, form.name, form.task, settings)
    return described(state, caller, form.name)
