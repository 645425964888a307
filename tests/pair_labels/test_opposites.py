import pytest
from helpers.read import read, said

from askew.pair_labels.alignment import align
from askew.pair_labels.conflict import Conflicts
from askew.pair_labels.opposites import cancelled, opposed


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
