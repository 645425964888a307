from askew.documents.formats.outline import Bookmark, by_outline, by_size, largest
from askew.documents.formats.pdflines import Line


def page(*lines: tuple[str, float]) -> list[Line]:
    return [Line(text, size, 0, 100, 700 - 20 * number, 700 - 20 * number) for number, (text, size) in enumerate(lines)]


BODY = ("A line of the body, as long as most of them are, so that it counts.", 10.0)


def test_bookmarks_find_their_lines_with_or_without_numbers() -> None:
    pages = [page(("1.2 Sick  leave", 10), BODY, ("Parental", 10), ("leave", 10)), page(("SICK LEAVE", 10))]
    marks = [Bookmark(0, 2, "Sick leave"), Bookmark(0, 1, "II. Parental leave"), Bookmark(1, 3, "Sick leave")]
    assert by_outline(pages, marks) == {0: {0: (2, 1), 2: (1, 2)}, 1: {0: (3, 1)}}


def test_bookmarks_that_stand_nowhere_are_no_headings() -> None:
    assert by_outline([page(BODY)], [Bookmark(0, 1, "Gone"), Bookmark(7, 1, "Beyond"), Bookmark(0, 1, " – ")]) == {}


def test_sizes_rank_the_levels() -> None:
    lines = [BODY] * 4
    found = by_size([page(("Book", 30), *lines), page(("Chapter", 20), ("of two lines", 20), *lines, ("Part", 14))])
    assert found == {0: {0: (1, 1)}, 1: {0: (2, 2), 6: (3, 1)}}


def test_where_much_is_large_size_tells_nothing() -> None:
    assert by_size([page(BODY, (BODY[0], 20), ("T", 30))]) == {}
    assert by_size([[], []]) == {}
    assert by_size([page(("12", 30), BODY, BODY)]) == {0: {}}


def test_the_largest_words_of_the_first_page_are_the_title() -> None:
    assert largest([[], page(BODY, ("The", 30), ("book", 30)), page(("Other", 40))]) == "The book"
    assert largest([page(BODY), page(("Other", 40))]) == ""
    assert largest([]) == ""
