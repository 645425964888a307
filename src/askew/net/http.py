"""HTTP client: retries, limits in time and size, streams of events."""

import json
import os
import re
import socket
import time
import weakref
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import islice
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

from askew.environment import require
from askew.errors import AskewError, ModelError
from askew.net import RetryableError, ServiceError, UnexpectedResponseError
from askew.net.retry import Clock, Limits, Retry, retry_after
from askew.text.display import shorten

if TYPE_CHECKING:
    import httpx


T = TypeVar("T")
Parse = Callable[[Iterable[bytes], str], Iterator[T]]  # body and content type to items

LATE = "the response was not complete after {:.0f} s"
RETRIED = frozenset({408, 429, 500, 502, 503, 504})
REJECTED_KEY = frozenset({401, 403})
HEAD = 1 << 16  # bytes of an unexpected response that are read to describe it
PIECE = 1 << 16  # bytes that are unpacked at once
PACKED = "gzip"  # the one encoding that is asked for, and unpacked here: httpx unpacks without limit, and repeatedly
OPENED = ("connect_tcp.complete", "start_tls.complete")  # steps after which a connection has a new socket
AGAIN = 0.1  # seconds until a connection that is too late is ended once more
QUOTED = 300  # characters of it that a message quotes
LIMITS, CLOCK = Limits(), Clock()


@dataclass(frozen=True)
class Endpoint:
    """One URL of a service.

    name: identifies the service in messages. key: environment variable that holds its API key ("" = none).
    header, scheme: where the key goes, and what precedes it. fix: what to do if the URL or the model is wrong.
    secret: the key itself, if the caller has it. refusal: the error that the body of a failed request describes, or
    None; it is final unless the service says when to try again.
    """

    name: str
    url: str
    key: str = ""
    header: str = "Authorization"
    scheme: str = "Bearer "
    fix: str = "Correct the URL"
    secret: str = field(default="", repr=False)
    refusal: Callable[[bytes], AskewError | None] | None = None


@dataclass(frozen=True)
class Sending:
    """One request. path: after the endpoint's URL. body: JSON, or its bytes."""

    method: str = "POST"
    path: str = ""
    body: object = None
    headers: Mapping[str, str] = field(default_factory=dict)


