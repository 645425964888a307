import pytest
from helpers import office
from helpers.office import Part

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.pdf import parse

TEXT = "Everyone has thirty days of paid holiday in a year, and may carry five of them over into the next."


def test_headings_from_the_outline_with_their_levels() -> None:
    parts = [Part("Leave", TEXT), Part("Sick leave", "Call us.", 2)]
    made = parse(office.pdf(parts, "Handbook", "Ann", outline=True))
    assert (made.title, made.metadata["author"], made.metadata["pages"]) == ("Handbook", "Ann", 2)
    assert made.text == f"# Leave\n\n{TEXT}\n\f\n## Sick leave\n\nCall us."


def test_without_an_outline_large_letters_are_headings() -> None:
    parts = [Part("Leave", TEXT), Part("Sick leave", TEXT, 2)]
    made = parse(office.pdf(parts))
    assert made.text == f"# Leave\n\n{TEXT}\n\f\n## Sick leave\n\n{TEXT}"
    assert made.title == "Leave"


def test_lines_become_paragraphs_and_broken_words_whole() -> None:
    text = f"{TEXT}\n\nIt is well-known: paid holi-\nday is free.\n- one\n- two"
    assert parse(office.pdf([Part(text=text)], wrap=60)).text == (
        f"{TEXT}\n\nIt is well-known: paid holiday is free.\n\n- one\n- two"
    )


def test_empty_pages_keep_their_place() -> None:
    made = parse(office.pdf([Part(), Part(text="Second."), Part()]))
    assert (made.text, made.metadata["pages"]) == ("\n\f\nSecond.\n\f\n", 3)


def test_only_a_password_for_changes_locks_nobody_out() -> None:
    with pytest.raises(UnusableError, match="encrypted"):
        parse(office.pdf([Part(text=TEXT)], password="secret"))
    assert parse(office.pdf([Part(text=TEXT)], locked=True)).text == TEXT


def test_scanned_pages_are_told() -> None:
    with pytest.raises(UnusableError, match="OCR"):
        parse(office.pdf([Part(), Part()]))
