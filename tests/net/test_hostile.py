"""Services that answer without end, or with much more than they send: every call ends, within its memory."""

import gzip
import socket
import socketserver
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from threading import Event

import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.embedding_service import KEY, VARIABLE, FakeTime

from askew.errors import ModelError
from askew.net import ServiceError
from askew.net.http import Endpoint, HttpClient, events
from askew.net.retry import Limits
from askew.rag.chat import Chat

Act = Callable[[Callable[[bytes], object]], None]

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EVENTS = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
LIMITS = Limits(attempts=2, timeout=0.4, total_seconds=1, response_bytes=1_000_000)
SOON = 15  # seconds; without a limit the calls below would never end
ZEROS = bytes(50_000_000)


@contextmanager
def acting(act: Act) -> Iterator[tuple[str, list[bytes]]]:
    """A server that reads a request and then acts; its address, and the requests that it has seen."""
    seen: list[bytes] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                seen.append(self.request.recv(1 << 20))
                act(self.request.sendall)

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", seen
    finally:
        server.shutdown()
        server.server_close()


def dripping(first: bytes, drop: bytes) -> Act:
    """Each drop comes in time for a client that only limits its single waits."""

    def act(send: Callable[[bytes], object]) -> None:
        send(first)
        while True:
            send(drop)
            time.sleep(0.1)

    return act


def pouring(first: bytes, drop: bytes) -> Act:
    def act(send: Callable[[bytes], object]) -> None:
        send(first)
        while True:
            send(drop)

    return act


