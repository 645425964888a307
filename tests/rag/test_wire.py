import json
from itertools import pairwise

import pytest
from helpers.chat_server import event
from hypothesis import given
from hypothesis import strategies as st

from askew.rag.wire import LINE, CutError, StrangeError, events, pieces

SSE = "text/event-stream"


def streamed(*chunks: bytes, kind: str = SSE) -> str:
    return "".join(pieces(chunks, kind))


@given(st.text(), st.lists(st.integers(0, 3000)), st.sampled_from(["\n", "\r\n"]))
def test_no_split_of_the_bytes_changes_the_text(text: str, places: list[int], end: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    content = b": hello\n\n" + event(text, end=end) + event("äö\u2028\x85", end=end) + event(reason="stop", end=end)
    borders = [0, *sorted(place for place in places if place < len(content)), len(content)]
    assert streamed(*(content[a:b] for a, b in pairwise(borders))) == text + "äö\u2028\x85"


def test_events_as_the_standard_has_them() -> None:
    content = b"\xef\xbb\xbf"[:0] + b"event: x\nid: 3\ndata: one\ndata:two\n\n\n: ping\n\ndata\n\ndata: \n\ndata: last"
    assert list(events([content])) == ["one\ntwo", "", "", "last"]


def test_a_stream_ends_with_a_reason_or_with_done() -> None:
    assert streamed(event("a"), event(reason="stop"), b"never read") == "a"
    assert streamed(event("a"), b"data: [DONE]\n\n") == "a"
    assert streamed(event("a", reason="stop")) == "a"
    for broken in ([event("a")], [event("a"), b'data: {"choices": [{"del'], [b"da"], []):
        with pytest.raises(CutError):
            streamed(*broken)


def test_events_without_text_are_passed_over() -> None:
    odd = [{"choices": []}, {"choices": [{"delta": {"content": None}}]}, {"choices": [{"delta": None}]}, {"usage": {}}]
    content = b"".join(b"data: " + json.dumps(fields).encode() + b"\n\n" for fields in odd)
    assert streamed(content, event("a", reason="stop")) == "a"


def test_an_answer_in_one_piece() -> None:
    whole = {"choices": [{"message": {"content": "All of it [1]."}, "finish_reason": "stop"}]}
    content = json.dumps(whole).encode()
    assert streamed(content[:9], content[9:], kind="application/json") == "All of it [1]."
    with pytest.raises(CutError):
        streamed(content[:-3], kind="application/json")


@pytest.mark.parametrize(
    ("content", "kind", "said"),
    [
        (b"<p>Welcome</p>", "text/html", "a web page: <p>Welcome"),
        (b"<p>Welcome</p>\n", "text/plain", "something else than a chat's answer: <p>Welcome"),
        (b'{"ok": true}', "application/json", "JSON without an answer"),
        (b"[]", "application/json", "no object"),
        (b'data: {"error": {"message": "out of memory"}}\n\n', SSE, "an error: out of memory"),
        (b'data: {"error": "busy"}\n\n', SSE, "an error: busy"),
        (event(reason="length"), SSE, "limit of tokens"),
        (event(reason="content_filter"), SSE, "its filter"),
        (b"data: " + b"x" * (LINE + 1), SSE, "a line without an end"),
    ],
)
def test_what_is_no_answer_says_what_it_is(content: bytes, kind: str, said: str) -> None:
    with pytest.raises(StrangeError, match=said):
        streamed(content, kind=kind)
