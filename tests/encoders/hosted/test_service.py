import email.utils
import logging
import sys
import time
from collections.abc import Iterator
from threading import Event
from typing import Any

import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.embedding_service import KEY, MODEL, VARIABLE, FakeTime, Fault, Server, serving

from askew.encoders.hosted.service import Patience, Service
from askew.errors import ModelError

PATIENCE = Patience(timeout=5)
BODY = {"model": MODEL, "input": ["a text"], "encoding_format": "float"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv(VARIABLE, KEY)
    with serving("openai") as running:
        yield running


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


def ask(server: Server, fake: FakeTime, patience: Patience = PATIENCE, url: str = "") -> Any:
    address = url or server.url + "/embeddings"
    return Service("tiny", address, VARIABLE, "Authorization", "Bearer ", patience, fake.clock).post(BODY, Event())


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
    assert len(ask(server, fake, Patience(timeout=0.3))["data"]) == 1
    assert len(server.seen) == 2
    assert time.monotonic() - start < 3


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_in_seconds_is_honoured(server: Server, fake: FakeTime, status: int) -> None:
    server.faults.append(Fault("status", status, {"Retry-After": "17"}))
    ask(server, fake)
    assert 16.9 < sum(fake.slept) < 17.1


def test_retry_after_as_a_date_is_honoured(server: Server, fake: FakeTime) -> None:
    date = email.utils.formatdate(time.time() + 40, usegmt=True)
    server.faults.append(Fault("status", 429, {"Retry-After": date}))
    ask(server, fake)
    assert 38 < sum(fake.slept) < 41


@pytest.mark.parametrize("value", ["soon", "", "-5", "Mon, 99 Foo", "nan", "Sun, 06 Nov 1994 08:49:37"])
def test_a_retry_after_that_says_nothing_leaves_our_own_wait(server: Server, fake: FakeTime, value: str) -> None:
    server.faults.append(Fault("status", 429, {"Retry-After": value}))
    ask(server, fake)
    assert 0.2 < sum(fake.slept) <= 0.51


def test_tries_have_an_end(server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("status", 500)] * 9)
    with pytest.raises(ModelError, match=r"tiny: the service did not answer in 4 tries and \d s \(HTTP 500: no, 500"):
        ask(server, fake, Patience(tries=4))
    assert len(server.seen) == 4


def test_patience_has_an_end(server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("status", 429, {"Retry-After": "25"})] * 9)
    with pytest.raises(ModelError, match=r"in 4 tries and 7[5-7] s and asks to wait another 25 s"):
        ask(server, fake, Patience(seconds=80))
    server.faults.clear()
    server.faults.append(Fault("status", 429, {"Retry-After": "3600"}))
    before = len(server.seen)
    with pytest.raises(ModelError, match="in 1 tries and 0 s and asks to wait another 3600 s"):
        ask(server, fake)
    assert len(server.seen) == before + 1


def test_nobody_there_is_a_clear_error(server: Server, fake: FakeTime) -> None:
    with pytest.raises(ModelError, match=r"did not answer in 3 tries.*ConnectError"):
        ask(server, fake, url="http://127.0.0.1:9/v9/embeddings")
    with pytest.raises(ModelError, match="cannot be asked at ftp://x"):
        ask(server, fake, url="ftp://x/embeddings")
    with pytest.raises(ModelError, match="cannot be asked at"):
        ask(server, fake, url="http://127.0.0.1:port/embeddings")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_variable(server: Server, fake: FakeTime, status: int) -> None:
    server.faults.append(Fault("status", status))
    with pytest.raises(ModelError, match=f"refused the key in the environment variable {VARIABLE}") as caught:
        ask(server, fake)
    assert KEY not in str(caught.value)
    assert "Bearer ***" in str(caught.value)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_what_will_not_pass_is_not_tried_again(server: Server, fake: FakeTime, status: int) -> None:
    server.faults.append(Fault("status", status))
    with pytest.raises(ModelError, match=rf"refused the request \(HTTP {status}: no, {status}; you sent"):
        ask(server, fake)
    assert len(server.seen) == 1
    assert fake.slept == []