ENDLESS = {
    "dripping headers": dripping(HEAD, b"X-More: 1\r\n"),
    "a dripping header": dripping(HEAD + b"X-More: ", b"1"),
    "dripping early hints": dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a dripping body": dripping(HEAD + CHUNKED, b"1\r\n[\r\n"),
    "a dripping body of known length": dripping(HEAD + b"Content-Length: 1000000000\r\n\r\n", b"["),
    "a dripping header of a chunk": dripping(HEAD + CHUNKED + b"1;more=", b"1"),
    "dripping trailers": dripping(HEAD + CHUNKED + b"2\r\n[]\r\n0\r\n", b"X-More: 1\r\n"),
    "headers": pouring(HEAD, b"X-More: " + b"1" * 1000 + b"\r\n"),
    "a header": pouring(HEAD + b"X-More: ", b"1" * 1000),
    "early hints": pouring(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "a body": pouring(HEAD + CHUNKED, b"3e8\r\n" + b"[" * 1000 + b"\r\n"),
    "a header of a chunk": pouring(HEAD + CHUNKED + b"1;more=", b"1" * 1000),
    "an error": pouring(b"HTTP/1.1 400 Bad Request\r\n" + CHUNKED, b"3e8\r\n" + b"[" * 1000 + b"\r\n"),
    "a packed body": pouring(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"[]", mtime=0), b"more" * 1000),
}


def memory(call: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def refused(call: Callable[[], object], kind: type[Exception] = ServiceError) -> None:
    begun = time.monotonic()
    with pytest.raises(kind):
        call()
    assert time.monotonic() - begun < SOON


@pytest.mark.parametrize("act", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_without_end_ends(act: Act) -> None:
    with acting(act) as (url, _):
        client = HttpClient(Endpoint("tiny", url), LIMITS, FakeTime().clock)
        assert memory(lambda: refused(lambda: client.post({}, Event()))) < 20_000_000


@pytest.mark.parametrize(
    "act",
    [
        *(ENDLESS[name] for name in ("dripping headers", "dripping early hints", "a dripping header of a chunk")),
        dripping(EVENTS + CHUNKED, b"3\r\n: \n\r\n"),
        dripping(EVENTS + CHUNKED, b'13\r\ndata: {"choices":[]}\r\n'[:6] + b"1"),
        pouring(EVENTS + CHUNKED, b"3e8\r\n" + b": " * 500 + b"\r\n"),
        pouring(EVENTS + CHUNKED + b"6\r\ndata: \r\n", b"3e8\r\n" + b"x" * 1000 + b"\r\n"),
        pouring(EVENTS + CHUNKED, b"3e8\r\n" + b"data:\n\n" * 142 + b":::\n\n:\r\n"),
    ],
)
def test_a_stream_without_end_ends(act: Act) -> None:
    with acting(act) as (url, _):
        chat = Chat(f"{url}/v1", "tiny", limits=LIMITS, clock=FakeTime().clock)
        assert memory(lambda: refused(lambda: list(chat.stream([])), ModelError)) < 20_000_000


def packed(content: bytes, times: int = 1) -> bytes:
    for _ in range(times):
        content = gzip.compress(content, 1, mtime=0)
    return content


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", packed(ZEROS)),
        ("gzip, gzip", packed(ZEROS, 2)),
        ("deflate", zlib.compress(ZEROS, 1)),
        ("br", b"\x00"),
        ("zstd", b"\x00"),
        ("gzip", packed(b"[]")[:-5]),
        ("gzip", b"[]"),
        ("gzip", b"\x1f\x8b\x08" + b"\xff" * 1000),
    ],
)
def test_what_is_packed_is_limited_by_what_it_contains(encoding: str, body: bytes) -> None:
    first = HEAD + f"Content-Encoding: {encoding}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with acting(lambda send: send(first + body)) as (url, seen):
        client = HttpClient(Endpoint("tiny", url), LIMITS, FakeTime().clock)
        assert memory(lambda: refused(lambda: client.post({}, Event()))) < 20_000_000
    assert b"accept-encoding: gzip\r\n" in seen[0].lower()


@pytest.mark.parametrize("size", [0, 2, 70_000, 900_000])
def test_what_is_packed_within_the_limits_is_read(size: int) -> None:
    body = packed(b'"' + b"x" * size + b'"')
    first = HEAD + f"Content-Encoding: gzip\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with acting(lambda send: send(first + body)) as (url, _):
        assert HttpClient(Endpoint("tiny", url), LIMITS, FakeTime().clock).post({}, Event()) == "x" * size


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_leads_nowhere(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    with acting(lambda send: None) as (other, seen):
        for target in (other, f"//{other.removeprefix('http://')}/x", "file:///etc/passwd", "gopher://x", "\\\\x"):
            answer = f"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 0\r\n\r\n".encode()
            with acting(lambda send, answer=answer: send(answer)) as (url, _):  # type: ignore[misc]
                client = HttpClient(Endpoint("tiny", url, VARIABLE), LIMITS, FakeTime().clock)
                with pytest.raises(ServiceError) as caught:
                    client.post({}, Event())
                assert caught.value.status == status
    assert seen == []


def test_the_next_call_has_a_new_connection() -> None:
    acts = [ENDLESS["dripping headers"], lambda send: send(HEAD + b"Content-Length: 2\r\n\r\n[]")]
    with acting(lambda send: acts.pop(0)(send)) as (url, seen):
        limits = replace(LIMITS, total_seconds=60)
        assert HttpClient(Endpoint("tiny", url), limits, FakeTime().clock).post({}, Event()) == []
    assert len(seen) == 2


def test_a_line_of_a_stream_may_come_in_many_pieces() -> None:
    """In time proportional to its length."""
    begun = time.monotonic()
    [data] = events([b"data: ", *[b"x" * 100] * 20_000, b"\n\n"])
    assert len(data) == 2_000_000
    assert time.monotonic() - begun < SOON


def test_a_date_that_is_none_is_no_crash() -> None:
    for date in ("Mon, 01 Jan 99999999999999999999 00:00:00 GMT", "inf", "nan", "-1", "\x00", "Mon, 1 Jan 1 0:0:0 +9"):
        answer = f"HTTP/1.1 503 Busy\r\nRetry-After: {date}\r\nContent-Length: 0\r\n\r\n".encode()
        with acting(lambda send, answer=answer: send(answer)) as (url, _):  # type: ignore[misc]
            refused(lambda url=url: HttpClient(Endpoint("t", url), LIMITS, FakeTime().clock).post({}, Event()))  # type: ignore[misc]


def test_a_service_that_does_not_listen_is_no_crash() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        refused(lambda: HttpClient(Endpoint("tiny", url), LIMITS, FakeTime().clock).post({}, Event()))
