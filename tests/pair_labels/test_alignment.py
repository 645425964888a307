import pytest
from helpers.read import read

from askew.pair_labels.alignment import Alignment, Hole, Place, align, identical, nearly, squashed, within


def aligned(a: str, b: str) -> Alignment:
    return align(read(a), read(b))


def test_holes_lie_between_what_is_shared() -> None:
    found = aligned("we open the shop at nine", "we open a big shop at ten")
    assert found.matched == 4
    assert found.holes == (Hole(2, 3, 2, 4), Hole(5, 6, 6, 7))
    assert found.exchanged(Place(5), Place(6))
    assert not found.exchanged(Place(5), Place(3))
    assert found.holes[0].size == 3


def test_inflection_is_no_hole() -> None:
    assert aligned("she sends parcels", "she send a parcel").holes == (Hole(2, 2, 2, 3),)
    assert len(align(read("she sends parcels"), read("she send a parcel"), exact=True).holes) == 1


def test_equal_texts_have_none_and_others_one() -> None:
    assert aligned("a b c", "A, b; c!").holes == ()
    assert aligned("red fox", "tall tree").holes == (Hole(0, 2, 0, 2),)
    assert aligned("", "tall tree").holes == (Hole(0, 0, 0, 2),)


def test_two_stretches_are_exchanged_where_little_stands_around_them() -> None:
    a, b = read("a ticket to Crewe please"), read("a ticket to Stoke please")
    assert align(a, b).exchanged(a.names[0], b.names[0])
    c = read("a ticket for my dear old aunt from Stoke please")
    assert not align(a, c).exchanged(a.names[0], c.names[0])


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
