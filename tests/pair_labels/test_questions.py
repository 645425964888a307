import pytest
from helpers.read import read


@pytest.mark.parametrize(
    ("text", "language", "what"),
    [
        ("When does it start?", "en", "when"),
        ("At what time does it start?", "en", "when"),
        ("Please tell me where it is.", "en", "where"),
        ("I have a ticket. How much is the tour?", "en", "how much"),
        ("How many are there?", "en", "how many"),
        ("How is it made?", "en", "how"),
        ("What's the reason for that?", "en", "why"),
        ("Is it open when it rains?", "en", ""),
        ("It is here.", "en", ""),
        ("Um wie viel Uhr geht es los?", "de", "when"),
        ("Wie lange dauert es?", "de", "how long"),
        ("Weshalb?", "de", "why"),
    ],
)
def test_what_a_question_asks_for(text: str, language: str, what: str) -> None:
    assert read(text, language).asked.what == what


def test_the_words_that_ask() -> None:
    asked = read("So how much is it?").asked
    assert (asked.first, asked.last) == (1, 2)
