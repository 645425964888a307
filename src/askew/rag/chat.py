"""Client for OpenAI-compatible chat services: Ollama, vLLM, llama.cpp, LM Studio, OpenAI and others."""

import json
import math
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from askew.errors import InputError
from askew.net import RetryableError, ServiceError, UnexpectedResponseError
from askew.net.http import CLOCK, Endpoint, HttpClient, events, head, plain
from askew.net.retry import Clock, Limits

KEY = "OPENAI_API_KEY"
TRUSTED = ("api.openai.com", "localhost", "127.0.0.1", "::1")  # hosts that get that key without its being named
PATH = "/chat/completions"
DONE = "[DONE]"
LONGEST = 40_000  # characters of an answer
LIMITS = Limits(attempts=5, total_seconds=600, timeout=120, response_bytes=64 << 20)  # a local model may have to load


class Chat:
    """limits.timeout: seconds until the next part of an answer; limits.total_seconds: until the answer is complete.

    key: the environment variable that holds the service's key. Default: `OPENAI_API_KEY` if that is set, but only for
    OpenAI itself and for this machine; no other host gets a key that was not named. It is read for each request and
    never stored. temperature: 0 for the likeliest words; 1 leaves it to the service.
    """

    def __init__(
        self,
        url: str,
        model: str,
        key: str = "",
        temperature: float = 0.0,
        limits: Limits = LIMITS,
        clock: Clock = CLOCK,
    ) -> None:
        _check(model, temperature)
        self.model = model
        self._temperature = temperature
        endpoint = Endpoint(model, _address(url), key or _default_key(url), fix="Check the URL and the model")
        self._client = HttpClient(endpoint, limits, clock)

    def stream(self, messages: Sequence[Mapping[str, str]]) -> Generator[str]:
        """Yield the answer piece by piece as it arrives.

        Temporary failures are retried until the first piece; any later failure is a `ModelError`.
        """
        body: dict[str, Any] = {"model": self.model, "messages": list(messages), "stream": True}
        if self._temperature != 1:
            body["temperature"] = self._temperature
        length = 0
        with closing(self._client.stream(body, pieces)) as answer:
            for piece in answer:
                length += len(piece)
                if length > LONGEST:
                    what = f"did not end its answer after {LONGEST:,} characters. Try again or use another model"
                    raise ServiceError(self.model, what)
                yield piece


def pieces(chunks: Iterable[bytes], kind: str) -> Iterator[str]:
    """Yield the text of the answer as it arrives. kind: the content type; services may answer without streaming."""
    if "html" in kind:
        raise UnexpectedResponseError(f"a web page: {plain(head(chunks))}")
    if "json" in kind and "ndjson" not in kind:
        yield from _whole(b"".join(chunks))
    else:
        yield from _streamed(events(chunks))


def _streamed(stream: Iterable[str]) -> Iterator[str]:
    for event in stream:
        if event.strip() == DONE:
            return
        try:
            fields = json.loads(event)
        except (ValueError, RecursionError):
            raise RetryableError("an event is not valid JSON") from None
        choice = _choice(fields)
        yield from _text(choice.get("delta"))
        if _ended(choice):
            return
    raise RetryableError("the response was cut off")


def _whole(content: bytes) -> Iterator[str]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        raise RetryableError("the response was cut off") from None
    choice = _choice(fields)
    if not choice:
        raise UnexpectedResponseError("JSON without an answer in it")
    yield from _text(choice.get("message"))
    _ended(choice)


def _choice(fields: Any) -> dict[str, Any]:
    """Return the first choice; empty for events without one, such as the last, which counts tokens."""
    if not isinstance(fields, dict):
        raise UnexpectedResponseError("JSON that is not an object")
    if fields.get("error"):
        raise UnexpectedResponseError(f"an error: {_words(fields['error'])}")
    choices = fields.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}


def _text(message: Any) -> Iterator[str]:
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str) and content:
        yield content


def _ended(choice: dict[str, Any]) -> bool:
    reason = choice.get("finish_reason")
    if reason == "length":
        raise UnexpectedResponseError("an incomplete answer: it reached the service's token limit; raise that limit")
    if reason == "content_filter":
        raise UnexpectedResponseError("an incomplete answer: its content filter withheld the rest")
    return bool(reason)


def _words(error: Any) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)


def _check(model: str, temperature: float) -> None:
    if not model.strip() or not model.isprintable():
        raise InputError(f"{model!r} is not the name of a chat model; give the name that the service uses.")
    if not 0 <= temperature < math.inf:
        raise InputError(f"The temperature must be a number of at least 0, not {temperature}.")


def _default_key(url: str) -> str:
    parts = urlsplit(url)
    safe = parts.hostname in TRUSTED and (parts.scheme == "https" or parts.hostname != TRUSTED[0])
    return KEY if safe and os.environ.get(KEY) else ""


def _address(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError("The URL of a chat service begins with http:// or https://, like http://localhost:11434/v1.")
    if parts.username or parts.password or parts.query:
        raise InputError(
            "The URL of a chat service must not contain a key: put the key into an environment variable and name that."
        )
    bare = url.rstrip("/")
    return bare if bare.endswith(PATH) else bare + PATH
