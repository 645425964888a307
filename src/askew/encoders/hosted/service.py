"""One way to ask any service: with patience where it is worth it, and with a key that nobody else sees."""

import json
import os
import re
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

from askew.errors import ModelError

if TYPE_CHECKING:
    import httpx

RETRIED = frozenset({408, 429, 500, 502, 503, 504})
REFUSED = frozenset({401, 403})
FIRST, LONGEST = 0.5, 30.0  # seconds before the second try; no wait of ours is longer, a service's own may be
FEW = 3  # tries where nobody has ever answered: then the address is wrong, or there is no network
QUOTED = 300  # characters of a service's own words


@dataclass(frozen=True)
class Patience:
    """tries, seconds: how often one request is tried, and how long at most. timeout: seconds for one answer.
    parallel: requests in flight together. per_minute: requests that may begin in a minute, 0 for no limit of ours.
    """

    tries: int = 9
    seconds: float = 300
    timeout: float = 60
    parallel: int = 4
    per_minute: int = 0


@dataclass(frozen=True)
class Clock:
    """Time, as tests may replace it. sleep: (seconds, whether to stop)."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float, Event], object] = lambda seconds, stop: stop.wait(seconds)


class Service:
    """The key is read from its environment variable for every request and kept nowhere."""

    def __init__(
        self, model: str, url: str, key: str, header: str, scheme: str, patience: Patience, clock: Clock
    ) -> None:
        self._model = model
        self._url = url
        self._key = key
        self._header = header
        self._scheme = scheme
        self._patience = patience
        self._clock = clock
        self._lock = Lock()
        self._free = 0.0  # when the next request may begin
        self._heard = False
        self._opened: httpx.Client | None = None

    def post(self, body: object, stop: Event) -> Any:
        """What the service answers to this body, from JSON; `ModelError` where it will not, or `stop` was set."""
        _secret(self._key)
        self._pace(stop)
        begun, attempt = self._clock.now(), 0
        while True:
            attempt += 1
            try:
                return self._once(body)
            except LaterError as fault:
                wait = self._wait(fault, attempt, self._clock.now() - begun)
                if fault.everyone:
                    self._hold(wait)
                else:
                    self._sleep(wait, stop)
            self._pace(stop)

    def _wait(self, fault: "LaterError", attempt: int, spent: float) -> float:
        """Seconds until the next try: twice as long each time, never less than the service asked for."""
        backoff = min(LONGEST, FIRST * 2.0 ** (attempt - 1)) * SystemRandom().uniform(0.5, 1)
        wait = max(fault.seconds, backoff)
        tries = self._patience.tries if self._heard else min(FEW, self._patience.tries)
        if attempt < tries and spent + wait <= self._patience.seconds:
            return wait
        asked = f" and asks to wait another {fault.seconds:.0f} s" if fault.seconds else ""
        raise self._error(f"did not answer in {attempt} tries and {spent:.0f} s{asked} ({fault}). Try again later")

    def _once(self, body: object) -> Any:
        httpx = httpx_library()
        try:
            with self._client().stream("POST", self._url, json=body) as response:
                self._heard = True
                content = b"".join(self._timely(response))
        except (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.InvalidURL) as fault:
            raise self._error(
                f"cannot be asked at {self._url} ({self._scrubbed(str(fault))}). Correct the url"
            ) from None
        except (httpx.TransportError, httpx.DecodingError) as fault:
            raise LaterError(f"{type(fault).__name__}: {self._scrubbed(str(fault))}") from None
        if response.is_success:
            return self._parsed(content)
        raise self._refusal(
            response.status_code, response.headers, f"HTTP {response.status_code}: {self._said(content)}"
        )

    def _refusal(self, status: int, headers: Mapping[str, str], said: str) -> Exception:
        if status in RETRIED:
            seconds = _retry_after(headers.get("Retry-After", ""))
            return LaterError(said, seconds, everyone=status == 429 or seconds > 0)
        if status in REFUSED:
            named = f"the key in the environment variable {self._key}" if self._key else "a request without a key"
            return self._error(f"refused {named} ({said}). Set the right key")
        if 300 <= status < 400:
            return self._error(f"is not at {self._url} ({said}). Correct the url in the card")
        return self._error(f"refused the request ({said})")

    def _timely(self, response: "httpx.Response") -> Iterator[bytes]:
        """The client bounds the wait for each part of an answer, this the wait for all of it."""
        end = time.monotonic() + self._patience.timeout
        for part in response.iter_bytes():
            yield part
            if time.monotonic() > end:
                raise LaterError(f"the answer was not complete after {self._patience.timeout:.0f} s")

    def _parsed(self, content: bytes) -> Any:
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            if content.lstrip()[:1] in (b"{", b"["):
                raise LaterError("the answer was cut off") from None
            raise self._error(
                f"answered with something else than JSON ({self._said(content)}). Check the url"
            ) from None

    def _said(self, content: bytes) -> str:
        """The service's explanation, on one line, shortened after the key has been taken out."""
        try:
            text = _message(json.loads(content))
        except (ValueError, RecursionError):
            text = re.sub(
                r"<(script|style).*?</\1>|<[^>]*>", " ", content.decode("utf-8", "replace"), flags=re.S | re.I
            )
        text = " ".join(self._scrubbed(text).split()).rstrip(".")
        return (text[:QUOTED] + "…" if len(text) > QUOTED else text) or "it gave no explanation"

    def _scrubbed(self, text: str) -> str:
        key = os.environ.get(self._key, "").strip() if self._key else ""
        return text.replace(key, "***") if key else text

    def _error(self, what: str) -> ModelError:
        return ModelError(f"{self._model}: the service {what.rstrip('.')}.")

    def _client(self) -> "httpx.Client":
        httpx = httpx_library()
        with self._lock:
            if self._opened is None:
                signed = _signed(self._key, self._header, self._scheme)
                self._opened = httpx.Client(timeout=self._patience.timeout, auth=signed)
                weakref.finalize(self, self._opened.close)
            return self._opened

    def _pace(self, stop: Event) -> None:
        """Waits for this request's turn."""
        apart = 60 / self._patience.per_minute if self._patience.per_minute else 0
        with self._lock:
            now = self._clock.now()
            turn = max(self._free, now)
            self._free = turn + apart if apart else self._free
        if turn > now:
            self._sleep(turn - now, stop)

    def _hold(self, seconds: float) -> None:
        with self._lock:
            self._free = max(self._free, self._clock.now() + seconds)

    def _sleep(self, seconds: float, stop: Event) -> None:
        self._clock.sleep(seconds, stop)
        if stop.is_set():
            raise self._error("was not asked further, because another request failed")


