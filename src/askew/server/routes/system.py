"""Health, readiness and metrics."""

from fastapi import APIRouter, Response

from askew.server.answers import as_response
from askew.server.state import State
from askew.version import __version__

router = APIRouter(tags=["system"])


@router.get("/health")
async def health() -> Response:
    """The process answers."""
    return as_response({"status": "ok", "version": __version__})


@router.get("/ready", responses={503: {"description": "The server is starting or stopping."}})
async def ready(state: State) -> Response:
    """The server takes requests."""
    return as_response({"ready": state.ready}, 200 if state.ready else 503)


@router.get("/metrics", response_class=Response)
async def metrics(state: State) -> Response:
    """Metrics in Prometheus' text format."""
    return Response(state.metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")
