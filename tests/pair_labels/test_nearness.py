import pytest
from helpers.read import read

from askew.pair_labels.alignment import align
from askew.pair_labels.nearness import identical, nearly, squashed, within


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("Where is it?", "where  is it", True),
        ("Caf\u00e9", "CAFE\u0301!", True),
        ("ﬁne", "fine", True),
        ("the customer’s", "the customer's", True),
        ("3.5", "35", False),
        ("-5", "5", False),
        ("C++", "C", False),
        ("How do I learn C?", "How do I learn C#?", False),
        ("5 %", "5", False),
        ("5 €", "5 $", False),
        ("!!", "??", False),
        ("🙂", "🙁", False),
        ("", "", True),
        ("Straße", "STRASSE", True),
    ],
)
def test_identical_but_for_case_marks_and_spaces(a: str, b: str, same: bool) -> None:
    assert identical(a, b) is same


def test_spaces_and_apostrophes_are_squashed() -> None:
    assert squashed("web site") == squashed("Website!")
    assert squashed("Don’t") == squashed("dont")


@pytest.mark.parametrize(
    ("a", "b", "near"),
    [
        ("Please send the parcel today.", "Please send the parcels today.", True),
        ("Please send the parcel today.", "Pleas send the parcle today.", True),
        ("Please send the parcel today.", "Send my parcel today", True),
        ("Open the website", "Open the web site", True),
        ("Please send the parcel today.", "Please burn the parcel today.", False),
        ("How do I send it?", "Do I send it?", False),
        ("Send 3 of them today.", "Send them today.", False),
    ],
)
def test_the_same_but_for_slips_endings_and_small_words(a: str, b: str, near: bool) -> None:
    left, right = read(a), read(b)
    assert bool(nearly(left, right, align(left, right))) is near


def test_one_text_stands_in_another_that_says_more() -> None:
    short = "The lift in the north wing is broken."
    long = f"Good morning, this is reception. {short} We have called a mechanic, who will come in the afternoon."
    for a, b in ((short, long), (long, short)):
        left, right = read(a), read(b)
        span = within(left, right, align(left, right))
        assert long[span.start : span.end] == short.rstrip(".")
    left, right = (
        read(short),
        read("The mechanic said that the wing of the lift, far up north, is what is broken now."),
    )
    assert not within(left, right, align(left, right))
    left, right = read(short), read(short + " Sorry.")
    assert not within(left, right, align(left, right))
