import pytest
from helpers.read import read


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
