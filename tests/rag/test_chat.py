import json
import logging
import sys

import pytest

pytest.importorskip("httpx", reason="services are asked through httpx: pip install 'askew[hosted]'")

from helpers.chat_server import KEY, MODEL, Chatting, Fault, event
from helpers.embedding_service import FakeTime

from askew.errors import InputError, ModelError
from askew.net import RetryableError, ServiceError, UnexpectedResponseError
from askew.net.retry import UNREACHED, Limits
from askew.rag.answer import chat_messages
from askew.rag.chat import LONGEST, Chat, _default_key, pieces

SSE = "text/event-stream"
VARIABLE = "ASKEW_TEST_CHAT_KEY"
ASKED = chat_messages("May dogs come?", '[1] Pets\n"""\nWell-behaved dogs may come – on Fridays, says Zoë.\n"""')
SAID = "Well-behaved dogs may come – on Fridays, says Zoë. [1]"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture
def fake() -> FakeTime:
    return FakeTime()


def chat(server: Chatting, fake: FakeTime, limits: Limits = Limits(timeout=5), **changes: str) -> Chat:  # noqa: B008
    arguments = {"url": server.url, "model": MODEL, "key": VARIABLE, **changes}
    return Chat(**arguments, limits=limits, clock=fake.clock)


def said(asked: Chat) -> str:
    return "".join(asked.stream(ASKED))


@pytest.mark.parametrize("kind", ["none", "no-done", "done-only", "unstreamed"])
def test_every_way_of_answering_gives_the_same_text(server: Chatting, fake: FakeTime, kind: str) -> None:
    server.faults.append(Fault(kind))
    assert said(chat(server, fake)) == SAID
    [body] = server.seen
    assert body == {"model": MODEL, "messages": ASKED, "stream": True, "temperature": 0}


def test_the_first_words_are_here_before_the_server_has_sent_the_last(server: Chatting, fake: FakeTime) -> None:
    server.faults.append(Fault("halved"))
    stream = chat(server, fake).stream(ASKED)
    first = [next(stream) for _ in range(5)]
    assert SAID.startswith("".join(first))
    assert not server.halfway.is_set()
    server.halfway.set()
    assert "".join([*first, *stream]) == SAID


def test_leaving_the_stream_closes_the_connection(server: Chatting, fake: FakeTime) -> None:
    server.faults.append(Fault("endless"))
    stream = chat(server, fake).stream(ASKED)
    next(stream)
    stream.close()
    assert server.left.wait(10)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_what_may_pass_is_tried_again_before_the_first_word(server: Chatting, fake: FakeTime, status: int) -> None:
    server.faults.extend([Fault("status", status), Fault("status", status, {"Retry-After": "17"})])
    assert said(chat(server, fake)) == SAID
    assert len(server.seen) == 3
    assert sum(fake.slept) > 17


def test_tries_have_an_end(server: Chatting, fake: FakeTime) -> None:
    server.faults.extend([Fault("status", 500)] * 9)
    with pytest.raises(ServiceError, match=r"tiny-chat: .*HTTP 500: no, 500") as caught:
        said(chat(server, fake, Limits(attempts=2, timeout=5)))
    assert caught.value.attempts == len(server.seen) == 2


def test_a_cut_before_the_first_word_is_tried_again(server: Chatting, fake: FakeTime) -> None:
    server.faults.extend([Fault("cut", 0), Fault("cut", 0)])
    assert said(chat(server, fake)) == SAID
    assert len(server.seen) == 3


@pytest.mark.parametrize("fault", [Fault("cut", 20), Fault("unfinished")])
def test_a_cut_after_it_is_said_and_not_tried_again(server: Chatting, fake: FakeTime, fault: Fault) -> None:
    server.faults.append(fault)
    shown = []
    with pytest.raises(ServiceError):
        shown.extend(chat(server, fake).stream(ASKED))
    assert len(server.seen) == 1
    assert fake.slept == []


