"""Bodies of requests: how large they may be, how long they may take to arrive, and what is read of a refused one."""

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from askew.server.answers import as_response
from askew.server.config import ServerLimits
from askew.server.errors import NAMES, TOO_LARGE, TOO_SLOW, told

UNREAD = 64 << 20
"""Bytes of a refused body that are read and dropped, within `PATIENCE`."""
PATIENCE = 5.0  # seconds
CLOSE = {"Connection": "close"}


class Body:
    """The body of one request as it arrives. over: whether all of it has, or no more is wanted."""

    def __init__(self, receive: Receive, limits: ServerLimits) -> None:
        self._receive = receive
        self._limits = limits
        self._deadline = asyncio.get_running_loop().time() + limits.upload
        self._size = 0
        self.over = False

    async def receive(self) -> Message:
        """Return the next part, or once the body is over whether the client is gone. Raises HTTPException for a body
        that is too large or too slow.
        """
        if self.over:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._part()
        except TimeoutError:
            self.over = True
            raise HTTPException(TOO_SLOW, f"The body did not arrive in {self._limits.upload:g} s.", CLOSE) from None
        if self._size > self._limits.body:
            raise self.too_large()
        return message

    def too_large(self) -> HTTPException:
        return HTTPException(TOO_LARGE, f"The body is larger than {self._limits.body >> 20} MB. Send less at once.")

    async def drain(self) -> None:
        """Read on and drop what comes: a connection that is closed with bytes unread is reset, and its client may never
        see the answer.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not self.over and self._size < UNREAD:
                    await self._part()

    async def _part(self) -> Message:
        message = await self._receive()
        self._size += len(message.get("body", b""))
        self.over = not message.get("more_body", False)
        return message


class Bodies:
    """Middleware that bounds bodies, and answers no request before its body was read."""

    def __init__(self, app: ASGIApp, limits: ServerLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = Body(receive, self._limits)

        async def answered(message: Message) -> None:
            if message["type"] == "http.response.start" and not body.over:
                await body.drain()
            await send(message)

        if _declared(scope) <= self._limits.body:
            await self._app(scope, body.receive, answered)
            return
        refusal = body.too_large()
        content = told(NAMES[TOO_LARGE], refusal.detail, "Send less at once.")
        await as_response(content, TOO_LARGE)(scope, receive, answered)


def _declared(scope: Scope) -> int:
    """Return the length that a request says its body has, 0 if it does not."""
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isdecimal() else 0