class LaterError(Exception):
    """What may go better on another try. everyone: the other requests wait too."""

    def __init__(self, said: str, seconds: float = 0, everyone: bool = False) -> None:
        super().__init__(said)
        self.seconds = seconds
        self.everyone = everyone


def httpx_library() -> Any:
    """The module; it is imported only where a service is asked."""
    try:
        import httpx
    except ImportError:
        raise ModelError(
            "Services are asked through httpx, which is not here. Run: pip install 'askew[hosted]'"
        ) from None
    return httpx


def _secret(variable: str) -> str:
    """The key; "" for a service that wants none."""
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise ModelError(f"The environment variable {variable} is not set: it must hold the service's key.")
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"The environment variable {variable} holds characters that no key has. Set it again.")
    return key


def _signed(variable: str, header: str, scheme: str) -> "Callable[[httpx.Request], httpx.Request]":
    def sign(request: "httpx.Request") -> "httpx.Request":
        key = _secret(variable)
        if key:
            request.headers[header] = scheme + key
        return request

    return sign


def _retry_after(value: str) -> float:
    """Seconds to wait, from a number or an HTTP date; 0 where there is neither."""
    try:
        return max(0.0, min(float(value), 1e6))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(value)
    except ValueError:
        return 0.0
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _message(answer: object) -> str:
    """Where the services put their explanation: message, detail or error, plain or one within the other."""
    if isinstance(answer, dict):
        for name in ("message", "detail", "error", "msg"):
            if name in answer:
                return _message(answer[name])
    if isinstance(answer, list) and answer:
        return _message(answer[0])
    return answer if isinstance(answer, str) else ""
