import pytest
from helpers.read import split

from askew.pair_labels.lexicon import lexicon
from askew.pair_labels.words import slipped, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, World!", ["hello", "world"]),
        (
            "a second-hand e-mail and/or a non-refundable fee",
            ["a", "second", "hand", "email", "and", "or", "a", "nonrefundable", "fee"],
        ),
        ("the 65-litre A-1234 weighs 5kg", ["the", "65", "litre", "a-1234", "weighs", "5", "kg"]),
        ("from 10-12, on 2024-03-03 or 3/4/2024", ["from", "10", "12", "on", "2024-03-03", "or", "3/4/2024"]),
        ("C++ costs 5% or €3 (Rs.150)", ["c++", "costs", "5", "%", "or", "€", "3", "rs", "150"]),
        ("U.S. law on example.org", ["us", "law", "on", "example.org"]),
        ("ＦＵＬＬ width ﬁne", ["full", "width", "fine"]),
        ("東京で会う AI", ["東", "京", "で", "会", "う", "ai"]),
        ("ไทย", ["ไ", "ท", "ย"]),
        ("\u2026 ?! —", []),
    ],
)
def test_words_are_told_apart_by_their_forms(text: str, expected: list[str]) -> None:
    assert [word.form for word in split(text)] == expected


def test_each_word_stands_where_it_says() -> None:
    text = "The cafe\u0301 isn’t open; come at 8pm."
    assert [text[word.start : word.end] for word in split(text)] == [
        *("The", "cafe\u0301", "isn’t", "open", "come", "at", "8", "pm"),
    ]
    assert [word.form for word in split(text)][1:3] == ["café", "isn't"]


def test_the_first_word_of_a_sentence_and_what_a_comma_sets_apart() -> None:
    found = split("Dr. Hale left. He, too, went")
    assert [word.form for word in found if word.first] == ["dr", "he"]
    assert [word.form for word in found if word.apart] == ["too", "went"]


@pytest.mark.parametrize(("written", "base"), [("can't", "can"), ("isnt", "is"), ("won’t", "will"), ("didn't", "did")])
def test_a_negation_inside_a_word_is_cut_off(written: str, base: str) -> None:
    [word] = split(written)
    assert word.denies
    assert word.base == split(base)[0].base


def test_capitals_tell_a_name_from_a_word_of_grammar() -> None:
    assert [word.function for word in split("Send us to the US, who asked the WHO?")] == [
        *(False, True, True, True, False, True, False, True, False),
    ]
    assert not any(word.upper for word in split("SEND US THE BOX"))


@pytest.mark.parametrize(
    "forms",
    ["go goes going went gone", "child children", "steigen stieg gestiegen", "pay paid", "colour colors"],
)
def test_the_forms_of_a_word_share_their_base(forms: str) -> None:
    known = lexicon("de" if "stieg" in forms else "en")
    assert len({word.base for word in words(forms, known)}) == 1
    assert len({word.plain for word in words("pay paid", known)}) == 2


@pytest.mark.parametrize(
    ("a", "b", "most", "expected"),
    [
        ("parcel", "parcel", 1, True),
        ("parcel", "parcle", 1, True),
        ("parcel", "parcl", 1, True),
        ("parcel", "parccel", 1, True),
        ("parcel", "pardel", 1, True),
        ("parcel", "barcel", 1, False),
        ("parcel", "marble", 2, False),
        ("guarantee", "garantie", 1, False),
        ("guarantee", "garantie", 2, True),
        ("", "a", 1, False),
    ],
)
def test_letters_wrong_missing_too_many_or_exchanged(a: str, b: str, most: int, expected: bool) -> None:
    assert slipped(a, b, most) is expected
    assert slipped(b, a, most) is expected
