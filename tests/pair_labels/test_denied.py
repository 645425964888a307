import pytest
from helpers.read import read, said

from askew.pair_labels.denied import denied


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
