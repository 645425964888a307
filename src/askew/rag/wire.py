"""The answer of an OpenAI-compatible chat service, from bytes to text: a stream of events, or one JSON object."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

LINE = 1 << 20  # bytes; no event of a chat is as long
DONE = "[DONE]"
FIELDS = (b"data", b"event", b"id", b"retry")


class CutError(Exception):
    """The answer ended before it was said to end."""


class StrangeError(Exception):
    """What came is no answer of a chat service; the words are what it is instead."""


def pieces(chunks: Iterable[bytes], kind: str) -> Iterator[str]:
    """The text of the answer as it comes. kind: the content type. Who does not stream answers in one piece."""
    if "html" in kind:
        raise StrangeError(f"a web page: {_start(chunks)}")
    if "json" in kind and "ndjson" not in kind:
        yield from _whole(b"".join(chunks))
    else:
        yield from _streamed(events(chunks))


def events(chunks: Iterable[bytes]) -> Iterator[str]:
    """The data of server-sent events. Lines are told apart as bytes: a chunk may end within a character, and JSON may
    hold characters that Python takes for the end of a line. https://html.spec.whatwg.org/multipage/server-sent-events
    """
    data: list[str] = []
    for line in _lines(chunks):
        name, _, value = line.partition(b":")
        if not any(field.startswith(name) for field in FIELDS):  # the last line may be cut
            raise StrangeError(f"something else than a chat's answer: {line.decode('utf-8', 'replace')}")
        if name == b"data":
            data.append(value.removeprefix(b" ").decode("utf-8", "replace"))
        elif not line and data:
            yield "\n".join(data)
            data = []
    if data:
        yield "\n".join(data)


def _lines(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Without their ends, which are CR, LF or both. What is left at the end is a line as well."""
    held = b""
    for chunk in chunks:
        parts = (held + chunk).replace(b"\r\n", b"\n").split(b"\n")
        held = parts.pop()
        for part in parts:
            yield from part.split(b"\r")
        if len(held) > LINE:
            raise StrangeError("a line without an end")
    yield from held.replace(b"\r", b"\n").split(b"\n")


def _streamed(stream: Iterable[str]) -> Iterator[str]:
    for event in stream:
        if event.strip() == DONE:
            return
        try:
            fields = json.loads(event)
        except (ValueError, RecursionError):
            raise CutError("an event that is no JSON") from None
        choice = _choice(fields)
        yield from _text(choice.get("delta"))
        if _ended(choice):
            return
    raise CutError("it stopped without saying that it is done")


def _whole(content: bytes) -> Iterator[str]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError):
        raise CutError("a JSON object that is not complete") from None
    choice = _choice(fields)
    if not choice:
        raise StrangeError("JSON without an answer in it")
    yield from _text(choice.get("message"))
    _ended(choice)


def _choice(fields: Any) -> dict[str, Any]:
    """The first choice; empty where an event has none, as the last one that counts tokens."""
    if not isinstance(fields, dict):
        raise StrangeError("JSON that is no object")
    if fields.get("error"):
        raise StrangeError(f"an error: {_words(fields['error'])}")
    choices = fields.get("choices")
    return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}


def _text(said: Any) -> Iterator[str]:
    content = said.get("content") if isinstance(said, dict) else None
    if isinstance(content, str) and content:
        yield content


def _ended(choice: dict[str, Any]) -> bool:
    reason = choice.get("finish_reason")
    if reason == "length":
        raise StrangeError("a part of the answer only: it reached the service's limit of tokens; raise that limit")
    if reason == "content_filter":
        raise StrangeError("a part of the answer only: its filter withheld the rest")
    return bool(reason)


def _words(error: Any) -> str:
    return str(error.get("message", error)) if isinstance(error, dict) else str(error)


def _start(chunks: Iterable[bytes]) -> str:
    """Enough of a page to say what it is."""
    held = b""
    for chunk in chunks:
        held += chunk
        if len(held) > LINE:
            break
    return held.decode("utf-8", "replace")
