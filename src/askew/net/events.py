"""Server-sent events, decoded by httpx-sse."""

from collections.abc import Iterable, Iterator

from askew.environment import require
from askew.net import UnexpectedResponseError
from askew.net.http import HEAD, plain

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
