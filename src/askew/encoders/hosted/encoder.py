"""Hosted encoder: vectors from a provider's API. Texts leave this machine."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from threading import Event
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from askew.encoders import Encoded
from askew.encoders.hosted import pieces
from askew.encoders.hosted.wire import Ask, vectors, wire
from askew.encoders.signature import Signature
from askew.encoders.texts import FIELD, SPACE, checked, joined, once
from askew.errors import ModelError
from askew.models.card import Hosted
from askew.net.http import CLOCK, LIMITS, Endpoint, HttpClient
from askew.net.retry import Clock, Limits
from askew.progress import Progress, Report, silent
from askew.similarity import normalise
from askew.types import FloatMatrix, Role

BUDGET = 50_000  # pieces per request; OpenAI accepts 300,000 tokens, Voyage's large models 120,000

Input = tuple[str, str]  # title and text as sent


class HostedEncoder:
    """Encoder behind an API. Tokens are estimated (`pieces.py`) because the provider's tokenizer is not available. A
    text that might be too long is truncated before it is sent, so that `seen` is correct whatever the service does;
    the service's own truncation is disabled where possible. Blank texts are not sent, since services reject them:
    their vectors are zeros.

    `signature.prompts` holds the provider's parameter for each role or, if it has none, the text to prepend.
    `dimensions`: request `signature.dim` dimensions, fewer than the model's default. `packed`: accept base64 vectors.
    """

    def __init__(
        self,
        signature: Signature,
        hosted: Hosted,
        dimensions: bool = False,
        packed: bool = False,
        limits: Limits = LIMITS,
        clock: Clock = CLOCK,
    ) -> None:
        self.signature = signature
        self._hosted = hosted
        self._dim = signature.dim if dimensions else 0
        self._packed = packed
        self._parallel = limits.parallel
        self._wire = wire(hosted.provider)
        if signature.titles not in ((SPACE, FIELD) if self._wire.titled else (SPACE,)):
            raise ModelError(
                f"{signature.model}: {hosted.provider} does not support titles = {signature.titles!r}. Edit the card."
            )
        url = hosted.url.rstrip("/") + self._wire.path.format(model=quote(hosted.model, safe=""))
        fix = "Correct the url or the model in the card"
        endpoint = Endpoint(signature.model, url, hosted.key, self._wire.header, self._wire.scheme, fix)
        self._client = HttpClient(endpoint, limits, clock)

    def encode(self, texts: Sequence[str], role: Role, report: Report = silent, titles: Sequence[str] = ()) -> Encoded:
        room = self.room(role)
        inputs, rows = once(self._inputs(checked(texts), checked(titles), role))
        tokens = np.array([pieces.count(title) + pieces.count(text) for title, text in inputs], np.int64)
        filled = np.flatnonzero(tokens)
        result = np.zeros((len(inputs), self.signature.dim), np.float32)
        result[filled] = self._ask([_fitted(inputs[place], room) for place in filled], role, report)
        if self.signature.normalised:
            result = normalise(result)
        return Encoded(result[rows], tokens[rows], np.minimum(tokens, room)[rows])

    def spans(self, texts: Sequence[str]) -> list[NDArray[np.int64]]:
        return [pieces.spans(text) for text in texts]

    def room(self, role: Role) -> int:
        lead = pieces.count(self._prompt(role))
        room = pieces.room(self.signature.max_tokens) - lead
        if room < 1:
            raise ModelError(
                f"The prompt has about {lead} tokens, and the model accepts {self.signature.max_tokens}: shorten it."
            )
        return room

    def _prompt(self, role: Role) -> str:
        return self.signature.prompts.get(role, "") if self._wire.prefix else ""

    def _word(self, role: Role) -> str:
        return "" if self._wire.prefix else self.signature.prompts.get(role, "")

    def _inputs(self, texts: Sequence[str], titles: Sequence[str], role: Role) -> list[Input]:
        apart = self.signature.titles == FIELD and self._word(role) == self._wire.titled
        if titles and apart:
            return list(zip(titles, texts, strict=True))
        return [("", text) for text in joined(texts, titles)]

    def _ask(self, inputs: Sequence[Input], role: Role, report: Report) -> FloatMatrix:
        """Send several requests in parallel, each filling its own rows; if one fails, the whole call fails."""
        result = np.empty((len(inputs), self.signature.dim), np.float32)
        stop, done = Event(), 0
        pool = ThreadPoolExecutor(self._parallel)
        try:
            parts = _parts(inputs, self._hosted.batch)
            futures = [pool.submit(self._request, inputs[part], role, result[part], stop) for part in parts]
            for future in as_completed(futures):
                done += future.result()
                report(Progress("encode", done, len(inputs)))
        finally:
            stop.set()  # ends any wait for a retry
            pool.shutdown(cancel_futures=True)
        return result

    def _request(self, inputs: Sequence[Input], role: Role, out: FloatMatrix, stop: Event) -> int:
        prompt = self._prompt(role)
        ask = Ask(
            model=self._hosted.model,
            texts=[prompt + text for _, text in inputs],
            titles=[title for title, _ in inputs],
            word=self._word(role),
            dim=self._dim,
            packed=self._packed,
        )
        answer = self._client.post(self._wire.body(ask), stop)
        out[:] = vectors(self._wire, ask, answer, self.signature.dim)
        return len(inputs)


def _fitted(item: Input, room: int) -> Input:
    """Truncate to what the model accepts; a title without a text, or that leaves no room for it, becomes the text."""
    title, text = item
    left = room - pieces.count(title)
    if title and (left < 1 or not text.strip()):
        return "", pieces.cut(f"{title} {text}".strip(), room)
    return title, pieces.cut(text, left)


def _parts(inputs: Sequence[Input], most: int) -> Iterator[slice]:
    """Yield slices of consecutive inputs, one per request: at most `most` inputs and about `BUDGET` pieces."""
    start, size = 0, 0
    for place, (title, text) in enumerate(inputs):
        pieces_here = pieces.count(title) + pieces.count(text)
        if place > start and (place - start >= most or size + pieces_here > BUDGET):
            yield slice(start, place)
            start, size = place, 0
        size += pieces_here
    if start < len(inputs):
        yield slice(start, len(inputs))
