"""Retry policy: exponential backoff, Retry-After and rate limiting, shared by all threads that call one service."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from threading import Event, Lock
from typing import TypeVar

from askew.net import RetryableError, ServiceError

T = TypeVar("T")

INITIAL_BACKOFF, MAX_BACKOFF = 0.5, 30.0  # seconds; a service may ask for more with Retry-After
UNREACHED = 3  # attempts before the first response ever: the URL is probably wrong, or there is no network


@dataclass(frozen=True)
class Limits:
    """Limits on the requests to one service.

    attempts, total_seconds: for one call, retries included. timeout: seconds for one response, or for the next chunk
    of a stream. response_bytes: maximum size of one response, decompressed. parallel: concurrent requests.
    per_minute: requests started per minute (0 = unlimited).
    """

    attempts: int = 9
    total_seconds: float = 300
    timeout: float = 60
    response_bytes: int = 256 << 20
    parallel: int = 4
    per_minute: int = 0


@dataclass(frozen=True)
class Clock:
    """Source of time, replaceable in tests. sleep: returns early once the event is set."""

    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float, Event], object] = lambda seconds, cancelled: cancelled.wait(seconds)


class Retry:
    """service: its name in messages."""

    def __init__(self, service: str, limits: Limits, clock: Clock) -> None:
        self._service = service
        self._limits = limits
        self._clock = clock
        self._lock = Lock()
        self._next_start = 0.0  # when the next request may start
        self._reached = False

    def reached(self) -> None:
        """Record that the service responded, whatever it said."""
        self._reached = True

    def call(self, function: Callable[[], T], cancelled: Event) -> T:
        """Call `function` until it raises no `RetryableError`, waiting in between.

        A wait that would exceed `total_seconds` is not started. Setting `cancelled` from another thread ends any wait.
        """
        self._wait_for_turn(cancelled)
        begun, attempt = self._clock.now(), 0
        while True:
            attempt += 1
            try:
                return function()
            except RetryableError as error:
                delay = self._delay(error, attempt, self._clock.now() - begun)
                if error.shared:
                    self._hold(delay)
                else:
                    self._sleep(delay, cancelled)
            self._wait_for_turn(cancelled)

    def _delay(self, error: RetryableError, attempt: int, spent: float) -> float:
        """Seconds until the next attempt: exponential backoff with jitter, never less than Retry-After."""
        backoff = min(MAX_BACKOFF, INITIAL_BACKOFF * 2.0 ** (attempt - 1)) * SystemRandom().uniform(0.5, 1)
        delay = max(error.retry_after, backoff)
        attempts = self._limits.attempts if self._reached else min(UNREACHED, self._limits.attempts)
        if attempt < attempts and spent + delay <= self._limits.total_seconds:
            return delay
        if error.final is not None:
            raise error.final from None
        wait = f" and requests a wait of another {error.retry_after:.0f} s" if error.retry_after else ""
        what = f"failed after {attempt} attempts and {spent:.0f} s{wait} ({error}). Try again later"
        raise ServiceError(self._service, what, attempts=attempt, retry_after=error.retry_after) from None

    def _wait_for_turn(self, cancelled: Event) -> None:
        interval = 60 / self._limits.per_minute if self._limits.per_minute else 0
        with self._lock:
            now = self._clock.now()
            start = max(self._next_start, now)
            if interval:
                self._next_start = start + interval
        if start > now:
            self._sleep(start - now, cancelled)

    def _hold(self, seconds: float) -> None:
        """Delay every request that has not started yet."""
        with self._lock:
            self._next_start = max(self._next_start, self._clock.now() + seconds)

    def _sleep(self, seconds: float, cancelled: Event) -> None:
        self._clock.sleep(seconds, cancelled)
        if cancelled.is_set():
            raise ServiceError(self._service, "was not called again, because another request failed")


def retry_after(header: str) -> float:
    """Parse Retry-After, a number of seconds or an HTTP date; 0 if it is neither."""
    try:
        return max(0.0, min(float(header), 1e6))
    except ValueError:
        pass
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return 0.0
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
