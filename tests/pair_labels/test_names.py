import pytest
from helpers.read import read

from askew.pair_labels.names import unmatched


def told(text: str, language: str = "en") -> list[str]:
    reading = read(text, language)
    return [" ".join(name.forms) for name in reading.names if name.surely]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Does the train to New York stop in Boston?", "en", ["new york", "boston"]),
        ("Please ask Mr Okafor on Monday in May.", "en", ["okafor"]),
        ("I was told that he is a Bank of Elmham customer.", "en", ["bank of elmham"]),
        ("London is big. Paris is bigger.", "en", []),
        ("Amazon's office is near.", "en", ["amazon"]),
        ("Please READ this with care", "en", ["read"]),
        ("How To Clean Your New Oven In Ten Minutes", "en", []),
        ("SEND IT TO ROME", "en", []),
        ("Der Zug nach Hamburg hat einen Speisewagen.", "de", ["hamburg"]),
    ],
)
def test_capitals_that_grammar_does_not_ask_for(text: str, language: str, expected: list[str]) -> None:
    assert told(text, language) == expected


@pytest.mark.parametrize(
    ("a", "b", "met"),
    [
        ("the songs of Ludwig van Beethoven", "the songs of Beethoven", True),
        ("a letter to Prime Minister Anna Holm", "a letter to PM Holm", True),
        ("the plan of Kathrine Bell", "the plan of Katherine Bell", True),
        ("the heat of the Simpson Desert", "the heat of the Sonoran Desert", False),
        ("the laws of the United States", "the laws of the USA", True),
        ("the laws of the European Union", "the laws of the EU", True),
        ("the food in China", "the Chinese food here", True),
        ("ask the man from Kazakhstan", "ask the man from Khazakstan", True),
        ("find it on Example.org", "find it on Example", True),
        ("the road to Oslo", "the road to oslo", True),
        ("Oslo is far", "the road to Oslo", True),
        ("a house in New York", "a house in New Jersey", False),
        ("the food in Austria", "the food in Australia", False),
        ("the food in Iran", "the food in Iraq", False),
        ("it runs on Java", "it runs on JavaScript", False),
    ],
)
def test_a_name_is_met_in_other_forms(a: str, b: str, met: bool) -> None:
    left, right = read(a), read(b)
    assert (unmatched(left.names, right.names, right.forms, left.lexicon) == []) is met
    assert (unmatched(right.names, left.names, left.forms, left.lexicon) == []) is met
