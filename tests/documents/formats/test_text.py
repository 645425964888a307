import pytest

from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.formats.parsing import parse


def test_headings_and_form_feeds_mean_nothing_in_plain_text() -> None:
    assert parse(b"# Pets\n\none\ftwo", "txt") == Draft("# Pets\n\none\ntwo")


@pytest.mark.parametrize("format", ["txt", "md"])
@pytest.mark.parametrize(
    ("encoding", "name"), [("cp1252", "windows-1252"), ("utf-16", "utf-16"), ("utf-16-le", "utf-16")]
)
def test_the_encoding_is_told_unless_it_is_utf_8(format: str, encoding: str, name: str) -> None:
    text = "Der Schlüssel hängt – wie früher – im Büro."
    assert parse(text.encode(encoding), format) == Draft(text, notes=(f"read as {name}",))
    assert parse(text.encode("utf-8-sig"), format) == Draft(text)


@pytest.mark.parametrize("format", ["txt", "md"])
@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("Kran\u00adken\u00adkasse", "Krankenkasse"),
        ("wor\u200bd, \ufefftwo\u2060", "word, two"),
        ("one\r\rtwo\rthree", "one\n\ntwo\nthree"),
        ("a\u00a0b\0 " + "and so on " * 30 + "c", "a b " + "and so on " * 30 + "c"),
    ],
)
def test_invisible_characters_are_removed_and_lines_end_alike(format: str, text: str, clean: str) -> None:
    assert parse(text.encode(), format).text == clean


def test_codes_for_terminals_are_removed() -> None:
    assert parse(b"\x1b[1;31mError:\x1b[0m N\bNA\bAM\bME\bE", "txt").text == "Error: NAME"


@pytest.mark.parametrize("format", ["txt", "md"])
@pytest.mark.parametrize(("data", "word"), [(b" \n", "empty"), (b"\xef\xbb\xbf \n", "empty"), (b"\0" * 9, "binary")])
def test_what_is_no_text_has_a_reason(format: str, data: bytes, word: str) -> None:
    with pytest.raises(UnusableError, match=word):
        parse(data, format)
