import pytest
from helpers.read import read, said

from askew.pair_labels.alignment import align
from askew.pair_labels.contradictions import Conflicts, cancelled, denied, opposed, quoted
from askew.types import Span


def test_words_are_quoted_as_they_stand() -> None:
    assert quoted(read("Red  Lamps"), Span(0, 3), Span(5, 10)) == "“Red”, “Lamps”"
    assert quoted(read("Red")) == ""


def found(a: str, b: str, language: str = "en") -> Conflicts:
    left, right = read(a, language), read(b, language)
    return opposed(left, right, align(left, right))


@pytest.mark.parametrize(
    ("a", "b", "language", "pair"),
    [
        ("How do I lock the gate?", "How did you unlock the gate?", "en", ("lock", "unlock")),
        ("He bought the house.", "He sells the house.", "en", ("bought", "sells")),
        ("The lower lane is safe.", "The lower lane is unsafe.", "en", ("safe", "unsafe")),
        ("Is the ticket valid today?", "Is the ticket invalid today?", "en", ("valid", "invalid")),
        ("The parts are compatible.", "The parts are incompatible.", "en", ("compatible", "incompatible")),
        ("Turn the heating on.", "Turn the heating off.", "en", ("on", "off")),
        ("Ist die Tür offen?", "Ist die Tür geschlossen?", "de", ("offen", "geschlossen")),
        ("Der Test war gültig.", "Der Test war ungültig.", "de", ("gültig", "ungültig")),
    ],
)
def test_opposites(a: str, b: str, language: str, pair: tuple[str, str]) -> None:
    [conflict] = found(a, b, language)
    assert (said(a, conflict.a), said(b, conflict.b)) == ([pair[0]], [pair[1]])
    assert len(found(b, a, language)) == 1


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("The shop is not open.", "The shop is closed."),
        ("Do you sell maps?", "Can I buy maps?"),
        ("Put me on the list of guests.", "Get the guests off my back and write a list."),
        ("Is the room warm or cold?", "Is the room cold?"),
        ("Fill in the form.", "I will inform him of the form."),
        ("I like to walk on a hot day in town.", "A cold wind blows over the sea."),
    ],
)
def test_no_opposites(a: str, b: str) -> None:
    assert found(a, b) == ()
    assert found(b, a) == ()


def test_a_negation_and_an_opposite_come_to_the_same() -> None:
    assert cancelled(read("It is not open."), read("It is closed."))
    assert not cancelled(read("It is open."), read("It is closed."))


@pytest.mark.parametrize(
    ("a", "b", "left", "right"),
    [
        ("You can cancel the booking.", "You can't cancel the booking.", ["cancel"], ["can't", "cancel"]),
        ("Why isn't the new heater working?", "Why is the new heater working?", ["isn't", "working"], ["working"]),
        ("I paid but got no receipt.", "I paid and got a receipt.", ["no", "receipt"], ["receipt"]),
    ],
)
def test_one_denies_what_the_other_says(a: str, b: str, left: list[str], right: list[str]) -> None:
    [found] = denied(read(a), read(b))
    assert (said(a, found.a), said(b, found.b)) == (left, right)
    [turned] = denied(read(b), read(a))
    assert (turned.a, turned.b) == (found.b, found.a)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("The lift works.", "The lift doesn't."),  # it does not say what
        ("You cannot cancel the booking.", "The booking can't be cancelled."),
        ("I can't log in to the site.", "How do I log in to the site?"),
        ("I cannot swim well. Where do I learn to swim well?", "Where can I learn to swim well?"),
        ("I was not told to bring a towel to the pool.", "Bring a towel."),
        ("Where is my coat? It was to arrive and nothing came.", "My coat hasn't arrived, where is it?"),
        ("He does not eat fish on a Friday.", "They like to walk home."),
    ],
)
def test_no_conflict(a: str, b: str) -> None:
    assert denied(read(a), read(b)) == ()
    assert denied(read(b), read(a)) == ()
