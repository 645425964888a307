import pypdfium2
from helpers import office
from helpers.office import Part

from askew.documents.formats.pdflines import lines


def test_lines_know_their_size_and_place() -> None:
    opened = pypdfium2.PdfDocument(office.pdf([Part("Großes", "first line\nsecond")]))
    large, first, second = lines(opened[0].get_textpage())
    assert [large.text, first.text, second.text] == ["Großes", "first line", "second"]
    assert (large.size, first.size, second.size) == (22, 11, 11)
    assert large.bottom > first.bottom > second.bottom
    assert abs(first.left - second.left) < 1
    assert first.right > second.right > second.left
    opened.close()


def test_an_empty_page_has_none() -> None:
    opened = pypdfium2.PdfDocument(office.pdf([Part()]))
    assert lines(opened[0].get_textpage()) == []
    opened.close()
