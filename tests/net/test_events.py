import sys
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("httpx_sse", reason="event streams are decoded by httpx-sse: pip install 'askew[hosted]'")

from askew.errors import InputError
from askew.net import UnexpectedResponseError
from askew.net.http import HEAD, events


def test_events_as_the_standard_has_them() -> None:
    content = b"event: x\nid: 3\ndata: one\ndata:two\n\n\n: ping\n\nother: x\n\ndata: \n\r\ndata: three\r\rretry: 5\n\n"
    assert list(events([content])) == ["one\ntwo", "three"]


def test_the_last_event_needs_no_blank_line() -> None:
    assert list(events([b"data: a\n\nda", b"ta: last"])) == ["a", "last"]
    assert list(events([b"data: a\n\ndata: last\r"])) == ["a", "last"]


@given(
    st.text(st.characters(exclude_characters="\r\n")),
    st.lists(st.integers(0, 400)),
    st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_no_split_of_the_bytes_changes_the_data(text: str, places: list[int], end: str) -> None:
    text = "ä\u2028\x85" + text.encode("utf-8", "replace").decode()
    content = f": hello{end}{end}data: {text}{end}{end}data: done{end}{end}".encode()
    borders = [0, *sorted(place for place in places if place < len(content)), len(content)]
    assert list(events(content[a:b] for a, b in pairwise(borders))) == [text, "done"]


def test_events_are_yielded_as_they_arrive() -> None:
    taken = []

    def chunks() -> None:
        for number in range(3):
            taken.append(number)
            yield b"data: %d\n\n" % number

    stream = events(chunks())
    assert next(stream) == "0"
    assert taken == [0]


@pytest.mark.parametrize("chunks", [[], [b"da"], [b": ping\n\n", b": ping\n\n"], [b"id"]])
def test_a_stream_that_was_cut_before_its_first_event_has_none(chunks: list[bytes]) -> None:
    assert list(events(chunks)) == []


def test_anything_else_is_an_error_that_quotes_its_start() -> None:
    with pytest.raises(UnexpectedResponseError, match=r"Welcome$"):
        list(events([b"<p>", b"Welcome</p>\n"]))
    with pytest.raises(UnexpectedResponseError) as caught:
        list(events([b"x" * 1000] * 1000))
    assert len(str(caught.value)) < HEAD + 2000


def test_without_httpx_sse_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx_sse", None)
    with pytest.raises(InputError, match=r"pip install 'askew\[hosted\]'"):
        list(events([b"data: a\n\n"]))
