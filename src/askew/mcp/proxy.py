"""Proxy: stdio on one side, a server's Streamable HTTP on the other, so that many clients share one process."""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from askew.errors import InputError, ModelError
from askew.mcp.server import INSTRUCTIONS, needed
from askew.version import __version__

if TYPE_CHECKING:
    from mcp import Client

KEY = "ASKEW_KEY"
"""The environment variable with the key that the server asks for."""
PATH = "/mcp"
REVISION = "2026-07-28"
"""The revision without a handshake: a call is one request, and a server that was restarted is not noticed."""
SECONDS = 120.0


def endpoint(url: str) -> str:
    """Return the address of the tools of a server. Raises InputError for what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError(f"{url} is no address of a server, such as http://127.0.0.1:7777.")
    return url if parts.path.rstrip("/") else url.rstrip("/") + PATH


def key_of(variable: str) -> str:
    """Return the key in an environment variable, "" if it is not set. Raises ModelError for what cannot be one."""
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and (key.isprintable())):
        raise ModelError(f"The environment variable {variable} contains characters that no key has. Set it again.")
    return key


async def serve_proxy(url: str, key: str, ready: Callable[[], None]) -> None:
    """Serve the tools of the server at this address over stdin and stdout until the client closes them.

    key: "" if the server asks for none. ready: called before the first message is read.
    """
    needed()
    import httpx2
    import mcp_types as types
    from mcp.server import Server
    from mcp.server.stdio import stdio_server

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers, timeout=SECONDS) as http:

        async def list_tools(context: Any, params: Any) -> types.ListToolsResult:
            async with _connected(url, http) as client:
                return await client.list_tools()

        async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
            try:
                async with _connected(url, http) as client:
                    return await client.call_tool(params.name, params.arguments)
            except* Exception as group:
                said = _failure(url, group)
            return types.CallToolResult(content=[types.TextContent(text=said)], is_error=True)

        server: Server[Any] = Server(
            "askew",
            version=__version__,
            title="askew",
            instructions=INSTRUCTIONS,
            on_list_tools=list_tools,
            on_call_tool=call_tool,
        )
        ready()
        async with stdio_server() as (read, write):
            await server.run(read, write, server.create_initialization_options())


def _connected(url: str, http: Any) -> "Client":
    from mcp import Client
    from mcp.client.streamable_http import streamable_http_client

    return Client(streamable_http_client(url, http_client=http), mode=REVISION, cache=None)


def _failure(url: str, group: BaseExceptionGroup[Exception]) -> str:
    """Return what went wrong on the way, without the server's words, which the exceptions may quote."""
    first: BaseException = group
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return f"The server at {url} did not answer ({type(first).__name__}). Start it (askew serve), or check the key."
