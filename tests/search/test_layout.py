from askew.search.context import Piece, citations, header, text_of
from askew.types import Document

PAGED = Document("manual.pdf", "One.\n\f\nTwo. Three.", "The\n manual", source="/x/manual.pdf")
PLAIN = Document("notes.txt", "Some note.")


def test_each_source_has_a_number_and_a_header_that_names_it() -> None:
    pieces = [Piece(PAGED, 7, 11, "The manual › Safety", 0.5, cut=True), Piece(PLAIN, 0, 10, "", 0.4)]
    assert text_of(pieces) == "[1] The manual · Safety, page 2\nTwo. …\n\n[2] notes.txt\nSome note."
    first, second = citations(pieces)
    assert (first.number, first.document, first.source, first.page) == (1, "manual.pdf", "/x/manual.pdf", 2)
    assert (first.start, first.end, first.score, first.cut) == (7, 11, 0.5, True)
    assert (second.number, second.page, second.title) == (2, 0, "")


def test_a_heading_that_is_the_title_is_said_once() -> None:
    [citation] = citations([Piece(Document("a", "x", "Pets"), 0, 1, "Pets", 1.0)])
    assert header(citation) == "[1] Pets"


def test_nothing_is_an_empty_text() -> None:
    assert text_of([]) == ""
    assert citations([]) == ()
