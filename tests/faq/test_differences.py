import pytest

from askew.faq.differences import differences


@pytest.mark.parametrize(
    ("a", "b", "kind", "only"),
    [
        ("You have 14 days to return it.", "You have 30 days to return it.", "number", (("14",), ("30",))),
        ("Wait for two days, then call.", "Wait for 3 days, then call.", "number", (("2",), ("3",))),
        ("Es kostet 3,50 Euro im Monat.", "Es kostet 4,50 Euro im Monat.", "number", (("3,50",), ("4,50",))),
        ("Dogs are allowed in the shop.", "Dogs are not allowed in the shop.", "negation", ((), ("not",))),
        ("You can't change the order.", "You can change the order.", "negation", (("can't",), ())),
        ("Hunde sind im Laden erlaubt.", "Hunde sind im Laden nicht erlaubt.", "negation", ((), ("nicht",))),
    ],
)
def test_numbers_and_negation_contradict(a: str, b: str, kind: str, only: tuple[tuple[str, ...], ...]) -> None:
    [found] = differences(f"Thank you for asking. {a}", f"{b} We are here for you.")
    assert (found.kind, found.a, found.b) == (kind, a, b)
    assert (found.only_a, found.only_b) == only


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("You have 14 days to return it.", "You have 14 days to return it, since 2020."),  # tells more, not other
        ("You have two weeks to return it.", "It ships in 3 days."),
        ("You have two days.", "You have 2 days."),
        ("You cannot change it.", "You can't change it."),
        ("Dogs are not allowed.", "The shop opens at nine."),
        ("", "Five days."),
    ],
)
def test_what_is_said_otherwise_does_not(a: str, b: str) -> None:
    assert differences(a, b) == []
    assert differences(b, a) == []


def test_a_sentence_is_set_beside_the_one_most_like_it() -> None:
    a = "Letters take 2 days to arrive. Parcels take 5 days to arrive."
    assert differences(a, "Parcels take 5 days to arrive. Letters take 2 days to arrive.") == []
