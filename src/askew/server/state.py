"""State of a running server: configuration, models, indexes, jobs, metrics, and the threads that search."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from contextvars import copy_context
from typing import Annotated, ParamSpec, TypeVar

from fastapi import Depends, Request

from askew.server.config import ServerConfig
from askew.server.errors import BusyError
from askew.server.gate import Door
from askew.server.indexes import Indexes
from askew.server.jobs import Jobs
from askew.server.metrics import Metrics
from askew.server.models import Models
from askew.server.queues import Call, Turns, calling

P = ParamSpec("P")
T = TypeVar("T")


class GoneError(Exception):
    """The client has closed its connection; nobody reads the answer."""


class ServerState:
    """What all requests share."""

    def __init__(self, config: ServerConfig) -> None:
        self.config = config
        self.door = Door.of(config)
        self.metrics = Metrics()
        self.models = Models(config, self.metrics.batch)
        self.indexes = Indexes(config, self.models)
        self.jobs = Jobs(config.limits)
        self.ready = False
        self._pool = ThreadPoolExecutor(config.limits.threads, "search")
        self._writers = ThreadPoolExecutor(4, "write")
        self._turns: dict[str, Turns] = {}
        self._waiting = 0
        self.metrics.watch(lambda: self._waiting, self.models.depth)

    async def call(self, request: Request, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the library in a thread, unless too many calls wait. What has not begun when the client goes away never
        does. Raises BusyError, GoneError.
        """
        limits = self.config.limits
        if self._waiting >= limits.threads + limits.waiting:
            raise BusyError("Too many requests wait for a thread. Try again later.")
        return await self._run(request, self._pool, work, *args, **kwargs)

    async def write(self, request: Request, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call the library in a thread for writing: what waits for its turn there keeps no search waiting."""
        if self._waiting >= self.config.limits.threads + self.config.limits.waiting:
            raise BusyError("Too many requests wait for a thread. Try again later.")
        return await self._run(request, self._writers, work, *args, **kwargs)

    async def _run(
        self, request: Request, pool: ThreadPoolExecutor, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        self._waiting += 1
        context = copy_context()
        future = pool.submit(lambda: context.run(work, *args, **kwargs))
        try:
            return await connected(request, asyncio.wrap_future(future))
        finally:
            self._waiting -= 1

    def calling(self, index: str = "", timeout: float | None = None) -> AbstractContextManager[Call]:
        """Begin a call of the library for a request, which has `timeout` seconds, at most those of the limits.

        index: its name. Each has turns of its own, so that one whose engine does not answer keeps no other waiting.
        """
        limits = self.config.limits
        seconds = limits.timeout if timeout is None else min(timeout, limits.timeout)
        turns = self._turns.setdefault(index, Turns(limits.computing_at_once))
        return calling(time.monotonic() + seconds, turns)

    def close(self) -> None:
        """End after what has begun is done."""
        self.ready = False
        self.jobs.close()
        self._pool.shutdown(cancel_futures=True)
        self._writers.shutdown(cancel_futures=True)
        self.models.close()
        self.indexes.close()


async def connected(request: Request, work: Awaitable[T]) -> T:
    """Wait for work while the client is there, and cancel it when it goes away."""
    task = asyncio.ensure_future(work)
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise GoneError
        return task.result()
    finally:
        gone.cancel()
        task.cancel()


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def state_of(request: Request) -> ServerState:  # async: others are called in a thread
    found: ServerState = request.app.state.server
    return found


State = Annotated[ServerState, Depends(state_of)]
"""The parameter of a route that takes the state."""
