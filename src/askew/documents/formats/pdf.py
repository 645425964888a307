"""Parser for PDF: text per page; headings from the outline, otherwise from font sizes."""

import re
from datetime import datetime
from typing import Any

from askew.documents.formats.draft import Draft, UnusableError, iso, paged
from askew.documents.formats.outline import Bookmark, by_outline, by_size, largest
from askew.documents.formats.pdflines import Line, lines
from askew.documents.formats.prose import hyphenated, page_text

WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD
SCANNED = "no text; run OCR on scanned pages first"
DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-]\d{2})'?(\d{2})?)?")


def parse(data: bytes) -> Draft:
    import pypdfium2

    try:
        opened = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", 0) == WRONG_PASSWORD
        raise UnusableError("encrypted" if locked else "damaged, or not PDF") from error
    try:
        return _read(opened)
    finally:
        opened.close()


def _read(opened: Any) -> Draft:
    pages = [_page(opened, number) for number in range(len(opened))]
    if not any(pages):
        raise UnusableError(SCANNED)
    headings = by_outline(pages, _bookmarks(opened)) or by_size(pages)
    whole = hyphenated(pages)
    texts = [page_text(page, headings.get(number, {}), whole) for number, page in enumerate(pages)]
    about = opened.get_metadata_dict()
    created = _date(about.get("CreationDate", ""))
    return paged(texts, [about.get("Title", ""), largest(pages)], author=about.get("Author", ""), created=created)


def _page(opened: Any, number: int) -> list[Line]:
    """Return the lines of a page; [] for a damaged page, so that the others keep their numbers."""
    import pypdfium2

    try:
        page = opened[number]
        try:
            return lines(page.get_textpage())
        finally:
            page.close()
    except pypdfium2.PdfiumError:
        return []


def _bookmarks(opened: Any) -> list[Bookmark]:
    found = []
    for entry in opened.get_toc():
        target = entry.get_dest()
        page = target.get_index() if target is not None else None
        if page is not None:
            found.append(Bookmark(page, entry.level + 1, entry.get_title()))
    return found


def _date(text: str) -> str:
    """Convert `D:20240131120000+01'00'` to 2024-01-31T12:00:00+01:00; "" if it is not a date."""
    found = DATE.match(text)
    if not found:
        return ""
    year, month, day, hour, minute, second = (found[number] or "" for number in range(1, 7))
    zone = f"{found[7]}:{found[8] or '00'}" if found[7] else "+00:00" if "Z" in found[0] else ""
    clock = f"{hour or '00'}:{minute or '00'}:{second or '00'}"
    try:
        return iso(datetime.fromisoformat(f"{year}-{month or '01'}-{day or '01'}T{clock}{zone}"))
    except ValueError:
        return ""
