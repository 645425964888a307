import pytest
from helpers import office
from helpers.office import Part

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.epub import parse

PARTS = [Part("First", "One & all.".replace("&", "&amp;")), Part("Second", "Two.", 2)]


def test_chapters_come_in_the_order_of_the_spine() -> None:
    made = parse(office.epub(PARTS, "The book", "Ann"))
    assert (made.title, made.text) == ("The book", "# First\n\nOne & all.\n\n## Second\n\nTwo.")
    assert made.metadata == {"author": "Ann", "created": "2021-03-04"}


def test_a_book_that_is_locked_is_told_and_a_locked_font_is_no_lock() -> None:
    locks = '<e xmlns="x"><CipherReference URI="{}"/></e>'
    locked = {"META-INF/encryption.xml": locks.format("OPS/text/2%20%C3%A4.xhtml")}
    with pytest.raises(UnusableError, match="encrypted"):
        parse(office.epub(PARTS, extra=locked))
    font = {"META-INF/encryption.xml": locks.format("OPS/font.otf")}
    assert parse(office.epub(PARTS, extra=font)).title == "First"


def test_what_names_no_package_is_broken() -> None:
    with pytest.raises(UnusableError, match=r"META-INF/container\.xml"):
        parse(office.epub(PARTS, extra={"META-INF/container.xml": "<container/>"}))
