from datetime import UTC, datetime

import pytest

from askew.documents.formats import draft as module
from askew.documents.formats.draft import UnusableError, clean, dated, draft, is_binary, iso, one_line, paged


def test_what_no_reader_sees_is_left_out() -> None:
    assert clean("a\x00b\x1fc\u00add\ud800e\ufeff") == "abcde"
    assert clean("a\r\nb\rc\u2028d\x85e\u00a0f") == "a\nb\nc\nd\ne f"
    assert one_line(" a \n\t b ") == "a b"


def test_one_nul_makes_no_text_binary() -> None:
    assert not is_binary("word " * 20 + "\0")
    assert is_binary("\0\0\0\1text")
    assert not is_binary("")


def test_without_pages_there_is_no_form_feed_and_with_them_one_ends_each() -> None:
    assert draft("\fa\fb\f").text == "a\nb"
    made = paged(["", "a\fb ", "", "c"])
    assert (made.text, made.metadata) == ("\n\f\na\nb\n\f\n\n\f\nc", {"pages": 4})


@pytest.mark.parametrize(
    ("titles", "title"),
    [
        (["A  title\n"], "A title"),
        (["", "Second"], "Second"),
        (["Untitled 3"], "One"),
        (["PowerPoint Presentation"], "One"),
        (["Microsoft Word - Plan"], "Plan"),
        (["Microsoft Word - plan 2.doc"], "One"),
        (["Лист1"], "One"),
        (["Book2"], "One"),
        (["The book"], "The book"),
        (["[Document title]"], "One"),
        (["Presentation skills"], "Presentation skills"),
        ([], "One"),
    ],
)
def test_a_title_that_says_nothing_gives_way_to_the_first_heading(titles: list[str], title: str) -> None:
    assert draft("Text.\n\n# One\n\n# Two", titles).title == title


def test_metadata_is_kept_where_there_is_some() -> None:
    assert draft("Text.", author=" Ann\n Other", created="").metadata == {"author": "Ann Other"}


@pytest.mark.parametrize("pages", [[], [""], [" ", "\f"]])
def test_nothing_to_read_is_told(pages: list[str]) -> None:
    with pytest.raises(UnusableError, match="no text"):
        paged(pages)


def test_a_text_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST_TEXT", 4)
    assert draft("four").text == "four"
    with pytest.raises(UnusableError, match="4 characters"):
        draft("fives")


def test_dates_are_written_as_iso_does() -> None:
    assert iso(datetime(2024, 1, 31, 12, 0, 0, 5, UTC)) == "2024-01-31T12:00:00+00:00"
    assert iso(None) == ""
    assert dated(" 2024-01-31 ") == "2024-01-31"
    assert dated("2024-01-31T12:00Z") == "2024-01-31T12:00:00+00:00"
    assert dated("last spring") == ""
