from askew.documents.formats.pdflines import Line
from askew.documents.formats.prose import hyphenated, page_text


def page(*lines: tuple[str, float, float], left: float = 50) -> list[Line]:
    """Each line with where it ends and how high it stands."""
    return [Line(text, 10, left, right, height, height) for text, right, height in lines]


def text(*lines: tuple[str, float, float]) -> str:
    made = page(*lines)
    return page_text(made, {}, hyphenated([made]))


def test_a_full_line_goes_on_and_a_short_one_ends() -> None:
    assert text(("one", 300, 700), ("two", 120, 688), ("three", 300, 676)) == "one two\n\nthree"


def test_a_wide_gap_parts_what_full_lines_join() -> None:
    lines = [("one", 300, 700), ("two", 300, 688), ("three", 300, 676), ("four", 300, 650)]
    assert text(*lines) == "one two three\n\nfour"


def test_a_sentence_goes_on_in_the_next_column() -> None:
    assert text(("one", 300, 100), ("two.", 300, 700)) == "one two."
    assert text(("one.", 300, 100), ("Two.", 300, 700)) == "one.\n\nTwo."


def test_words_broken_at_the_end_of_a_line_become_whole() -> None:
    assert text(("a holi-", 300, 700), ("day", 300, 688)) == "a holiday"
    assert text(("a holi\ufffeday", 300, 700)) == "a holiday"
    assert text(("well-known", 300, 700), ("is well-", 300, 688), ("known", 300, 676)) == "well-known is well-known"
    assert text(("North-", 300, 700), ("South", 300, 688)) == "North- South"
    assert text(("1990-", 300, 700), ("is", 300, 688)) == "1990-is"


def test_bullets_and_numbers_begin_items() -> None:
    assert text(("• one", 300, 700), ("more", 100, 688), ("2) two", 100, 676)) == "- one more\n2) two"


def test_headings_stand_alone() -> None:
    made = page(("Leave", 300, 700), ("of all", 300, 688), ("one", 300, 676))
    assert page_text(made, {0: (2, 2)}, frozenset()) == "## Leave of all\n\none"


def test_an_empty_page_stays_empty() -> None:
    assert page_text([], {}, frozenset()) == ""
