import gzip
import json
import logging
import socket
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from threading import Event
from typing import Any

import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.embedding_service import KEY, MODEL, VARIABLE, FakeTime, Fault, Server, serving
from helpers.http import listening

from askew.errors import InputError, ModelError
from askew.net import RetryableError, ServiceError
from askew.net.http import QUOTED, Endpoint, HttpClient, _explanation
from askew.net.retry import UNREACHED, Limits

LIMITS = Limits(timeout=5)
BODY = {"model": MODEL, "input": ["a text"], "encoding_format": "float"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(VARIABLE, KEY)
    with serving("openai") as running:
        yield running


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


def client(server: Server, fake: FakeTime, limits: Limits = LIMITS, url: str = "", key: str = VARIABLE) -> HttpClient:
    return HttpClient(
        Endpoint("tiny", url or server.url + "/embeddings", key, fix="Correct the card"), limits, fake.clock
    )


def ask(server: Server, fake: FakeTime, limits: Limits = LIMITS, url: str = "") -> Any:
    return client(server, fake, limits, url).post(BODY, Event())


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(server: Server, fake: FakeTime, status: int) -> None:
    server.faults.extend([Fault("status", status)] * 3)
    assert len(ask(server, fake)["data"]) == 1
    assert len(server.seen) == 4
    waits = [wait for wait in fake.slept if wait > 0]
    assert len(waits) == 3
    assert all(0.24 * 2**n <= wait <= 0.5 * 2**n for n, wait in enumerate(waits))


@pytest.mark.parametrize("kind", ["cut", "silent"])
def test_a_cut_connection_is_tried_again(server: Server, fake: FakeTime, kind: str) -> None:
    server.faults.extend([Fault(kind), Fault(kind)])
    assert len(ask(server, fake)["data"]) == 1
    assert len(server.seen) == 3


def test_an_answer_cut_where_no_length_was_said_is_tried_again(server: Server, fake: FakeTime) -> None:
    server.faults.append(Fault("cut", 1))
    assert len(ask(server, fake)["data"]) == 1
    assert len(server.seen) == 2


@pytest.mark.parametrize("fault", [Fault("slow", seconds=1), Fault("dripping", seconds=0.05)])
def test_a_slow_answer_is_given_up_and_asked_for_again(server: Server, fake: FakeTime, fault: Fault) -> None:
    server.faults.append(fault)
    start = time.monotonic()
    assert len(ask(server, fake, Limits(timeout=0.3))["data"]) == 1
    assert len(server.seen) == 2
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_honoured(server: Server, fake: FakeTime, status: int) -> None:
    server.faults.append(Fault("status", status, {"Retry-After": "17"}))
    ask(server, fake)
    assert 16.9 < sum(fake.slept) < 17.1


def test_tries_have_an_end(server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("status", 500)] * 9)
    with pytest.raises(ServiceError, match=r"tiny: .*HTTP 500: no, 500") as caught:
        ask(server, fake, Limits(attempts=4))
    assert caught.value.attempts == len(server.seen) == 4


def test_patience_has_an_end(server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("status", 429, {"Retry-After": "25"})] * 9)
    with pytest.raises(ServiceError) as caught:
        ask(server, fake, Limits(total_seconds=80))
    assert (caught.value.attempts, caught.value.retry_after) == (4, 25)
    server.faults.clear()
    server.faults.append(Fault("status", 429, {"Retry-After": "3600"}))
    before = len(server.seen)
    with pytest.raises(ServiceError) as caught:
        ask(server, fake)
    assert (caught.value.attempts, caught.value.retry_after) == (1, 3600)
    assert len(server.seen) == before + 1


def test_nobody_there_is_a_clear_error(server: Server, fake: FakeTime) -> None:
    with pytest.raises(ServiceError, match="ConnectError") as caught:
        ask(server, fake, url="http://127.0.0.1:9/v9/embeddings")
    assert caught.value.attempts == UNREACHED
    with pytest.raises(ServiceError, match=r"ftp://x/embeddings .*Correct the card"):
        ask(server, fake, url="ftp://x/embeddings")
    with pytest.raises(ServiceError, match="Correct the card"):
        ask(server, fake, url="http://127.0.0.1:port/embeddings")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_variable(server: Server, fake: FakeTime, status: int) -> None:
    server.faults.append(Fault("status", status))
    with pytest.raises(ServiceError, match=VARIABLE) as caught:
        ask(server, fake)
    assert caught.value.status == status
    assert KEY not in str(caught.value)
    assert "Bearer ***" in str(caught.value)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_what_will_not_pass_is_not_tried_again(server: Server, fake: FakeTime, status: int) -> None:
    server.faults.append(Fault("status", status))
    with pytest.raises(ServiceError, match=f"no, {status}; you sent") as caught:
        ask(server, fake)
    assert caught.value.status == status
    assert len(server.seen) == 1
    assert fake.slept == []


def test_a_redirect_is_not_followed_with_the_key(server: Server, fake: FakeTime) -> None:
    server.faults.append(Fault("status", 307, {"Location": server.url + "/embeddings"}))
    with pytest.raises(ServiceError, match="Correct the card") as caught:
        ask(server, fake)
    assert caught.value.status == 307
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("html", "JSON: Welcome to the hotel's network. Correct the card"),
        ("empty", "JSON: no content. Correct the card"),
    ],
)
def test_nonsense_is_a_clear_error(server: Server, fake: FakeTime, kind: str, said: str) -> None:
    server.faults.append(Fault(kind))
    with pytest.raises(ServiceError, match=said):
        ask(server, fake)
    assert len(server.seen) == 1


