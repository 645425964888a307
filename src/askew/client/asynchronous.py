"""Client for asyncio: each call runs in a thread, with the retries and limits of the other client."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

from askew.client.client import Client
from askew.client.connection import ANSWERS_IN

P = ParamSpec("P")
T = TypeVar("T")


def _in_thread(
    method: Callable[Concatenate[Client, P], T],
) -> "Callable[Concatenate[AsyncClient, P], Coroutine[Any, Any, T]]":
    """Return the method of an `AsyncClient` that calls this one away from the event loop."""

    @wraps(method)
    async def call(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(method, self.client, *args, **kwargs)

    return call


class AsyncClient:
    """An index or a FAQ on a server, for asyncio: `Client`, whose methods are awaited. Use it with `async with`.

    Entering it raises an error if the server does not answer or has no such index.
    """

    def __init__(self, url: str, index: str, *, key: str | None = None, timeout: float = ANSWERS_IN) -> None:
        """Arguments as for `Client`."""
        self.client = Client(url, index, key=key, timeout=timeout)

    search = _in_thread(Client.search)
    similar = _in_thread(Client.similar)
    context = _in_thread(Client.context)
    explain = _in_thread(Client.explain)
    ask = _in_thread(Client.ask)
    add = _in_thread(Client.add)
    delete = _in_thread(Client.delete)
    documents = _in_thread(Client.documents)
    get = _in_thread(Client.get)
    show = _in_thread(Client.show)
    sizes = _in_thread(Client.sizes)

    def close(self) -> None:
        """End what waits for the server; safe to repeat."""
        self.client.close()

    async def __aenter__(self) -> Self:
        await self.show()
        return self

    async def __aexit__(self, *error: object) -> None:
        self.close()


def connect_async(url: str, index: str, *, key: str | None = None, timeout: float = ANSWERS_IN) -> AsyncClient:
    """Return the client of an index on a server for `async with`, which connects. Arguments as for `connect`.

    async with askew.connect_async("http://127.0.0.1:7777", "handbook") as index:
        await index.search("how long can I be away?")
    """
    return AsyncClient(url, index, key=key, timeout=timeout)