def test_nobody_there_is_a_clear_error(server: Chatting, fake: FakeTime) -> None:
    with pytest.raises(ServiceError, match="ConnectError") as caught:
        said(chat(server, fake, url="http://127.0.0.1:9/v1"))
    assert caught.value.attempts == UNREACHED


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_variable(server: Chatting, fake: FakeTime, status: int) -> None:
    server.faults.append(Fault("status", status))
    with pytest.raises(ServiceError, match=VARIABLE) as caught:
        said(chat(server, fake))
    assert caught.value.status == status
    assert KEY not in str(caught.value)


def test_without_a_key_none_is_sent_and_openais_own_is_used_where_it_is_set(
    server: Chatting, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ServiceError) as caught:
        said(chat(server, fake, key=""))
    assert caught.value.status == 401
    server.key = ""
    assert said(chat(server, fake, key="")) == SAID
    assert server.keys == [None, None]
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    server.key = KEY
    assert said(chat(server, fake, key="")) == SAID
    with pytest.raises(ModelError, match="NOT_SET"):
        said(chat(server, fake, key="NOT_SET"))


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://api.openai.com/v1", True),
        ("http://localhost:11434/v1", True),
        ("http://[::1]:8000", True),
        ("http://api.openai.com/v1", False),
        ("https://api.openai.com.example.org/v1", False),
        ("https://example.org/v1", False),
    ],
)
def test_a_key_that_was_not_named_goes_to_its_owner_and_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, url: str, told: bool
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    assert _default_key(url) == ("OPENAI_API_KEY" if told else "")


def test_a_wrong_address_or_model_is_said_as_such(server: Chatting, fake: FakeTime) -> None:
    with pytest.raises(ModelError, match=r"/v2/chat/completions .*no such path"):
        said(chat(server, fake, url=server.url.replace("v1", "v2")))
    with pytest.raises(ModelError, match="'other' not found"):
        said(chat(server, fake, model="other"))
    server.faults.append(Fault("status", 307, {"Location": server.url + "/chat/completions"}))
    with pytest.raises(ServiceError) as caught:
        said(chat(server, fake))
    assert caught.value.status == 307
    assert said(chat(server, fake, url=server.url + "/chat/completions/")) == SAID


