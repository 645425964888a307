"""Application: routes, errors, limits and metrics put together, from start to orderly stop."""

import asyncio
import os
import signal
import socket
import threading
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI, Request, Response

from askew.environment import limit_arenas
from askew.errors import InputError, TruncationWarning
from askew.server import errors
from askew.server.assistants import serving_tools
from askew.server.bodies import Bodies
from askew.server.config import ServerConfig
from askew.server.gate import Gate, check_reach
from askew.server.metrics import Observed, log_as_json
from askew.server.routes import ROUTERS, page
from askew.server.state import GoneError, ServerState
from askew.version import __version__

DESCRIPTION = """\
Semantic search over the indexes of a folder. A task decides; a contract keeps it so: every answer names the digest of
the contract behind it, and counts the tokens that the model did not see.

Errors are `{"error": {"type", "message", "hint"}}`. Embeddings and rerankings can also be asked for in the forms of
OpenAI, Cohere, Jina and Text Embeddings Inference.
"""


def create_app(config: ServerConfig) -> FastAPI:
    """Return the ASGI application of a server. It opens indexes and loads models when they are first asked for."""
    state = ServerState(config)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        from threadpoolctl import threadpool_limits

        warnings.simplefilter("ignore", TruncationWarning)  # answers count what was lost
        # Searches run side by side; the threads that BLAS has for each product would wait for those of the others.
        with threadpool_limits(1, "blas"):
            state.ready = True
            try:
                async with serving_tools(app, state):
                    yield
            finally:
                state.close()

    app = FastAPI(
        title="askew",
        version=__version__,
        description=DESCRIPTION,
        lifespan=lifespan,
        telemetry=_telemetry(),
        redoc_url=None,
    )
    app.state.server = state
    errors.install(app, config.folder)
    app.add_exception_handler(GoneError, _gone)
    for router in ROUTERS:
        app.include_router(router)
    if config.page:
        app.include_router(page.router)
    app.add_middleware(Gate, config=config, door=state.door)
    app.add_middleware(Bodies, limits=config.limits)
    app.add_middleware(Observed, metrics=state.metrics)  # around the others, so that what they refuse counts
    return app


def serve(config: ServerConfig, *, log_level: str = "info", started: Callable[[str], None] | None = None) -> None:
    """Serve until the process is told to stop (SIGINT, SIGTERM); requests in progress are then finished.

    started: receives the address once connections are accepted. Raises InputError if the address cannot be used.
    """
    import uvicorn

    log_as_json(log_level)
    limit_arenas()
    app = create_app(config)
    check_reach(config, app.state.server.door)
    settings = uvicorn.Config(
        app,
        host=config.host,
        port=config.port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=round(config.limits.drain),
        timeout_keep_alive=30,
        http=timed_protocol(config.limits.headers),
    )
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    try:
        # From here on connections wait, and none is refused.
        listening = socket.create_server((config.host, config.port), family=family, backlog=settings.backlog)
    except OSError as error:
        raise InputError(f"Cannot listen on {config.host}:{config.port}: {error.strerror}. Choose --port.") from error
    host = f"[{config.host}]" if ":" in config.host else config.host
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # uvicorn stops at it, and then raises it again
    if started is not None:
        started(f"http://{host}:{listening.getsockname()[1]}")
    uvicorn.Server(settings).run(sockets=[listening])


def timed_protocol(seconds: float) -> type[asyncio.Protocol]:
    """Return uvicorn's HTTP protocol with a limit on how long the headers of a request take to arrive. uvicorn has
    none, and connections that send them byte by byte would stay for ever.
    """
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

    class TimedProtocol(HttpToolsProtocol):  # type: ignore[misc, unused-ignore]
        _timer: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override, unused-ignore]
            super().connection_made(transport)
            self.on_message_begin()

        def connection_lost(self, exc: Exception | None) -> None:
            self._stop()
            super().connection_lost(exc)

        def on_message_begin(self) -> None:
            super().on_message_begin()
            if self._timer is None:
                self._timer = self.loop.call_later(seconds, self._give_up)

        def on_headers_complete(self) -> None:
            self._stop()
            super().on_headers_complete()

        def _stop(self) -> None:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None

        def _give_up(self) -> None:
            self.transport.write(b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            self.transport.close()

    return TimedProtocol


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=499)


def _telemetry() -> Any:
    """Return FastAPI's settings for OpenTelemetry: on where an exporter is configured and its library is installed.

    Never its log records, which hold the values of requests.
    """
    on = bool(os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")) and find_spec("opentelemetry.sdk") is not None
    return {"tracing": on, "metrics": on, "logs": False, "operation_spans": False, "auto_configure": on}
