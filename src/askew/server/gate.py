"""The gate of the server: every request passes it before anything else, and is refused unless it is known to be right.

Without keys and without an OpenID provider, whoever reaches this machine's own address may do everything; a request
from elsewhere is refused. The names in the Host header are listed, against DNS rebinding, and pages of other sites are
refused by their Origin. Refusals are logged for an audit, without the secret.
"""

import asyncio
import ipaddress
import logging
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from askew.errors import AskewError, InputError
from askew.net import ServiceError
from askew.server.access import ANONYMOUS, Caller, audit
from askew.server.answers import as_response
from askew.server.config import ServerConfig
from askew.server.errors import ForbiddenError, MisdirectedError, UnauthenticatedError, body_of, status_of
from askew.server.keys import Keyring
from askew.server.tokens import Provider, RefusedTokenError, Tokens, is_loopback

OPEN = frozenset({"/health", "/ready"})
"""Paths that everyone may ask for, under any name: they tell nothing of what is stored."""
PAGES = frozenset({"/", "/docs", "/docs/oauth2-redirect", "/openapi.json"})
PAGE_FILES = "/web/"
"""Paths, and the beginning of paths, that show how the server is asked, which is the same everywhere."""
LOCAL = ("localhost", "127.0.0.1", "::1")
EVERY = ("0.0.0.0", "::", "")  # noqa: S104  # compared with, not bound to
log = logging.getLogger("askew.server")


@dataclass(frozen=True)
class Door:
    """What authenticates. tokens: None without an OpenID provider."""

    keys: Keyring
    tokens: Tokens | None

    @classmethod
    def of(cls, config: ServerConfig) -> "Door":
        provider = Provider.read(config.folder)
        return cls(Keyring(config.folder), None if provider is None else Tokens(provider))

    @property
    def locked(self) -> bool:
        """Whether requests need a key or a token."""
        return self.tokens is not None or self.keys.exists

    async def caller(self, authorization: str) -> Caller:
        """Return who sends a request. Raises UnauthenticatedError."""
        scheme, _, secret = authorization.partition(" ")
        secret = secret.strip()
        if scheme.lower() != "bearer" or not secret:
            raise UnauthenticatedError("The request has no key. Send it as: Authorization: Bearer KEY.")
        if (key := self.keys.find(secret)) is not None:
            return Caller(f"key {key.id}", (key.rights,), key.rights.groups)
        if self.tokens is None or "." not in secret:
            raise UnauthenticatedError("The key is not known here. It may have been revoked.")
        try:
            holder = await asyncio.to_thread(self.tokens.verify, secret)
        except RefusedTokenError as error:
            raise UnauthenticatedError(str(error)) from None
        return Caller(holder.subject, (self.tokens.provider.rights,), holder.groups)


class Gate:
    """Middleware that refuses what must not come in, and says who sends the rest."""

    def __init__(self, app: ASGIApp, config: ServerConfig, door: Door) -> None:
        self._app = app
        self._door = door
        own = () if config.host in EVERY else (config.host,)
        self._hosts = frozenset(name.lower() for name in (*LOCAL, *own, *config.hosts))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no route takes anything else
        try:
            caller = await self._admitted(scope)
        except AskewError as error:
            headers = {"WWW-Authenticate": "Bearer"} if isinstance(error, UnauthenticatedError) else {}
            if isinstance(error, ServiceError):
                log.error("the OpenID provider cannot be asked: %s", type(error).__name__)
                error = UnauthenticatedError("The token cannot be checked at the moment. Try again later.")
            await as_response(body_of(error), status_of(error), headers)(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = caller
        await self._app(scope, receive, send)

    async def _admitted(self, scope: Scope) -> Caller:
        """Return the caller of a request. Raises an error that says why it is refused."""
        if scope["path"] in OPEN:
            return ANONYMOUS_GUEST
        headers, sender = Headers(scope=scope), _sender(scope)
        try:
            self._check_names(headers)
            if not self._door.locked:
                if not _is_local(sender):
                    raise ForbiddenError("Without keys the server answers its own machine alone. See: askew keys add.")
                return ANONYMOUS
            if scope["path"] in PAGES or scope["path"].startswith(PAGE_FILES):
                return ANONYMOUS_GUEST
            return await self._door.caller(headers.get("authorization", ""))
        except (ForbiddenError, MisdirectedError, UnauthenticatedError) as error:
            audit("", "", type(error).__name__, sender=sender)
            raise

    def _check_names(self, headers: Headers) -> None:
        host = headers.get("host", "").lower()
        if _name_of(host) not in self._hosts:
            raise MisdirectedError("The server does not have this name. Start it with --allow-host NAME.")
        origin = headers.get("origin")
        if origin is not None and origin.lower() not in (f"http://{host}", f"https://{host}"):
            raise ForbiddenError("Pages of other sites may not send requests here.")


ANONYMOUS_GUEST = Caller("", ())
"""Who asks for what everyone may see, and may do nothing else."""


def check_reach(config: ServerConfig, door: Door) -> None:
    """Raise InputError if the address is that of others and nothing says who may come in, or under which name."""
    if is_loopback(config.host):
        return
    if not door.locked:
        raise InputError(
            f"{config.host} can be reached from other machines, and there are no keys. Make one: askew keys add "
            f"{config.folder} NAME --index '*' --action read"
        )
    if config.host in EVERY and not config.hosts:
        raise InputError(f"{config.host} has no name. Say by which the server is called: --allow-host NAME")


def _name_of(host: str) -> str:
    """Return the name in a Host header, without the port."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]


def _sender(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


def _is_local(sender: str) -> bool:
    """Return whether an address is this machine's own; what is no address comes by a socket of it, or a test."""
    try:
        return ipaddress.ip_address(sender).is_loopback
    except ValueError:
        return True