@pytest.mark.parametrize("url", ["localhost:11434/v1", "ftp://x/v1", "", "http://", "http://[::1"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(InputError, match="http://"):
        Chat(url, MODEL)


@pytest.mark.parametrize("url", ["https://me:secret@x.org/v1", "https://x.org/v1?key=secret"])
def test_a_key_in_the_url_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(InputError, match="environment variable") as caught:
        Chat(url, MODEL)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("temperature", [float("nan"), float("inf"), -1.0])
def test_a_temperature_is_a_number_from_0_on(temperature: float) -> None:
    with pytest.raises(InputError, match="temperature"):
        Chat("http://x.org/v1", MODEL, temperature=temperature)


@pytest.mark.parametrize("model", ["", " ", "half\ud800", "two\nlines"])
def test_a_model_has_a_name_that_can_be_sent(model: str) -> None:
    with pytest.raises(InputError, match="name"):
        Chat("http://x.org/v1", model)


def test_a_page_is_no_answer(server: Chatting, fake: FakeTime) -> None:
    for kind in ("text/html", "text/plain"):
        server.faults.append(Fault("html", text=kind))
        with pytest.raises(ModelError, match="Welcome to the hotel's network"):
            said(chat(server, fake))
    assert len(server.seen) == 2


def test_an_error_within_the_stream_and_a_limit_are_said(server: Chatting, fake: FakeTime) -> None:
    server.faults.extend([Fault("error"), Fault("length")])
    with pytest.raises(ModelError, match="out of memory"):
        said(chat(server, fake))
    with pytest.raises(ModelError, match="limit"):
        said(chat(server, fake))


def test_an_answer_without_an_end_has_one(server: Chatting, fake: FakeTime) -> None:
    server.faults.append(Fault("endless"))
    shown: list[str] = []
    with pytest.raises(ModelError, match="40,000"):
        shown.extend(chat(server, fake).stream(ASKED))
    assert 0 < sum(map(len, shown)) <= LONGEST
    assert server.left.wait(10)


def test_signs_of_life_without_a_word_are_given_up(server: Chatting, fake: FakeTime) -> None:
    server.faults.append(Fault("alive"))
    with pytest.raises(ServiceError, match="not complete after 1 s") as caught:
        said(chat(server, fake, Limits(total_seconds=1, timeout=5)))
    assert caught.value.attempts == 1


def test_an_answer_is_limited_in_bytes_too(server: Chatting, fake: FakeTime) -> None:
    server.faults.append(Fault("alive"))
    with pytest.raises(ServiceError, match="more than 50 bytes"):
        said(chat(server, fake, Limits(response_bytes=50, timeout=5)))


def test_the_temperature_may_be_left_to_the_service(server: Chatting, fake: FakeTime) -> None:
    list(Chat(server.url, MODEL, VARIABLE, temperature=1.0).stream(ASKED))
    assert "temperature" not in server.seen[0]


def test_the_key_is_in_no_log_error_or_object(
    server: Chatting, fake: FakeTime, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    asked = chat(server, fake, Limits(attempts=2, timeout=5))
    shown = [repr(asked), str(vars(asked)), said(asked)]
    for status in (400, 401, 404, 500, 500, 307):
        server.faults.append(Fault("status", status))
    for _ in range(5):
        with pytest.raises(ModelError) as caught:
            said(asked)
        shown += [str(caught.value), repr(caught.value.__cause__), repr(caught.value.__context__)]
    shown += [str(vars(asked)), caplog.text, *capfd.readouterr()]
    assert caplog.records
    assert server.keys == [f"Bearer {KEY}"] * 7
    assert not [text for text in shown if KEY in text]


def test_without_httpx_the_error_says_what_to_install(
    server: Chatting, fake: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(InputError, match=r"pip install 'askew\[hosted\]'"):
        said(chat(server, fake))


def streamed(*chunks: bytes, kind: str = SSE) -> str:
    return "".join(pieces(chunks, kind))


def test_a_stream_ends_with_a_reason_or_with_done() -> None:
    assert streamed(event("a"), event(reason="stop"), b"never read") == "a"
    assert streamed(event("a"), b"data: [DONE]\n\n") == "a"
    assert streamed(event("a", reason="stop")) == "a"
    for broken in ([event("a")], [event("a"), b'data: {"choices": [{"del'], [b"da"], []):
        with pytest.raises(RetryableError):
            streamed(*broken)


def test_events_without_text_are_passed_over() -> None:
    odd = [{"choices": []}, {"choices": [{"delta": {"content": None}}]}, {"choices": [{"delta": None}]}, {"usage": {}}]
    content = b"".join(b"data: " + json.dumps(fields).encode() + b"\n\n" for fields in odd)
    assert streamed(content, event("a", reason="stop")) == "a"


def test_an_answer_in_one_piece() -> None:
    whole = {"choices": [{"message": {"content": "All of it [1]."}, "finish_reason": "stop"}]}
    content = json.dumps(whole).encode()
    assert streamed(content[:9], content[9:], kind="application/json") == "All of it [1]."
    with pytest.raises(RetryableError):
        streamed(content[:-3], kind="application/json")


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"<p>Welcome</p>", "text/html", "a web page: Welcome"),
        (b"<p>Welcome</p>\n", "text/plain", "stream of events: Welcome"),
        (b'{"ok": true}', "application/json", "JSON without an answer"),
        (b"[]", "application/json", "not an object"),
        (b'data: {"error": {"message": "out of memory"}}\n\n', SSE, "an error: out of memory"),
        (b'data: {"error": "busy"}\n\n', SSE, "an error: busy"),
        (event(reason="length"), SSE, "token limit"),
        (event(reason="content_filter"), SSE, "content filter"),
    ],
)
def test_what_is_no_answer_says_what_it_is(content: bytes, kind: str, said: str) -> None:
    with pytest.raises(UnexpectedResponseError, match=said):
        streamed(content, kind=kind)
