"""Tools for assistants at `/mcp`, over Streamable HTTP: those of `askew mcp`, for whoever may read the indexes.

Each request stands for itself: there is no session, so any worker can answer it, and the caller of each is identified.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from askew.errors import AskewError
from askew.mcp.indexes import NO_MODEL, Opened, halves
from askew.mcp.server import Arguments, Outcome, create_server, outcome
from askew.mcp.tools import Tool
from askew.server.access import Caller, Calling
from askew.server.config import LOOPBACK
from askew.server.state import ServerState, State

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

PRIVATE = "private, no-store"
"""What is found depends on who asks: nobody else may get it from a cache."""
CALLER = "askew.caller"
LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
router = APIRouter(tags=["assistants"])


class CallersLibrary:
    """The indexes of a server, as far as one caller may read them."""

    local = False

    def __init__(self, state: ServerState, caller: Caller) -> None:
        self._state = state
        self._caller = caller

    def names(self) -> Sequence[str]:
        return self._state.indexes.names(self._caller)

    def reading(self, name: str) -> AbstractContextManager[Opened]:
        return self._state.indexes.reading(self._caller, name)

    def without_model(self, name: str) -> str:
        with self.reading(name) as opened:
            if not all(index.contract.has_model for index in halves(opened)):
                return NO_MODEL
            try:
                for index in halves(opened):
                    index.encoder("searching")
            except AskewError as error:
                return str(error)
            return ""


class ToolResponse(Response):
    """Hands a request over to the SDK. What it answers is for this caller only."""

    def __init__(self, manager: "StreamableHTTPSessionManager", caller: Caller) -> None:
        super().__init__()
        self._manager = manager
        self._caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Cache-Control"] = PRIVATE
            await send(message)

        await self._manager.handle_request({**scope, CALLER: self._caller}, receive, marked)


@router.post("/mcp", include_in_schema=False)
async def call(request: Request, state: State, caller: Calling) -> Response:
    """Answer one message of the Model Context Protocol."""
    return ToolResponse(request.app.state.tools, caller)


@asynccontextmanager
async def serving_tools(app: Any, state: ServerState) -> AsyncIterator[None]:
    """Serve the tools while the server runs, if the SDK is installed."""
    if find_spec("mcp") is None:
        yield
        return
    app.state.tools = _manager(state)
    app.include_router(router)
    async with app.state.tools.run():
        yield


def _manager(state: ServerState) -> "StreamableHTTPSessionManager":
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
    from mcp.server.transport_security import TransportSecuritySettings

    async def perform(context: Any, tool: Tool, given: Arguments) -> Outcome:
        request: Request = context.request
        try:
            return await state.call(request, _performed, state, request.scope[CALLER], tool, given)
        except AskewError as error:
            return None, str(error)

    local = state.config.host == LOOPBACK  # then a web page of elsewhere must not get here by DNS rebinding
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=local,
        allowed_hosts=[*LOCAL_HOSTS, *(f"{host}:*" for host in LOCAL_HOSTS)],
        allowed_origins=[f"http://{host}:*" for host in LOCAL_HOSTS],
    )
    return StreamableHTTPSessionManager(
        create_server(perform),
        json_response=True,
        stateless=True,
        security_settings=security,
        max_request_body_size=state.config.limits.body,
    )


def _performed(state: ServerState, caller: Caller, tool: Tool, given: Arguments) -> Outcome:
    with state.calling():
        answer, error = outcome(CallersLibrary(state, caller), tool, given)
    return answer, error.replace(f"{state.config.folder}/", "")
