import pytest

from askew.pair_labels.differences import differences

FRAMES = {
    "en": ("Thank you for asking.", "We are here for you."),
    "de": ("Danke für die Frage.", "Wir sind für Sie da."),
}


@pytest.mark.parametrize(
    ("a", "b", "kind", "only"),
    [
        ("You have 14 days to return it.", "You have 30 days to return it.", "number", (("14 days",), ("30 days",))),
        ("Wait for two days, then call.", "Wait for 3 days, then call.", "number", (("two days",), ("3 days",))),
        ("Es kostet 3,50 Euro im Monat.", "Es kostet 4,50 Euro im Monat.", "number", (("3,50 Euro",), ("4,50 Euro",))),
        ("Dogs are allowed in here.", "Dogs are not allowed in here.", "negation", (("allowed",), ("not", "allowed"))),
        (
            "You can't change the order.",
            "You can change it, the order.",
            "negation",
            (("can't", "change"), ("change",)),
        ),
        ("Hunde sind hier erlaubt.", "Hunde sind nicht erlaubt.", "negation", (("erlaubt",), ("nicht", "erlaubt"))),
        ("The door is open at noon.", "The door is closed at noon.", "opposite", (("open",), ("closed",))),
        ("Please ask for Mr Okoro there.", "Please ask for Ms Lind there.", "name", (("Okoro",), ("Lind",))),
    ],
)
def test_sentences_that_contradict(a: str, b: str, kind: str, only: tuple[tuple[str, ...], ...]) -> None:
    before, after = FRAMES["de" if any(word in a for word in ("Euro", "Hunde")) else "en"]
    [found] = differences(f"{before} {a}", f"{b} {after}")
    assert (found.kind, found.a, found.b) == (kind, a, b)
    assert (found.only_a, found.only_b) == only


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("You have 14 days to return it.", "You have 14 days to return it, since 2020."),  # additional, not conflicting
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