def test_a_redirect_is_not_followed_with_the_key(server: Server, fake: FakeTime) -> None:
    server.faults.append(Fault("status", 307, {"Location": server.url + "/embeddings"}))
    with pytest.raises(ModelError, match="Correct the url in the card"):
        ask(server, fake)
    assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("html", r"something else than JSON \(Welcome to the hotel's network\)"),
        ("empty", "something else than JSON .it gave no explanation"),
    ],
)
def test_nonsense_is_a_clear_error(server: Server, fake: FakeTime, kind: str, said: str) -> None:
    server.faults.append(Fault(kind))
    with pytest.raises(ModelError, match=said):
        ask(server, fake)
    assert len(server.seen) == 1


def test_an_absurd_answer_is_no_crash(server: Server, fake: FakeTime) -> None:
    server.faults.extend([Fault("deep")] * 2)
    with pytest.raises(ModelError, match="cut off"):
        ask(server, fake, Patience(tries=2))


def test_requests_keep_to_the_rate(server: Server, fake: FakeTime) -> None:
    service = Service(
        "t", server.url + "/embeddings", VARIABLE, "Authorization", "Bearer ", Patience(per_minute=30), fake.clock
    )
    for _ in range(4):
        service.post(BODY, Event())
    assert 5.5 < sum(fake.slept) <= 6


def test_after_a_429_the_other_requests_wait_too(server: Server, fake: FakeTime) -> None:
    service = Service("t", server.url + "/embeddings", VARIABLE, "Authorization", "Bearer ", Patience(), fake.clock)
    service._hold(20)  # as another thread's 429 does
    service.post(BODY, Event())
    assert 19.9 < sum(fake.slept) <= 20


def test_waiting_ends_when_another_request_has_failed(server: Server) -> None:
    server.faults.append(Fault("status", 429, {"Retry-After": "100"}))
    stop = Event()
    stop.set()
    service = Service(
        "t", server.url + "/embeddings", VARIABLE, "Authorization", "Bearer ", Patience(), FakeTime().clock
    )
    with pytest.raises(ModelError, match="another request failed"):
        service.post(BODY, stop)


def test_a_missing_or_broken_key_names_the_variable(
    server: Server, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for value in ("", "  \n"):
        monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(ModelError, match=f"{VARIABLE} is not set"):
            ask(server, fake)
    for value in ("abc\r\nX-Other: 1", "schlüssel", "a\tb"):
        monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(ModelError, match=f"{VARIABLE} holds characters") as caught:
            ask(server, fake)
        assert value[:3] not in str(caught.value)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ModelError, match=f"{VARIABLE} is not set"):
        ask(server, fake)
    assert server.seen == []


def test_without_httpx_the_error_says_what_to_install(
    server: Server, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ModelError, match=r"pip install 'askew\[hosted\]'"):
        ask(server, fake)


def test_a_line_end_after_the_key_does_no_harm(server: Server, fake: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, f"{KEY}\n")
    assert len(ask(server, fake)["data"]) == 1


def test_a_service_that_wants_no_key_gets_none(server: Server, fake: FakeTime) -> None:
    service = Service("t", server.url + "/embeddings", "", "Authorization", "Bearer ", Patience(), fake.clock)
    with pytest.raises(ModelError, match="wrong or no key"):
        service.post(BODY, Event())


def test_the_key_is_in_no_log_error_or_object(
    server: Server, fake: FakeTime, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    service = Service(
        "t", server.url + "/embeddings", VARIABLE, "Authorization", "Bearer ", Patience(tries=2), fake.clock
    )
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
    service = Service("t", server.url, VARIABLE, "Authorization", "Bearer ", Patience(), fake.clock)
    said = service._said(b'{"error": {"message": "' + b"x" * 290 + KEY.encode() + b'y"}}')
    assert said == "x" * 290 + "***y"
    assert len(service._said(b"z" * 1000)) == 301
    assert service._said(b'{"detail": [{"loc": [1], "msg": "too long"}]}') == "too long"
    assert service._said(b'{"error": "plain."}') == "plain"
    assert service._said(b'{"a": [1]}') == service._said(b"") == service._said(b"3") == "it gave no explanation"
