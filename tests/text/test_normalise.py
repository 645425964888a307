import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from askew.text.normalise import normalise


@pytest.mark.parametrize(
    "texts",
    [
        ("Hello,  World!", "hello world"),
        ("Is it open?\n", "IS IT — OPEN", "is it – open"),
        ("don’t", "DON'T", "don‘t"),
        ("ﬁne Ａ１ Straße", "fine a1 strasse"),
        ("co\u00adoperate\u200b", "cooperate"),
        ("I ❤\ufe0f it", "i ❤ it"),
        ("你好，世界", "你好 世界。"),
        ("cafe\u0301", "CAFÉ"),
        ("3–4 weeks", "3-4 weeks", "3 – 4 weeks", "3 - 4 weeks", "3—4 weeks"),
        ("१२ रुपये।", "१२ रुपये"),
        ('"Windows 10"', "Windows 10", "“Windows 10”", "«Windows 10»", "'Windows 10'"),
        ("Windows®", "Windows™", "windows"),
        ("—Hello", "Hello", "–Hello"),
        ("* item\n* other", "item\nother"),
        ("−5", "-5", "–5"),
        ("Attention : danger", "Attention: danger"),
        ("5′ tall", "5' tall"),
        ("in 2019. 2020 was", "in 2019 2020 was"),
        ("½", "1/2"),
    ],
)
def test_harmless_differences_vanish(texts: tuple[str, ...]) -> None:
    assert len(set(map(normalise, texts))) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("How do I learn C?", "How do I learn C#?", "How do I learn C++?"),
        ("5 % off", "5 off"),
        ("It is -3 today", "It is 3 today"),
        ("(-3)", "(3)"),
        ("costs 1.5", "costs 15", "costs 1 5", "costs .15"),
        (".5", "5"),
        ("at 12:30", "at 12 30"),
        ("a > b", "a < b", "a = b", "a != b", "a b"),
        ("pay in €", "pay in $", "pay in"),
        ("I 👍 it", "I 👎 it"),
        ("What is 10 / 5?", "What is 10 - 5?", "What is 10 * 5?", "What is 10 5?"),
        ("What does [] mean?", "What does {} mean?", "What does () mean?", "What does mean?"),
        ('What does ";" mean?', 'What does ":" mean?', "What does mean?"),
        ("What is .NET?", "What is net?"),
        ("ls -v", "ls v", "ls --v"),
        ("10² m", "102 m"),
        ("2½", "21/2"),
        ("5 MW", "5 mW"),
        ("a 5' board", 'a 5" board', "a 5 board"),
        ("and/or", "and or"),
        ("नमस्ते", "नमसत"),
        ("therapist", "the rapist"),
    ],
)
def test_differences_in_meaning_stay(texts: tuple[str, ...]) -> None:
    assert len(set(map(normalise, texts))) == len(texts)


def test_only_blank_texts_have_an_empty_normal_form() -> None:
    signs = ["?!", "...", "👍", "👎", "-", "。", "\U0001fae9"]
    assert "" not in map(normalise, signs)
    assert len({normalise(text) for text in signs}) == len(signs)
    assert {normalise(text) for text in ["", " \n\t", "\u3000", "\u200b", "\x00"]} == {""}
    assert normalise("? !") == normalise("?!") != normalise("?")


HARD = (
    '-5 °C, 1’000.50 (net)!|Ǆ ﬃ İstanbul ſ|?! …|a\x00b|\ud800 x|x--5|ͅ|5\' x 6\'|say ";" and 5"|2½ 10² 5 MW|5 -–- 6|—x'
)


@pytest.mark.parametrize("text", HARD.split("|"))
def test_a_normal_form_is_its_own(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@given(st.text(st.sampled_from("aB1 2.,:-–—'\"()[]{}!=*/<>%#½²é中"), max_size=12))
def test_letters_and_digits_are_never_lost(text: str) -> None:
    plain = unicodedata.normalize("NFKC", text).casefold().replace("⁄", "/")
    kept = [character for character in plain if character.isalnum()]
    assert [character for character in normalise(text) if character.isalnum()] == kept
