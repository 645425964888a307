"""Errors as HTTP answers: one JSON form, {"error": {"type", "message", "hint"}}, with the status that fits the type."""

import logging
import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from askew.errors import (
    AskewError,
    ContractError,
    InputError,
    ModelError,
    ResourceError,
    StoreError,
    StoreLockedError,
    system_reason,
)
from askew.net import ServiceError
from askew.server.answers import as_response
from askew.stores.remote import UnreachableError

RETRY_AFTER = 1
"""Seconds that a client should wait where the server is busy."""
HINT = re.compile(r"(?<=[.:?])\s+(?=[A-Z`(])")
"""Where the part of a message that says what to do begins."""
TOO_SLOW, TOO_LARGE = 408, 413
VALIDATION = "ValidationError"
ENGINE = "askew.stores.postgres."
log = logging.getLogger("askew.server")


class NotFoundError(InputError):
    """There is no index, document, model or job of this name."""


class ConflictError(InputError):
    """The request contradicts an earlier one, or what exists."""


class BusyError(AskewError):
    """The server has too much to do at the moment."""


class DeadlineError(ModelError):
    """The time that a request may take is over."""


class ForbiddenError(AskewError):
    """The caller may not do this."""


class UnauthenticatedError(AskewError):
    """The request does not say who sends it, or not in a way that is true."""


class MisdirectedError(AskewError):
    """The Host header names another server."""


STATUSES: tuple[tuple[type[AskewError], int], ...] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (BusyError, 429),
    (UnauthenticatedError, 401),
    (ForbiddenError, 403),
    (MisdirectedError, 421),
    (DeadlineError, 504),
    (ServiceError, 502),
    (ContractError, 409),
    (StoreLockedError, 503),
    (UnreachableError, 503),
    (ModelError, 503),
    (ResourceError, 507),
    (StoreError, 500),
    (InputError, 400),
    (AskewError, 400),
)
"""The status of each type of error; the first that fits counts."""
NAMES = {
    401: "UnauthenticatedError",
    404: "NotFoundError",
    405: "MethodError",
    408: "TooSlowError",
    413: "TooLargeError",
}


def status_of(error: AskewError) -> int:
    return next(status for kind, status in STATUSES if isinstance(error, kind))


def body_of(error: AskewError, folder: Path | None = None) -> dict[str, Any]:
    """Return the JSON form of an error. folder: of the indexes, whose path is left out of the message.

    The message is whole, as clients of others show nothing else; the hint is the part of it that says what to do.
    """
    first, *rows = (line.replace(f"{folder}/", "") if folder else line for line in error.lines)
    hints = HINT.split(first, maxsplit=1)[1:]
    found: dict[str, Any] = {"type": _name(error), "message": first, "hint": "\n".join([*hints, *rows])}
    if isinstance(error, ContractError):
        found["differences"] = [asdict(difference) for difference in error.differences]
    return {"error": found}


def _name(error: AskewError) -> str:
    """Return the type of an error; of one that an engine has for itself, the next one that callers know."""
    return next(kind.__name__ for kind in type(error).__mro__ if not kind.__module__.startswith(ENGINE))


def told(kind: str, message: str, hint: str = "") -> dict[str, Any]:
    return {"error": {"type": kind, "message": message, "hint": hint}}


def install(app: FastAPI, folder: Path) -> None:
    """Let every error of this app be answered in the one form."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, AskewError)  # noqa: S101  # registered for these only
        status = status_of(error)
        busy = isinstance(error, BusyError | StoreLockedError | UnreachableError)
        return as_response(body_of(error, folder), status, {"Retry-After": str(RETRY_AFTER)} if busy else {})

    async def system(request: Request, error: Exception) -> Response:
        assert isinstance(error, OSError | MemoryError)  # noqa: S101
        return as_response(body_of(ResourceError(system_reason(error)), folder), 507)

    async def failed(request: Request, error: Exception) -> Response:
        log.error("internal error: %s at %s", type(error).__name__, request.url.path)
        hint = "This is a bug in askew: the server's log names its kind."
        return as_response(told("InternalError", "The server failed.", hint), 500)

    app.add_exception_handler(AskewError, refused)
    app.add_exception_handler(OSError, system)
    app.add_exception_handler(MemoryError, system)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Exception, failed)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    faults = [_fault(fault) for fault in error.errors()[:8]]
    known = "json" in request.headers.get("content-type", "").lower() or request.method in {"GET", "HEAD"}
    hint = "See /openapi.json for what this path takes." if known else "Send it with Content-Type: application/json."
    return as_response(told(VALIDATION, "The request is not valid: " + "; ".join(faults) + ".", hint), 422)


def _fault(fault: Mapping[str, Any]) -> str:
    """Return where and what, without the value, which may hold anything."""
    place = ".".join(str(part) for part in fault["loc"] if part != "body") or "body"
    return f"{place.encode('ascii', 'backslashreplace').decode()[:200]}: {fault['msg']}"


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    name, message = NAMES.get(error.status_code, "HTTPError"), str(error.detail)
    hint = (HINT.split(message, maxsplit=1)[1:] or [""])[0]
    return as_response(told(name, message, hint), error.status_code, dict(error.headers or {}))
