"""Queues of encoders and rerankers: the texts of concurrent requests, see `batching`, and encoders that use them."""

import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Union

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded, Encoder, ScoredPairs
from askew.encoders.signature import Signature
from askew.progress import Report, silent
from askew.server.answers import TokenCount
from askew.server.batching import BatchQueue, Observe, unobserved
from askew.server.config import ServerLimits
from askew.server.errors import DeadlineError
from askew.types import Role

if TYPE_CHECKING:
    from askew.encoders.onnx.cross import CrossEncoder
    from askew.encoders.onnx.late_interaction import LateInteractionEncoder

PER_TOKEN = 4
"""Bytes of a text that count as a token before it is tokenised."""
OVERHEAD = 3
"""Tokens that every text costs besides its own."""
DIRECT = 256
"""Texts from which a library call is encoded beside the queue: these are documents, which wait for nobody."""
Scorer = Union["CrossEncoder", "LateInteractionEncoder"]


def _cost(most: int, *texts: str) -> int:
    """Return the estimated tokens of texts that are read together. most: of those that the model reads."""
    return min(sum(len(text.encode()) for text in texts) // PER_TOKEN, most) + OVERHEAD


class EncodeQueue(BatchQueue[tuple[str, str], Encoded]):
    """Texts with titles that wait for one encoder."""

    def __init__(self, encoder: Encoder, limits: ServerLimits, observe: Observe = unobserved) -> None:
        self.encoder = encoder
        super().__init__(encoder.signature.model, self._encode, limits, observe)

    def submit(self, texts: Sequence[str], role: Role, titles: Sequence[str] = ()) -> "Future[Encoded]":
        """Return the future of encoded texts; see `put`."""
        most = self.encoder.signature.max_tokens
        items = list(zip(texts, titles or [""] * len(texts), strict=True))
        return self.put(items, role, [_cost(most, text) for text in texts])

    def _encode(self, items: Sequence[tuple[str, str]], kind: str) -> Encoded:
        texts, titles = [text for text, _ in items], [title for _, title in items]
        return self.encoder.encode(texts, Role(kind), silent, titles if any(titles) else ())


class RerankQueue(BatchQueue[tuple[str, str], ScoredPairs]):
    """Pairs of a query and a document that wait for one reranker."""

    def __init__(self, model: str, scorer: Scorer, limits: ServerLimits, observe: Observe = unobserved) -> None:
        self.scorer = scorer
        super().__init__(model, lambda pairs, _: scorer.scored(pairs), limits, observe)

    @property
    def contract(self) -> str:
        """Digest of the weights."""
        return self.scorer.blueprint.weights[:16]

    def submit(self, query: str, texts: Sequence[str]) -> "Future[ScoredPairs]":
        """Return the future of the scores of texts for a query; see `put`."""
        most = self.scorer.blueprint.max_tokens
        return self.put([(query, text) for text in texts], "", [_cost(most, query, text) for text in texts])


class Turns:
    """Turns to compute, fewer than there are threads.

    A batch ends the wait of dozens of threads at once. Python runs one of them at a time, and all would hand its lock
    to one another at every row that SQLite reads. Turns are only about speed: who has waited `PATIENCE` for one, behind
    slow searches or an engine that does not answer, goes on without one.
    """

    PATIENCE = 0.5
    """Seconds."""

    def __init__(self, count: int) -> None:
        self._free = threading.Semaphore(count)

    def take(self, most: float) -> bool:
        """Wait for a turn, at most so many seconds, and return whether there is one to give back."""
        return self._free.acquire(timeout=min(self.PATIENCE, most))

    def give_back(self) -> None:
        self._free.release()


@dataclass
class Call:
    """A call of the library for a request. deadline: on the monotonic clock. has_turn: to compute. first: tokens of its
    first texts, which are those that the request brought.
    """

    deadline: float
    turns: Turns
    has_turn: bool = False
    first: TokenCount | None = None

    def resume(self) -> None:
        self.has_turn = self.turns.take(self.left())

    def pause(self) -> None:
        """Let others compute."""
        if self.has_turn:
            self.has_turn = False
            self.turns.give_back()

    def left(self) -> float:
        """Return the seconds until the deadline, at least 0."""
        return max(self.deadline - time.monotonic(), 0)


_call: ContextVar[Call | None] = ContextVar("call", default=None)


@contextmanager
def calling(deadline: float, turns: Turns) -> Iterator[Call]:
    """Note for the encoders used inside the block when the time is over, and receive what they count. The block has a
    turn to compute, except while it waits for a batch.
    """
    token = _call.set(call := Call(deadline, turns))
    call.resume()
    try:
        yield call
    finally:
        call.pause()
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
        if call is None:
            return future.result()
        call.pause()
        try:
            return future.result(call.left())
        except TimeoutError:
            future.cancel()
            raise DeadlineError(f"{self.signature.model} did not encode the query in time.") from None
        finally:
            call.resume()
