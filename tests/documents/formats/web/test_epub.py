import io
import zipfile

import pytest
from helpers import office
from helpers.office import Part

from askew.documents.formats.draft import UnusableError
from askew.documents.formats.web.epub import parse

PARTS = [Part("First", "One & all.".replace("&", "&amp;")), Part("Second", "Two.", 2)]


def test_chapters_come_in_the_order_of_the_spine() -> None:
    made = parse(office.epub(PARTS, "The book", "Ann"))
    assert (made.title, made.text) == ("The book", "# First\n\nOne & all.\n\n## Second\n\nTwo.")
    assert made.metadata == {"author": "Ann", "created": "2021-03-04"}


def test_a_book_that_is_locked_is_told_and_a_locked_font_is_no_lock() -> None:
    locks = '<e xmlns="x"><CipherReference URI="{}"/></e>'
    names = [f"OPS/text/{number}%20%C3%A4.xhtml" for number in (1, 2)]
    with pytest.raises(UnusableError, match="encrypted"):
        parse(office.epub(PARTS, extra={"META-INF/encryption.xml": f"<l>{''.join(map(locks.format, names))}</l>"}))
    made = parse(office.epub(PARTS, extra={"META-INF/encryption.xml": locks.format(names[1])}))
    assert (made.text, made.left_out) == ("## Second\n\nTwo.", ("1 encrypted chapter",))
    font = {"META-INF/encryption.xml": locks.format("OPS/font.otf")}
    assert parse(office.epub(PARTS, extra=font)).title == "First"


def test_what_names_no_package_is_broken() -> None:
    with pytest.raises(UnusableError, match=r"META-INF/container\.xml"):
        parse(office.epub(PARTS, extra={"META-INF/container.xml": "<container/>"}))


def test_a_chapter_that_is_missing_or_damaged_costs_that_chapter() -> None:
    data = office.epub(PARTS)
    gone = office.replaced(
        data, {"OPS/book.opf": _package(data).replace("text/1%20%C3%A4", "gone").replace("text/1%20ä", "gone")}
    )
    made = parse(gone)
    assert (made.text, made.left_out) == ("# First\n\nOne & all.", ("1 chapter that is missing or damaged",))
    noise = office.replaced(data, {"OPS/text/1 ä.xhtml": "\x01\x02" * 500})
    assert parse(noise).left_out == ("1 chapter that is missing or damaged",)


def test_without_a_container_the_package_is_found_by_its_suffix() -> None:
    data = office.epub(PARTS)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.startswith("META-INF")}
    assert parse(office.zipped(files)).text.startswith("# First")


def test_a_chapter_without_a_heading_has_the_one_of_the_contents_and_legacy_encodings_are_read() -> None:
    data = office.epub(PARTS)
    page = "<html><head><meta charset='windows-1251'/></head><body><p>Да и нет.</p></body></html>".encode("cp1251")
    contents = (
        '<html xmlns="http://www.w3.org/1999/xhtml"><nav><a href="text/2%20%C3%A4.xhtml#x">Начало</a></nav></html>'
    )
    package = _package(data).replace(
        "<manifest>", '<manifest><item id="n" href="toc.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files |= {"OPS/text/2 ä.xhtml": page, "OPS/toc.xhtml": contents.encode(), "OPS/book.opf": package.encode()}
    assert parse(office.zipped(files)).text == "# Начало\n\nДа и нет.\n\n## Second\n\nTwo."


def _package(data: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return archive.read("OPS/book.opf").decode()
