"""Duplicates, clusters and checks of an index as jobs."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from askew.clusters.themes import as_fields as theme_fields
from askew.compare import cluster
from askew.dedup.result import group_fields, pair_fields, search_fields
from askew.diagnostics.run import Depth, check_open, health_fields
from askew.faq.faq import Faq
from askew.index import Index
from askew.progress import Report
from askew.server.access import Caller, Calling
from askew.server.answers import as_response
from askew.server.forms import Filter, Form, IndexName, Name
from askew.server.indexes import digest
from askew.server.jobs import Job, Outcome, forgotten
from askew.server.models import known
from askew.server.state import ServerState, State
from askew.stores.visible import VisibleStore
from askew.types import Role

router = APIRouter(tags=["jobs"])
Names = Annotated[list[Name], Field(max_length=100)]
JobId = Annotated[str, Path(max_length=64)]


class DuplicatesForm(Form):
    """What `index.duplicates` takes."""

    threshold: float | None = None
    min_confidence: float = Field(0.0, ge=0, lt=1)
    shingles: float | None = Field(None, ge=0, le=1)
    top_k: int = Field(0, ge=0, le=1_000_000)
    groups: bool = False
    chain: bool = False
    labels: Names = Field(default_factory=list)
    include: Names = Field(default_factory=list)
    compare: Names = Field(default_factory=list)
    keep: Literal["first", "longest", "newest", "best"] = "first"
    keep_field: str = Field("", max_length=200)
    target_size: int | None = Field(None, ge=1, le=10**9)
    cross_encoder: Name | None = None
    role: Literal["document"] | None = None
    where: Filter | None = None


class ClustersForm(Form):
    """What `cluster` takes."""

    method: Name = "auto"
    clusters: int | None = Field(None, ge=1, le=1_000_000)
    threshold: float | None = None
    min_size: int | None = Field(None, ge=1, le=1_000_000_000)
    assign: bool = False
    where: Filter | None = None
    projection: Literal["auto", "pca", "tsne", "umap"] | None = Field(
        None, description="With a map: `map` in the result has a point for each document."
    )


class CheckForm(Form):
    """What `askew check` takes. quick: no vectors and no model. deep: a larger sample."""

    depth: Depth = Depth.NORMAL


JobForm = DuplicatesForm | ClustersForm | CheckForm


@router.post("/v1/indexes/{name}/duplicates", status_code=202)
async def duplicates(
    name: IndexName, form: DuplicatesForm, request: Request, state: State, caller: Calling
) -> Response:
    """Find every pair of documents that say the same, as a job."""
    return await _started(state, caller, request, name, form)


@router.post("/v1/indexes/{name}/clusters", status_code=202)
async def clusters(name: IndexName, form: ClustersForm, request: Request, state: State, caller: Calling) -> Response:
    """Find the themes of the documents, as a job."""
    return await _started(state, caller, request, name, form)


@router.post("/v1/indexes/{name}/check", status_code=202)
async def check(name: IndexName, form: CheckForm, request: Request, state: State, caller: Calling) -> Response:
    """Check the integrity of an index or a FAQ, and diagnose what lowers its quality, as a job."""
    return await _started(state, caller, request, name, form)


@router.get("/v1/jobs")
async def list_jobs(state: State, caller: Calling) -> Response:
    """List the caller's jobs, without their results and errors."""
    found = [job.as_json() for job in state.jobs.of(caller)]
    return as_response(
        {"jobs": [{key: one[key] for key in ("id", "kind", "index", "status", "progress")} for one in found]}
    )


@router.get("/v1/jobs/{id}")
async def get_job(id: JobId, request: Request, state: State, caller: Calling) -> Response:
    """Return a job: status, progress, and result once it is done. It is forgotten once the caller may not read any more
    what they could when it began.
    """
    job = state.jobs.get(caller, id)
    if job.seen:
        await state.call(request, _check_seen, state, job)
    return as_response(job.as_json())


@router.delete("/v1/jobs/{id}")
async def cancel_job(id: JobId, request: Request, state: State, caller: Calling) -> Response:
    """Cancel a job. It ends at its next report of progress. One that is over is answered as to a GET."""
    job = state.jobs.cancel(caller, id)
    if job.seen:
        await state.call(request, _check_seen, state, job)
    return as_response(job.as_json())


async def _started(state: ServerState, caller: Caller, request: Request, name: str, form: JobForm) -> Response:
    job = await state.call(request, _start, state, caller, name, form)
    return as_response(job.as_json(), 202, {"Location": f"/v1/jobs/{job.id}"})


def _start(state: ServerState, caller: Caller, name: str, form: JobForm) -> Job:
    """Start the job after everything that can be refused at once is checked."""
    lend = state.indexes.reading if isinstance(form, CheckForm) else state.indexes.searching
    with lend(caller, name) as opened:
        seen = _seen(opened)
    if isinstance(form, CheckForm):
        return state.jobs.start(caller, "check", name, lambda report: _health(state, caller, name, form, report), seen)
    if isinstance(form, ClustersForm):
        return state.jobs.start(
            caller, "clusters", name, lambda report: _themes(state, caller, name, form, report), seen
        )
    known(form.cross_encoder, "cross-encoder")
    return state.jobs.start(caller, "duplicates", name, lambda report: _pairs(state, caller, name, form, report), seen)


def _seen(opened: Index | Faq) -> dict[str, int]:
    """Return by id a number of each document that a caller may read; empty where they may read all."""
    store = (opened.answers if isinstance(opened, Faq) else opened).store
    if not isinstance(store, VisibleStore):
        return {}
    return {id: number for id, (number, _) in store.readable(store.groups).items()}


def _check_seen(state: ServerState, job: Job) -> None:
    """Raise NotFoundError if the caller may not read any more what the job may be about."""
    with state.indexes.reading(job.caller, job.index) as opened:
        if not job.seen.items() <= _seen(opened).items():
            raise forgotten()


def _outcome(opened: Index | Faq, name: str, work: Callable[[], Mapping[str, Any]]) -> Outcome:
    """Return what work on an index came to, and what the caller could read before or after it."""
    before, result = _seen(opened), work()
    return Outcome({"index": name, "contract": digest(opened), **result}, {**before, **_seen(opened)})


def _pairs(state: ServerState, caller: Caller, name: str, form: DuplicatesForm, report: Report) -> Outcome:
    given = form.model_dump(exclude={"role"}) | {"role": Role(form.role) if form.role else None}

    def work() -> Mapping[str, Any]:
        found = index.duplicates(**given, progress=report)
        shown = (
            {"groups": group_fields(found)}
            if form.groups or form.chain
            else {"pairs": list(map(pair_fields, found.pairs))}
        )
        gone = {"removed": [vars(row) for row in found.removed]} if form.target_size is not None else {}
        return {**search_fields(found), **shown, **gone}

    with state.indexes.searching(caller, name) as index:
        return _outcome(index, name, work)


def _themes(state: ServerState, caller: Caller, name: str, form: ClustersForm, report: Report) -> Outcome:
    def work() -> Mapping[str, Any]:
        found = cluster(index, **form.model_dump(exclude={"projection"}), progress=report)
        drawn = {"map": found.map_fields(form.projection, report)} if form.projection else {}
        return {**theme_fields(found), **drawn}

    with state.indexes.searching(caller, name) as index:
        return _outcome(index, name, work)


def _health(state: ServerState, caller: Caller, name: str, form: CheckForm, report: Report) -> Outcome:
    with state.indexes.reading(caller, name) as opened:
        return _outcome(opened, name, lambda: health_fields(check_open(opened, name, form.depth, report=report)))