class HttpClient:
    """Calls one endpoint, from any number of threads. The key is read for each request and never stored."""

    def __init__(self, endpoint: Endpoint, limits: Limits = LIMITS, clock: Clock = CLOCK) -> None:
        self._endpoint = endpoint
        self._limits = limits
        self._retry = Retry(endpoint.name, limits, clock)
        self._lock = Lock()
        self._opened: httpx.Client | None = None
        self._sockets: WeakSet[socket.socket] = WeakSet()

    def post(self, body: object, cancelled: Event) -> Any:
        """Send JSON and return the decoded JSON response. Setting `cancelled` from another thread ends any wait."""
        return self.send(Sending(body=body), cancelled)

    def send(self, sending: Sending, cancelled: Event) -> Any:
        """Send a request, which must not harm if it is repeated, and return the decoded JSON response; see `post`."""

        def attempt() -> Any:
            with self._response(sending, self._limits.timeout) as response:
                return _decoded(b"".join(self._chunks(response, self._limits.timeout)))

        return self._retried(attempt, cancelled)

    def stream(self, body: object, parse: Parse[T]) -> Generator[T]:
        """Send JSON and yield what `parse` makes of the response as it arrives.

        Retries until the first item; a failure after it is final. Closing the generator closes the connection.
        """

        def attempt() -> tuple[list[T], Generator[T]]:
            items = self._items(body, parse)
            return list(islice(items, 1)), items

        first, rest = self._retried(attempt, Event())
        with closing(rest):
            yield from first
            try:
                yield from rest
            except RetryableError as error:
                raise self._error(f"broke off during its response ({error}). Try again") from None

    def close(self) -> None:
        """Close the connections that are kept for the next requests; without it, this is done once nobody has the
        client any more.
        """
        with self._lock:
            self._opened, opened = None, self._opened
        if opened is not None:
            opened.close()

    def _items(self, body: object, parse: Parse[T]) -> Generator[T]:
        with self._response(Sending(body=body), self._limits.total_seconds) as response:
            chunks = self._chunks(response, self._limits.total_seconds)
            yield from parse(chunks, response.headers.get("Content-Type", ""))

    def _retried(self, attempt: Callable[[], T], cancelled: Event) -> T:
        self._secret()  # a missing key is an error before any wait
        return self._retry.call(attempt, cancelled)

    @contextmanager
    def _response(self, sending: Sending, seconds: float) -> "Iterator[httpx.Response]":
        """Open a successful response; every failure until it is closed is one of this module's errors.

        seconds: for its body; the headers have `limits.timeout`.
        """
        require("httpx", "httpx", "hosted", "Calling a service")
        import httpx

        late = Event()
        try:
            client, url, how = self._client(), self._endpoint.url + sending.path, {"trace": self._note}
            headers = {**sending.headers, **self._headers()}
            content = {"content": body} if isinstance(body := sending.body, bytes) else {"json": body}
            asked = client.stream(sending.method, url, headers=headers, extensions=how, **content)
            with self._ended(self._limits.timeout + seconds, late), asked as response:
                self._retry.reached()
                if not response.is_success:
                    raise self._failure(response)
                yield response
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as error:
            if late.is_set():  # the connection was closed under it
                raise RetryableError(LATE.format(seconds)) from None
            reason = self._redacted(str(error))
            raise self._error(f"cannot be called at {self._endpoint.url} ({reason}). {self._endpoint.fix}") from None
        except (httpx.TransportError, httpx.StreamError) as error:
            reason = LATE.format(seconds) if late.is_set() else f"{type(error).__name__}: {self._redacted(str(error))}"
            raise RetryableError(reason) from None
        except UnexpectedResponseError as error:
            raise self._error(f"sent {self._quoted(str(error))}. {self._endpoint.fix}") from None

    def _failure(self, response: "httpx.Response") -> Exception:
        status, url = response.status_code, self._endpoint.url
        content = head(self._chunks(response, self._limits.timeout))
        said = f"HTTP {status}: {self._quoted(_explanation(content))}"
        own = self._endpoint.refusal(content) if self._endpoint.refusal else None
        seconds = retry_after(response.headers.get("Retry-After", ""))
        if own is not None and not seconds:
            return own
        if status in RETRIED:
            return RetryableError(said, seconds, shared=status == 429 or seconds > 0, final=own)
        if status in REJECTED_KEY:
            variable = self._endpoint.key
            sent = f"the key in the environment variable {variable}" if variable else "a request without a key"
            return self._error(f"rejected {sent} ({said}). Set the right key", status)
        if status == 404 or 300 <= status < 400:
            return self._error(f"has no such model, or is not at {url} ({said}). {self._endpoint.fix}", status)
        return self._error(f"rejected the request ({said})", status)

    def _chunks(self, response: "httpx.Response", seconds: float) -> Iterator[bytes]:
        """Yield the unpacked body within the limits; httpx itself limits only the time until the next chunk."""
        deadline = time.monotonic() + seconds

        def timely() -> Iterator[bytes]:
            for chunk in response.iter_raw():
                yield chunk
                if time.monotonic() > deadline:
                    raise RetryableError(LATE.format(seconds))

        most = self._limits.response_bytes
        return _bounded(_unpacked(_bounded(timely(), most), response.headers.get("Content-Encoding", "")), most)

    @contextmanager
    def _ended(self, seconds: float, late: Event) -> Iterator[None]:
        """Set `late` and end the connections after so many seconds.

        A service can keep every single wait short and still never finish its headers, or the header of a chunk. Other
        requests may lose their connections as well, and are retried on new ones.
        """
        done = Event()

        def watch() -> None:
            if done.wait(seconds):
                return
            late.set()
            while not done.is_set():
                for each in list(self._sockets):
                    with suppress(OSError):
                        each.shutdown(socket.SHUT_RDWR)
                done.wait(AGAIN)  # the connection may only be about to open

        Thread(target=watch, name="askew-deadline", daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def _note(self, event: str, about: dict[str, Any]) -> None:
        """Keep the socket of each new connection; httpx calls this for every step of a request."""
        if event.endswith(OPENED):
            self._sockets.add(about["return_value"].get_extra_info("socket"))

    def _quoted(self, text: str) -> str:
        """Return the service's own words on one line, shortened after the key has been removed."""
        return shorten(self._redacted(text).rstrip(". \n"), QUOTED) or "no explanation"

    def _redacted(self, text: str) -> str:
        key = self._endpoint.secret or (os.environ.get(self._endpoint.key, "").strip() if self._endpoint.key else "")
        return text.replace(key, "***") if key else text

    def _error(self, what: str, status: int = 0) -> ServiceError:
        return ServiceError(self._endpoint.name, what, status)

    def _secret(self) -> str:
        return self._endpoint.secret or _key(self._endpoint.key)

    def _headers(self) -> dict[str, str]:
        key = self._secret()
        return {self._endpoint.header: self._endpoint.scheme + key} if key else {}

    def _client(self) -> "httpx.Client":
        import httpx

        with self._lock:
            if self._opened is None:
                headers = {"Accept-Encoding": PACKED}
                self._opened = httpx.Client(timeout=self._limits.timeout, headers=headers, follow_redirects=False)
                weakref.finalize(self, self._opened.close)
            return self._opened


def _bounded(chunks: Iterable[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise UnexpectedResponseError(f"more than {most:,} bytes")
        yield chunk


def _unpacked(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the content in pieces, however much of it a chunk contains."""
    if encoding.lower() not in ("", "identity", PACKED):
        raise UnexpectedResponseError(f"content in the encoding {encoding!r}, which was not asked for")
    if encoding.lower() != PACKED:
        yield from chunks
        return
    decoder = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                yield decoder.decompress(rest, PIECE)
                rest = decoder.unconsumed_tail
        yield decoder.flush()
    except zlib.error as error:
        raise RetryableError(f"the response cannot be unpacked: {error}") from None
    if not decoder.eof:
        raise RetryableError("the response was cut off")


def head(chunks: Iterable[bytes]) -> bytes:
    """Return the first bytes, enough to describe a response."""
    held = bytearray()
    for chunk in chunks:
        held += chunk
        if len(held) >= HEAD:
            break
    return bytes(held[:HEAD])


def _key(variable: str) -> str:
    """Return the key, "" for a service without one."""
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ModelError(f"The environment variable {variable} is not set: it must hold the service's key.")
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"The environment variable {variable} contains characters that no key has. Set it again.")
    return key


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        if content.lstrip()[:1] in (b"{", b"["):
            raise RetryableError("the response was cut off") from None
        raise UnexpectedResponseError(f"something other than JSON: {plain(content) or 'no content'}") from None


def _explanation(content: bytes) -> str:
    try:
        return _message(json.loads(content))
    except (ValueError, RecursionError):
        return plain(content)


def _message(response: object) -> str:
    """Return the text that services put under message, detail or error, nested or not."""
    if isinstance(response, dict):
        for name in ("message", "detail", "error", "msg"):
            if name in response:
                return _message(response[name])
    if isinstance(response, list) and response:
        return _message(response[0])
    return response if isinstance(response, str) else ""


def plain(content: bytes) -> str:
    """Return the visible text of a web page, or any other text as it is."""
    text = content.decode("utf-8", "replace")
    return re.sub(r"<(script|style).*?</\1>|<[^>]*>", " ", text, flags=re.DOTALL | re.IGNORECASE).strip()


FIELDS = (b"data", b"event", b"id", b"retry")


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """Yield the data of each event that has any, including a last one that no blank line follows.

    `UnexpectedResponseError` if there is no event and the body is something else, such as a web page.
    """
    require("httpx_sse", "httpx-sse", "hosted", "Streaming from a service")
    import httpx
    import httpx_sse

    head, empty = bytearray(), True

    def body() -> Iterator[bytes]:
        for chunk in chunks:
            if len(head) < HEAD:
                head.extend(chunk[:HEAD])
            yield chunk
        yield b"\n\n"

    # A response made from bytes: the decoder takes nothing else, and our limits on time and size stay in `chunks`.
    response = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=body())
    for event in httpx_sse.EventSource(response).iter_sse():
        empty = False
        if event.data:
            yield event.data
    if empty and not _starts_stream(bytes(head)):
        raise UnexpectedResponseError(f"something other than a stream of events: {plain(bytes(head))}")


def _starts_stream(head: bytes) -> bool:
    """Return whether the first line is a comment or a field, possibly cut off."""
    name = head.strip().partition(b":")[0]
    return any(field.startswith(name) for field in FIELDS)
