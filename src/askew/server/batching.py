"""Dynamic batching: the texts of concurrent requests are encoded together, by one worker thread for each model.

A request that comes when nothing is encoded is encoded at once. What comes meanwhile is the next batch, up to a number
of tokens; a long request is encoded in parts, and the parts of others come between them. Texts of equal length make up
a batch in the encoder, without padding, so a vector does not depend on those it was encoded with.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded, Encoder
from askew.encoders.signature import Signature
from askew.progress import Report, silent
from askew.server.answers import TokenCount
from askew.server.config import ServerLimits
from askew.server.errors import BusyError, DeadlineError
from askew.types import Role

PER_TOKEN = 4
"""Bytes of a text that count as a token before it is tokenised."""
OVERHEAD = 3
"""Tokens that every text costs besides its own."""
DIRECT = 256
"""Texts from which a library call is encoded beside the queue: these are documents, which wait for nobody."""

Observe = Callable[[int, int], None]
"""Receives the number of requests and of texts in a batch."""


def unobserved(requests: int, texts: int) -> None:
    """Count nothing."""


@dataclass
class Waiting:
    """A request's texts. done: how many of them are encoded."""

    texts: Sequence[str]
    titles: Sequence[str]
    role: Role
    costs: Sequence[int]
    future: "Future[Encoded]"
    parts: list[Encoded] = field(default_factory=list)
    done: int = 0


class EncodeQueue:
    """Texts that wait for one encoder, and the thread that encodes them."""

    def __init__(self, encoder: Encoder, limits: ServerLimits, observe: Observe = unobserved) -> None:
        self.encoder = encoder
        self._limits = limits
        self._observe = observe
        self._waiting: deque[Waiting] = deque()
        self._tokens = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"encode {encoder.signature.model}", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Number of requests that wait."""
        return len(self._waiting)

    def submit(self, texts: Sequence[str], role: Role, titles: Sequence[str] = ()) -> "Future[Encoded]":
        """Return the future of encoded texts; one that is cancelled is not encoded. Raises BusyError if too many wait.

        A request larger than the queue is taken if nothing else waits.
        """
        future: Future[Encoded] = Future()
        most = self.encoder.signature.max_tokens
        costs = [min(len(text.encode()) // PER_TOKEN, most) + OVERHEAD for text in texts]
        one, total = Waiting(texts, titles, role, costs, future), sum(costs)
        with self._changed:
            if self._closed:
                raise BusyError("The server is stopping.")
            if self._tokens and self._tokens + total > self._limits.queued_tokens:
                raise BusyError(f"Too many texts wait for {self.encoder.signature.model}. Try again later.")
            self._waiting.append(one)
            self._tokens += total
            self._changed.notify()
        return future

    def close(self, drain: bool = True) -> None:
        """Stop the worker after all that waits is encoded, or at once without `drain`."""
        with self._changed:
            self._closed = True
            if not drain:
                for one in self._waiting:
                    one.future.cancel()
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        together = 0
        while batch := self._next(together):
            together = len(batch)
            self._observe(together, sum(rows.stop - rows.start for _, rows in batch))
            for role in Role:
                chosen = [(one, rows) for one, rows in batch if one.role is role]
                if chosen:
                    self._encode(chosen, role)

    def _next(self, together: int) -> list[tuple[Waiting, slice]]:
        """Return the next parts of the requests that wait, [] once the queue is closed and empty.

        together: requests in the last batch. Their clients are likely to ask again at once, so the worker waits a
        moment for as many.
        """
        with self._changed:
            deadline = time.monotonic() + self._limits.linger
            while not self._closed and 0 < len(self._waiting) < together:
                if not self._changed.wait(deadline - time.monotonic()):
                    break
            while not (batch := self._taken()):
                if self._closed:
                    return []
                self._changed.wait()
            return batch

    def _taken(self) -> list[tuple[Waiting, slice]]:
        """Take parts of the requests that wait, in turn, until there are enough tokens."""
        batch: list[tuple[Waiting, slice]] = []
        left, later = self._limits.batch_tokens, deque[Waiting]()
        while self._waiting and left > 0:
            one, start = (found := self._waiting.popleft()), found.done
            if one.future.cancelled():
                self._tokens -= sum(one.costs[start:])
                continue
            while one.done < len(one.texts) and left > 0:
                left -= one.costs[one.done]
                self._tokens -= one.costs[one.done]
                one.done += 1
            batch.append((one, slice(start, one.done)))
            if one.done < len(one.texts):
                later.append(one)
        self._waiting.extend(later)
        return batch

    def _encode(self, batch: Sequence[tuple[Waiting, slice]], role: Role) -> None:
        texts = [text for one, rows in batch for text in one.texts[rows]]
        titles = [title for one, rows in batch for title in _titles(one, rows)]
        try:
            made = self.encoder.encode(texts, role, silent, titles if any(titles) else ())
        except BaseException as error:
            if len(batch) > 1:  # one request's fault is not that of the others
                for part in batch:
                    self._encode([part], role)
                return
            self._fail(batch[0][0], error)
            return
        start = 0
        for one, rows in batch:
            end = start + rows.stop - rows.start
            one.parts.append(Encoded(made.vectors[start:end], made.tokens[start:end], made.seen[start:end]))
            start = end
            if rows.stop == len(one.texts) and one.future.set_running_or_notify_cancel():
                one.future.set_result(_joined(one.parts))

    def _fail(self, one: Waiting, error: BaseException) -> None:
        with self._changed:
            if one in self._waiting:
                self._waiting.remove(one)
                self._tokens -= sum(one.costs[one.done :])
        if one.future.set_running_or_notify_cancel():
            one.future.set_exception(error)


def _titles(one: Waiting, rows: slice) -> Sequence[str]:
    return one.titles[rows] if one.titles else [""] * (rows.stop - rows.start)


def _joined(parts: Sequence[Encoded]) -> Encoded:
    if len(parts) == 1:
        return parts[0]
    vectors, tokens, seen = (np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0]))
    return Encoded(vectors, tokens, seen)


@dataclass
class Call:
    """A call of the library for a request. deadline: on the monotonic clock. first: tokens of its first texts, which
    are those that the request brought.
    """

    deadline: float
    first: TokenCount | None = None


_call: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def calling(deadline: float) -> Iterator[Call]:
    """Note for the encoders used inside the block when the time is over, and receive what they count."""
    token = _call.set(call := Call(deadline))
    try:
        yield call
    finally:
        _call.reset(token)


class BatchedEncoder:
    """An encoder whose texts are encoded together with those of other requests; see `askew.encoders.Encoder`."""

    def __init__(self, queue: EncodeQueue) -> None:
        self.queue = queue
        self._encoder = queue.encoder

    @property
    def signature(self) -> Signature:
        return self._encoder.signature

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        call = _call.get()
        if len(texts) >= DIRECT:
            made = self._encoder.encode(texts, role, report, titles)
        else:
            made = self._waited(texts, role, titles, call)
        if call is not None and call.first is None:
            call.first = TokenCount.of(made, self._encoder.room(role))
        return made

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return self._encoder.spans(texts)

    def room(self, role: Role) -> int:
        return self._encoder.room(role)

    def _waited(self, texts: Sequence[str], role: Role, titles: Sequence[str], call: Call | None) -> Encoded:
        future = self.queue.submit(texts, role, titles)
        try:
            return future.result(None if call is None else max(call.deadline - time.monotonic(), 0))
        except TimeoutError:
            future.cancel()
            raise DeadlineError(f"{self.signature.model} did not encode the query in time.") from None
