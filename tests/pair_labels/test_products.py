import pytest
from helpers.read import read, said

from askew.pair_labels.alignment import align
from askew.pair_labels.products import renamed


@pytest.mark.parametrize(
    ("a", "b", "language", "left", "right"),
    [
        ("Please ask Carla Ruiz.", "Please ask Carlo Ruiz.", "en", ["Carla"], ["Carlo"]),
        ("Frau Behrend kommt.", "Frau Behrent kommt.", "de", ["Behrend"], ["Behrent"]),
        ("A vest, size S", "A vest, size L", "en", ["S"], ["L"]),
        ("Sails for the Skiff 7", "Sails for the Skiff 7 Lite", "en", ["7"], ["7 Lite"]),
        ("Segel für die Skiff 7 Pro", "Segel für die Skiff 7 Lite", "de", ["7 Pro"], ["7 Lite"]),
    ],
)
def test_a_letter_or_a_suffix_makes_another(a: str, b: str, language: str, left: list[str], right: list[str]) -> None:
    one, other = read(a, language), read(b, language)
    [conflict] = renamed(one, other, align(one, other))
    assert (said(a, conflict.a), said(b, conflict.b)) == (left, right)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Where is the Hillary Pier?", "Where is the Hilary Pier?"),
        ("Sails for the Skiff 7", "Sails for the Skiff 7, please"),
        ("It costs 7 Euro", "It costs 7 Euro Plus"),
        ("In 2016 the pier fell.", "In 2016 Pier the fell."),
    ],
)
def test_a_slip_or_another_addition_does_not(a: str, b: str) -> None:
    one, other = read(a), read(b)
    assert renamed(one, other, align(one, other)) == ()
