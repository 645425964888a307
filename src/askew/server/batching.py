"""Dynamic batching: what concurrent requests want of a model is computed together, by one worker thread for each model.

A request that comes when nothing is computed is computed at once. What comes meanwhile is the next batch, up to a
number of tokens; a long request is computed in parts, and the parts of others come between them. Texts of equal length
make up a batch in the model, without padding, so a result does not depend on those it was computed with.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from askew.encoders import Encoded, ScoredPairs
from askew.server.config import ServerLimits
from askew.server.errors import BusyError

Item = TypeVar("Item")
Result = TypeVar("Result", Encoded, ScoredPairs)
"""Arrays with a row for each item."""
Observe = Callable[[int, int], None]
"""Receives the number of requests and of items in a batch."""


def unobserved(requests: int, items: int) -> None:
    """Count nothing."""


@dataclass
class Waiting(Generic[Item, Result]):
    """A request's items. kind: only items of one kind are computed together. costs: estimated tokens of each. done: how
    many of them are computed.
    """

    items: Sequence[Item]
    kind: str
    costs: Sequence[int]
    future: "Future[Result]"
    parts: list[Result] = field(default_factory=list)
    done: int = 0


class BatchQueue(Generic[Item, Result]):
    """Items that wait for one model, and the thread that computes them. compute: takes items of one kind, and it."""

    def __init__(
        self,
        model: str,
        compute: Callable[[Sequence[Item], str], Result],
        limits: ServerLimits,
        observe: Observe = unobserved,
    ) -> None:
        self._model = model
        self._compute: Callable[[Sequence[Item], str], Result] = compute
        self._limits = limits
        self._observe = observe
        self._waiting: deque[Waiting[Item, Result]] = deque()
        self._tokens = 0
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name=f"compute {model}", daemon=True)
        self._thread.start()

    @property
    def depth(self) -> int:
        """Number of requests that wait."""
        return len(self._waiting)

    def put(self, items: Sequence[Item], kind: str, costs: Sequence[int]) -> "Future[Result]":
        """Return the future of a request; one that is cancelled is not computed. Raises BusyError if too many wait.

        A request larger than the queue is taken if nothing else waits.
        """
        future: Future[Result] = Future()
        total = sum(costs)
        with self._changed:
            if self._closed:
                raise BusyError("The server is stopping.")
            if self._tokens and self._tokens + total > self._limits.queued_tokens:
                raise BusyError(f"Too many texts wait for {self._model}. Try again later.")
            self._waiting.append(Waiting(items, kind, costs, future))
            self._tokens += total
            self._changed.notify()
        return future

    def close(self, drain: bool = True) -> None:
        """Stop the worker after all that waits is computed, or at once without `drain`."""
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
            for kind in dict.fromkeys(one.kind for one, _ in batch):
                self._run([(one, rows) for one, rows in batch if one.kind == kind], kind)

    def _next(self, together: int) -> list[tuple[Waiting[Item, Result], slice]]:
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

    def _taken(self) -> list[tuple[Waiting[Item, Result], slice]]:
        """Take parts of the requests that wait, in turn, until there are enough tokens."""
        batch: list[tuple[Waiting[Item, Result], slice]] = []
        left, later = self._limits.batch_tokens, deque[Waiting[Item, Result]]()
        while self._waiting and left > 0:
            one, start = (found := self._waiting.popleft()), found.done
            if one.future.cancelled():
                self._tokens -= sum(one.costs[start:])
                continue
            while one.done < len(one.items) and left > 0:
                left -= one.costs[one.done]
                self._tokens -= one.costs[one.done]
                one.done += 1
            batch.append((one, slice(start, one.done)))
            if one.done < len(one.items):
                later.append(one)
        self._waiting.extend(later)
        return batch

    def _run(self, batch: Sequence[tuple[Waiting[Item, Result], slice]], kind: str) -> None:
        items = [item for one, rows in batch for item in one.items[rows]]
        try:
            made = self._compute(items, kind)
        except BaseException as error:
            if len(batch) > 1:  # one request's fault is not that of the others
                for part in batch:
                    self._run([part], kind)
                return
            self._fail(batch[0][0], error)
            return
        start = 0
        for one, rows in batch:
            end = start + rows.stop - rows.start
            one.parts.append(_part(made, slice(start, end)))
            start = end
            if rows.stop == len(one.items) and one.future.set_running_or_notify_cancel():
                one.future.set_result(one.parts[0] if len(one.parts) == 1 else _joined(one.parts))

    def _fail(self, one: Waiting[Item, Result], error: BaseException) -> None:
        with self._changed:
            if one in self._waiting:
                self._waiting.remove(one)
                self._tokens -= sum(one.costs[one.done :])
        if one.future.set_running_or_notify_cancel():
            one.future.set_exception(error)


def _part(made: Result, rows: slice) -> Result:
    return type(made)(*(column[rows] for column in vars(made).values()))


def _joined(parts: Sequence[Result]) -> Result:
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    return type(parts[0])(*map(np.concatenate, columns))
