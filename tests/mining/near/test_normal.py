import pytest

from askew.mining.near.normal import normal


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hello,  World!", "hello world"),
        ("Is it open?\n", "IS IT — OPEN"),
        ("don’t", "DON'T"),
        ("ﬁne Ａ１ Straße", "fine a1 strasse"),
        ("co\u00adoperate\u200b", "cooperate"),
        ("I ❤\ufe0f it", "i ❤ it"),
        ("你好，世界", "你好 世界。"),
        ("cafe\u0301", "CAFÉ"),
        ("3–4 weeks", "3-4 weeks"),
        ("१२ रुपये।", "१२ रुपये"),
    ],
)
def test_spelling_makes_no_difference(one: str, other: str) -> None:
    assert normal(one) == normal(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("It is -5 today", "It is 5 today"),
        ("costs 1.5", "costs 15"),
        ("costs 1.5", "costs 1 5"),
        ("at 12:30", "at 12 30"),
        ("What is C#?", "What is C?"),
        ("What is C++?", "What is C?"),
        ("5 % off", "5 off"),
        ("pay in €", "pay in $"),
        ("I 👍 it", "I 👎 it"),
        ("नमस्ते", "नमसत"),  # vowel signs are part of the word
        ("therapist", "the rapist"),
    ],
)
def test_what_carries_meaning_makes_one(one: str, other: str) -> None:
    assert normal(one) != normal(other)


def test_only_blank_texts_are_empty() -> None:
    signs = ["?!", "...", "👍", "👎", "-", "—x", "。", "\U0001fae9"]
    assert "" not in map(normal, signs)
    assert len({normal(text) for text in signs}) == len(signs)
    assert {normal(text) for text in ["", " \n\t", "\u3000", "\u200b", "\x00"]} == {""}
    assert normal("? !") == normal("?!") != normal("?")


@pytest.mark.parametrize("text", ["-5 °C, 1’000.50 (net)!", "Ǆ ﬃ İstanbul ſ", "?! …", "a\x00b", "\ud800 x", "x--5", "ͅ"])
def test_a_normal_form_is_its_own(text: str) -> None:
    assert normal(normal(text)) == normal(text)
