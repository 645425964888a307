import re
import sys
import unicodedata

import pytest

from askew.text.words import MARKS, SPACELESS, folded, spans, word_count, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Don’t panic: it's 1.5 km, at 12:30!", ["don't", "panic", "it's", "1.5", "km", "at", "12:30"]),
        ("e-mail (C++, C# and C) a+b snake_case", ["e-mail", "c++", "c#", "and", "c", "a", "b", "snake", "case"]),
        ("नमस्ते दुनिया।", ["नमस्ते", "दुनिया"]),
        ("مَرْحَبًا بالعالم؟", ["مَرْحَبًا", "بالعالم"]),
        ("cafe\u0301 Ａ１", ["café", "a1"]),
        ("你好，世界", ["你", "好", "世", "界"]),
        ("カード", ["カ", "ー", "ド"]),
        ("다리는 언제 지어졌나", ["다리는", "언제", "지어졌나"]),
        ("ไทย 5 บาท", ["ไ", "ท", "ย", "5", "บ", "า", "ท"]),
        ("— ... 👍 “”", []),
        ("", []),
    ],
)
def test_words_of_any_script(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_spans_lead_back_to_the_text() -> None:
    text = "Ist das C++-Buch neu? 是的"
    assert [text[start:end] for start, end in spans(text)] == ["Ist", "das", "C++", "Buch", "neu", "是", "的"]
    assert [text[start:end] for start, end in spans(text, 4, 11)] == ["das", "C++"]


@pytest.mark.parametrize(
    ("text", "count"),
    [("one two-fold it's", 3), ("你好世界你好世界你好世界你好世界你", 10), ("กรุงเทพมห", 2), ("Python 是", 1 + 1 / 1.7)],
)
def test_word_count_allows_for_scripts_without_spaces(text: str, count: float) -> None:
    assert word_count(text) == pytest.approx(count)


def test_folding_evens_out_case_and_signs() -> None:
    assert folded("L’ÉTÉ") == folded("l'été")
    assert folded("STRASSE") == folded("Straße")


def test_every_combining_mark_of_the_scripts_in_use_is_part_of_a_word() -> None:
    part = re.compile(f"[{MARKS}{SPACELESS}]")
    blocks = [(0x300, 0x36F), (0x591, 0x5C7), (0x610, 0x6ED), (0x900, 0xDFF), (0xE00, 0xEFF), (0x1000, 0x109F)]
    lost = [
        chr(code)
        for low, high in blocks
        for code in range(low, high + 1)
        if unicodedata.category(chr(code))[0] == "M" and not part.match(chr(code))
    ]
    assert lost == []
    assert not any(part.match(mark) for mark in "।॥、。・၊។" if sys.maxunicode)
