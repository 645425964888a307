import pytest
from helpers.read import read

from askew.pair_labels.reading import overlap, reading
from askew.types import Span


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


def heads(text: str, language: str) -> list[str]:
    reading = read(text, language)
    return [reading.words[denial.head].form if denial.head >= 0 else "?" for denial in reading.denials]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Dogs are not allowed.", "en", ["allowed"]),
        ("It does not have to be signed for.", "en", ["signed"]),
        ("I can't open it.", "en", ["open"]),
        ("He no longer pays.", "en", ["pays"]),
        ("There is no hot water in it.", "en", ["water"]),
        ("It came without any pegs.", "en", ["pegs"]),
        ("The pegs are missing.", "en", ["pegs"]),
        ("She refused to pay.", "en", ["pay"]),
        ("It never fails to start.", "en", []),
        ("Do not enter without a key.", "en", []),
        ("It is not only cheap but good.", "en", []),
        ("I will come, won't I?", "en", []),
        ("Can't I pay by card?", "en", []),
        ("Is there no way to pay?", "en", []),
        ("Should it be banned or not?", "en", []),
        ("You sent the wrong one, not the blue one.", "en", []),
        ("Why doesn't the lamp burn?", "en", ["?"]),
        ("It did not work but I paid.", "en", ["work"]),
        ("Hunde sind nicht erlaubt.", "de", ["erlaubt"]),
        ("Ich verstehe das nicht.", "de", ["verstehe"]),
        ("Wir haben keine Karten mehr.", "de", ["karten"]),
        ("Der Deckel fehlt.", "de", ["deckel"]),
    ],
)
def test_what_is_denied(text: str, language: str, expected: list[str]) -> None:
    assert heads(text, language) == expected


def test_what_carries_matter() -> None:
    found = read("We do not ship the red lamps to Malta before 3 May.")
    assert list(found.content) == ["ship", "lamp", "malta"]
    assert {"red", "3", "may"} == {found.words[n].form for n in found.valued}


def test_words_lead_back_to_the_text() -> None:
    text = "Lamps,  and bulbs!"
    assert text[slice(*_ends(read(text).span(0, 2)))] == "Lamps,  and bulbs"


def _ends(span: Span) -> tuple[int, int]:
    return span.start, span.end


def test_overlap_is_the_share_of_the_one_with_fewer() -> None:
    assert overlap(read("lamps"), read("a lamp and a bulb")) == 1.0
    assert overlap(read("lamps and wires"), read("a lamp, a bulb")) == 0.5
    assert overlap(read("the"), read("a lamp")) == 1.0


def test_a_text_is_read_once() -> None:
    assert reading("Lamps.", "en") is reading("Lamps.", "en")
    assert reading("Lamps.", "en") is not reading("Lamps.", "de")
