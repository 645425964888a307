"""Parser for PDF: text per page in reading order, with headings, tables, form values and comments."""

import logging
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from askew.documents.formats.draft import Draft, UnusableError, iso, paged
from askew.documents.formats.pdf.annotations import Beside, beside
from askew.documents.formats.pdf.headings import Bookmark, headed, keys, largest, sensible
from askew.documents.formats.pdf.layout import blocks
from askew.documents.formats.pdf.prose import Part, across_pages, page_text, parts, words
from askew.documents.formats.pdf.running import Running, running
from askew.documents.formats.pdf.text import LARGEST_PAGE, Piece, Reader, pieces
from askew.documents.formats.pdf.visible import Sight, has_layers

WRONG_PASSWORD = 4  # FPDF_ERR_PASSWORD
IMAGE, FORM = 3, 5  # types of page objects
LEAST_BYTES = 4  # of a page; a file with more pages than that repeats one
USUAL_PAGES = 1000
MOST_OBJECTS = 200  # looked at for images
DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?(\d{2})?(\d{2})?(\d{2})?(?:Z|([+-]\d{2})'?(\d{2})?)?")


@dataclass
class _Found:
    """What is read of the pages, and what is not."""

    pages: list[list[Piece]] = field(default_factory=list)
    beside: list[Sequence[str]] = field(default_factory=list)
    pictures: int = 0
    damaged: int = 0
    annotations: int = 0


def parse(data: bytes) -> Draft:
    import pypdfium2

    try:
        opened = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", 0) == WRONG_PASSWORD
        raise UnusableError("encrypted" if locked else "damaged, or not PDF") from error
    try:
        if len(opened) > max(USUAL_PAGES, len(data) // LEAST_BYTES):
            raise UnusableError(f"damaged: {len(opened):,} pages in {len(data):,} bytes")
        return _read(opened, has_layers(data))
    finally:
        opened.close()


def _read(opened: Any, layered: bool) -> Draft:
    sight = Sight(layered)
    found = _pages(opened, sight)
    if not any(found.pages) and not any(found.beside):
        raise UnusableError(_nothing(len(opened), found, sight))
    bookmarks = _bookmarks(opened)
    titles: dict[int, frozenset[str]] = {}
    for mark in bookmarks:
        titles[mark.page] = titles.get(mark.page, frozenset()) | keys(mark)
    run = running(found.pages, titles)
    texts, structured = _texts(found, run, bookmarks, titles)
    about = opened.get_metadata_dict()
    made = paged(
        texts,
        [sensible(about.get("Title", "")), largest(structured)],
        author=about.get("Author", ""),
        created=_date(about.get("CreationDate", "")),
        modified=_date(about.get("ModDate", "")),
        language=_language(opened),
    )
    return replace(made, left_out=_left_out(found, run, sight))


def _pages(opened: Any, sight: Sight) -> _Found:
    import pypdfium2

    found = _Found()
    fonts: dict[int, bool] = {}
    form = _form(opened)
    for number in range(len(opened)):
        read, extra = list[Piece](), Beside()
        try:
            read, extra = _page(opened, number, form, fonts, sight, found)
        except pypdfium2.PdfiumError:  # keep the others and their numbers
            found.damaged += 1
        found.pages.append(read)
        found.beside.append(extra.texts)
        found.annotations += extra.hidden
    return found


def _page(
    opened: Any, number: int, form: Any, fonts: dict[int, bool], sight: Sight, found: _Found
) -> tuple[list[Piece], Beside]:
    if max(map(abs, opened.get_page_size(number))) > LARGEST_PAGE:
        found.damaged += 1
        return [], Beside()
    page = opened[number]
    try:
        text = page.get_textpage()
        try:
            read = pieces(sight.visible(page, Reader(text, fonts).runs()))
            extra = beside(page, form, read)
        finally:
            text.close()
        found.pictures += not read and not extra.texts and _has_pictures(page)
        return read, extra
    finally:
        page.close()


def _form(opened: Any) -> Any:
    import pypdfium2.raw as pdfium

    if opened.get_formtype() == pdfium.FORMTYPE_NONE:
        return None
    logging.getLogger("pypdfium2").setLevel(logging.ERROR)  # it warns of XFA, whose fields are read nevertheless
    opened.init_forms()
    return opened.formenv.raw if opened.formenv else None


def _has_pictures(page: Any) -> bool:
    import pypdfium2.raw as pdfium

    count = min(pdfium.FPDFPage_CountObjects(page.raw), MOST_OBJECTS)
    kinds = (pdfium.FPDFPageObj_GetType(pdfium.FPDFPage_GetObject(page.raw, number)) for number in range(count))
    return any(kind in (IMAGE, FORM) for kind in kinds)


def _texts(
    found: _Found, run: Running, bookmarks: Sequence[Bookmark], titles: Mapping[int, frozenset[str]]
) -> tuple[list[str], list[list[Part]]]:
    """Return the text of each page, and the paragraphs that it is made of."""
    kept = [
        [
            piece._replace(turned=True) if piece.order in run.once.get(number, ()) else piece
            for piece in page
            if piece.order not in run.dropped.get(number, ())
        ]
        for number, page in enumerate(found.pages)
    ]
    known = words(piece.text for page in kept for piece in page)
    structured = headed(
        [parts(blocks(page), known, titles.get(number, frozenset())) for number, page in enumerate(kept)], bookmarks
    )
    texts = [page_text(page) for page in across_pages(structured, known)]
    whole = ["\n\n".join(filter(None, (text, *extra))) for text, extra in zip(texts, found.beside, strict=True)]
    return whole, structured


def _nothing(pages: int, found: _Found, sight: Sight) -> str:
    """Say why there is no text."""
    count = f"{found.pictures} page" + "s" * (found.pictures != 1)
    if found.pictures:
        return f"no text: scanned pages? {count} with images only; run OCR first"
    if sight.hidden:
        return "no text that can be seen: it is " + " or ".join(sight.hidden)
    if found.damaged:
        return _counted("no text: {} damaged page", found.damaged)
    return f"no text: {pages} empty page" + "s" * (pages != 1)


def _left_out(found: _Found, run: Running, sight: Sight) -> tuple[str, ...]:
    """Say what of the file is not in the text."""
    counts = (
        ("running head on {} page", run.heads),
        ("running foot on {} page", run.feet),
        ("{} page with images only", found.pictures),
        ("{} damaged page", found.damaged),
        ("{} hidden annotation", found.annotations),
        *((f"{{}} word {reason}", count) for reason, count in sight.hidden.items()),
    )
    return tuple(_counted(phrase, count) for phrase, count in counts if count)


def _counted(phrase: str, count: int) -> str:
    plural = re.sub(r"\b(page|annotation|word)\b", r"\1s", phrase, count=1) if count != 1 else phrase
    return plural.format(count)


def _bookmarks(opened: Any) -> list[Bookmark]:
    found = []
    for entry in opened.get_toc():
        target = entry.get_dest()
        page = target.get_index() if target is not None else None
        if page is not None:
            found.append(Bookmark(page, entry.level + 1, entry.get_title()))
    return found


def _language(opened: Any) -> str:
    import ctypes

    import pypdfium2.raw as pdfium

    buffer = (pdfium.FPDF_WCHAR * 40)()
    needed = pdfium.FPDFCatalog_GetLanguage(opened.raw, buffer, ctypes.sizeof(buffer))
    return bytes(buffer)[: max(0, min(needed, 80) - 2)].decode("utf-16-le", "replace").strip()


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
