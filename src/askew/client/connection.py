"""Connection to a server: one request at a time per thread, and the server's errors as our own."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Event
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from askew import errors, validation
from askew.decode import UnexpectedFormError
from askew.errors import AskewError, ContractError, Difference, InputError, ModelError, StoreError
from askew.net.http import Endpoint, HttpClient, Sending
from askew.net.retry import Limits
from askew.values import plain

ANSWERS_IN = 120.0
"""Default seconds for a call, repetitions included."""
ATTEMPTS = 5
LARGEST = 256 << 20  # bytes of an answer
KINDS: Mapping[str, type[AskewError]] = {
    **{name: kind for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, AskewError)},
    "NotFoundError": InputError,
    "ConflictError": InputError,
    "ValidationError": InputError,
    "TooLargeError": InputError,
    "UnauthenticatedError": InputError,
    "UnreachableError": StoreError,
    "ServiceError": ModelError,
    "DeadlineError": ModelError,
}
"""The class of each type of error that a server names; AskewError for others."""


@dataclass(frozen=True)
class RemoteCall:
    """One request. path: below the server's address. query: parameters. headers: besides the key."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    query: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


class Connection:
    """The way to one server. Usable from any number of threads."""

    def __init__(self, url: str, key: str | None, timeout: float) -> None:
        """key: the API key; None if the server needs none. timeout: seconds for a call, repetitions included."""
        self.url = _address(url)
        seconds = validation.seconds(timeout, "timeout")
        if not 0 < seconds < math.inf:
            raise InputError(f"timeout must be a number of seconds above 0, not {timeout}.")
        limits = Limits(ATTEMPTS, seconds, min(seconds, Limits.timeout), LARGEST)
        secret = "" if key is None else _key(key)
        endpoint = Endpoint("askew serve", self.url, fix="Check the URL", secret=secret, refusal=refusal)
        self._client = HttpClient(endpoint, limits)
        self._closed = Event()

    def send(self, call: RemoteCall) -> dict[str, Any]:
        """Return the answer. Raises the server's error, or ServiceError if the server cannot be reached."""
        if self._closed.is_set():
            raise InputError("This client is closed. Connect again with askew.connect.")
        headers = {"Content-Type": "application/json", **call.headers}
        path = call.path + (f"?{urlencode(call.query)}" if call.query else "")
        body = None if call.body is None else encoded(call.body)
        found = self._client.send(Sending(call.method, path, body, headers), self._closed)
        if not isinstance(found, dict):
            raise UnexpectedFormError("it is no object")
        return found

    def close(self) -> None:
        """End what is under way in other threads, and close the connections to the server."""
        self._closed.set()
        self._client.close()


def segment(name: str) -> str:
    """Return a name as part of a path."""
    return quote(name, safe="")


def refusal(content: bytes) -> AskewError | None:
    """Return the error in the body of a failed request, as the server raised it; None if it has no such form."""
    try:
        told = json.loads(content)["error"]
        kind, message, hint = told["type"], str(told["message"]), str(told.get("hint", ""))
    except (ValueError, TypeError, KeyError, RecursionError, AttributeError):
        return None
    found = KINDS.get(kind, AskewError)
    if found is ContractError:
        return ContractError(message, _differences(told.get("differences")))
    rows = hint.split("\n")
    if message.endswith(rows[0]):  # the part of the message that says what to do, or none
        rows = rows[1:]
    error = found.__new__(found)  # some of the classes make their message themselves
    AskewError.__init__(error, message, rows)
    return error


def _differences(given: Any) -> list[Difference]:
    try:
        return [Difference(str(one["field"]), str(one["sealed"]), str(one["given"])) for one in given or ()]
    except (TypeError, KeyError):
        return []


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return what is sent. Raises InputError for what JSON has no form for."""
    try:
        return json.dumps(body, allow_nan=False, default=plain).encode("ascii")
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"An argument cannot be sent as JSON: {error}.") from None


def _address(url: object) -> str:
    found = validation.string(url, "url").rstrip("/")
    try:
        parts = urlsplit(found)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not (parts.query or parts.fragment)
    except ValueError:
        usable = False
    if not usable:
        raise InputError(f"url must be the address of a server, such as http://127.0.0.1:7777, not {found!r}.")
    return found


def _key(key: object) -> str:
    found = validation.string(key, "key").strip()
    if not (found.isascii() and found.isprintable()):
        raise InputError("key contains characters that no API key has.")
    return found
