import io
import json
import sys
import unicodedata
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.terminal import Guard, flowing, json_text, one_line, prose, unguarded

EVERY = map(chr, range(sys.maxunicode + 1))
ACTING = [character for character in EVERY if unicodedata.category(character) in ("Cc", "Zl", "Zp", "Cs")]
BIDI = [chr(code) for code in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))]
HIDDEN = [chr(code) for code in (0xAD, 0x180E, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xE0041, 0x1D173)]
TEXTS = st.text(st.characters() | st.sampled_from([*ACTING[:70], *BIDI, *HIDDEN, "क", "👩"]))


def test_whatever_could_act_is_escaped_and_nothing_else() -> None:
    for character in (*ACTING, *BIDI, *HIDDEN):
        shown = one_line(f"a{character}b")
        assert shown.isascii()
        assert shown.startswith("a\\")
        assert shown.encode().decode("unicode_escape", "surrogatepass") == f"a{character}b"
    assert one_line("\x1b[2J\x9b\u202e\n\t\r\U000e0041") == r"\x1b[2J\x9b\u202e\n\t\r\U000e0041"
    same = "é ñ 漢字 עברית عربي \xa0 \u3000 👍🏽 ❤\ufe0f \\x1b naïve ﬁ \ue0b0"
    assert one_line(same) == prose(same) == same


@pytest.mark.parametrize("text", ["👩\u200d💻", "می\u200cخواهم", "क\u094d\u200dष"])
def test_joiners_stay_where_they_shape_a_script_and_are_seen_where_they_hide(text: str) -> None:
    assert one_line(text) == text
    assert one_line("pay\u200dpal a\u200c \u200db") == r"pay\u200dpal a\u200c \u200db"


def test_prose_keeps_its_lines_and_tabs() -> None:
    assert prose("a\n\tb\r\nc\rd\x0ce\u2028f") == "a\n\tb\nc\\rd\\x0ce\\u2028f"


@given(st.lists(TEXTS))
def test_what_flows_in_pieces_is_shown_as_the_whole(pieces: list[str]) -> None:
    assert "".join(flowing(pieces)) == prose("".join(pieces))


def test_what_came_before_a_failure_is_shown() -> None:
    def failing() -> Iterator[str]:
        yield "a\x1b"
        raise ConnectionError

    pieces = flowing(failing())
    assert next(pieces) + next(pieces) == "a\\x1b"
    with pytest.raises(ConnectionError):
        next(pieces)


@given(st.recursive(TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_json_is_the_same_json_without_what_acts(value: object) -> None:
    text = json_text(json.dumps(value, ensure_ascii=False, indent=2))
    assert json.loads(text) == json.loads(json.dumps(value))
    assert prose(text) == text


def test_a_guarded_stream_writes_nothing_that_acts_and_is_otherwise_the_stream() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    guard = Guard(stream)
    assert guard.write("a\x1b]0;x\x07\n") == 8
    guard.writelines(["\u202e", "b"])
    print("c\x9b", file=guard, flush=True)
    assert stream.buffer.getvalue() == b"a\\x1b]0;x\\x07\n\\u202ebc\\x9b\n"
    assert (guard.encoding, guard.isatty()) == ("utf-8", False)
    assert unguarded(guard) is stream
    assert unguarded(stream) is stream