def test_an_absurd_answer_is_no_crash(server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("deep")] * 2)
    with pytest.raises(ServiceError) as caught:
        ask(server, fake, Limits(attempts=2))
    assert caught.value.attempts == 2


def test_a_response_is_limited_in_size(server: Server, fake: FakeTime) -> None:
    size = len(json.dumps(ask(server, fake)))
    ask(server, fake, Limits(response_bytes=size + 100))
    with pytest.raises(ServiceError, match=f"more than {size // 2} bytes"):
        ask(server, fake, Limits(response_bytes=size // 2))
    assert fake.slept == []


def test_a_compressed_response_is_limited_by_its_real_size(fake: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = gzip.compress(b" " * 10_000_000)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    with listening(Handler) as url, pytest.raises(ServiceError, match="more than 1,000,000 bytes"):
        HttpClient(Endpoint("tiny", url), Limits(response_bytes=1_000_000), fake.clock).post(BODY, Event())


def test_waiting_ends_when_another_request_has_failed(server: Server) -> None:
    server.faults.append(Fault("status", 429, {"Retry-After": "100"}))
    stop = Event()
    stop.set()
    with pytest.raises(ServiceError):
        client(server, FakeTime()).post(BODY, stop)
    assert len(server.seen) == 1


def test_a_missing_or_broken_key_names_the_variable(
    server: Server, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("", "  \n"):
        monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(ModelError, match=VARIABLE):
            ask(server, fake)
    for value in ("abc\r\nX-Other: 1", "schlüssel", "a\tb"):
        monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(ModelError, match=VARIABLE) as caught:
            ask(server, fake)
        assert value[:3] not in str(caught.value)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ModelError, match=VARIABLE):
        ask(server, fake)
    assert server.seen == []


def test_without_httpx_the_error_says_what_to_install(
    server: Server, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(InputError, match=r"pip install 'askew\[hosted\]'"):
        ask(server, fake)


def test_a_line_end_after_the_key_does_no_harm(server: Server, fake: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"{KEY}\n")
    assert len(ask(server, fake)["data"]) == 1


def test_a_service_that_wants_no_key_gets_none(server: Server, fake: FakeTime) -> None:
    with pytest.raises(ServiceError, match="wrong or no key"):
        client(server, fake, key="").post(BODY, Event())


def test_the_key_is_in_no_log_error_or_object(
    server: Server, fake: FakeTime, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    service = client(server, fake, Limits(attempts=2))
    shown = [repr(service), str(vars(service))]
    for fault in ([], [400], [401], [500, 500], [307]):
        server.faults.extend(Fault("status", status) for status in fault)
        try:
            service.post(BODY, Event())
        except ModelError as error:
            shown += [str(error), repr(error), repr(error.__cause__), repr(error.__context__)]
    shown += [repr(service), str(vars(service)), str(vars(service._client())), caplog.text, *capfd.readouterr()]
    assert caplog.records
    assert not [text for text in shown if KEY in text or "sk-very" in text]


def test_a_long_explanation_is_shortened_after_the_key_was_taken_out(server: Server, fake: FakeTime) -> None:
    service = client(server, fake)
    for content, quoted in (
        (b'{"error": {"message": "' + b"x" * 290 + KEY.encode() + b'y"}}', "x" * 290 + "***y"),
        (b"z" * 1000, "z" * (QUOTED - 2) + " …"),
        (b'{"detail": [{"loc": [1], "msg": "too long"}]}', "too long"),
        (b'{"error": "plain."}', "plain"),
        (b'{"a": [1]}', "no explanation"),
        (b"", "no explanation"),
        (b"3", "no explanation"),
    ):
        assert service._quoted(_explanation(content)) == quoted


def parsed(chunks: Iterable[bytes], kind: str) -> Iterator[bytes]:
    assert kind == "application/json"
    for chunk in chunks:
        yield chunk
        raise RetryableError("not the rest")


def test_a_stream_is_retried_until_its_first_item_and_not_after_it(server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("status", 500), Fault("silent")])
    stream = client(server, fake).stream(BODY, parsed)
    assert next(stream).startswith(b"{")
    assert len(server.seen) == 3
    with pytest.raises(ServiceError, match="not the rest"):
        next(stream)
    assert len(server.seen) == 3


def test_a_stream_without_items_is_empty(server: Server, fake: FakeTime) -> None:
    assert list(client(server, fake).stream(BODY, lambda chunks, kind: iter(()))) == []
    assert len(server.seen) == 1


def test_a_client_that_is_closed_keeps_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        held = HttpClient(Endpoint("kept", f"http://127.0.0.1:{listener.getsockname()[1]}"), LIMITS)
        with ThreadPoolExecutor(1) as other:
            asked = other.submit(held.post, {}, Event())
            with listener.accept()[0] as one:
                one.settimeout(30)
                assert one.recv(1 << 16).startswith(b"POST ")
                one.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
                assert asked.result() == {}
                held.close()
                held.close()
                while one.recv(1 << 16):  # the rest of the request; a connection that is kept has no end
                    pass
