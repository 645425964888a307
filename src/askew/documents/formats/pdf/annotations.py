"""What stands on a PDF page beside its text: values of form fields, text boxes and comments."""

import ctypes
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from askew.documents.formats.pdf.text import Piece

TEXT, FREE_TEXT, POPUP, LINK, WIDGET = 1, 3, 16, 2, 20  # subtypes of annotations
UNREAD = frozenset((LINK, POPUP, 17, 18, 19, 21, 22, 23, 24))  # files, sounds, films, screens, printer's marks
CHECK_BOX, RADIO, COMBO, LIST, TEXT_FIELD = 2, 3, 4, 5, 6  # types of form fields
HIDDEN = 1 | 2 | 32  # flags: invisible, hidden, no view
PASSWORD = 1 << 13  # flag of a text field
MOST = 5000  # annotations of a page
TAG = re.compile(r"<[^<>]*>")
MACHINE_NAME = re.compile(
    r"(?:text|fill|field|feld|textfeld|check ?box|combo|undefined|untitled|topmost|form)\W*\d*.*|.{1,2}|\d+", re.I
)


@dataclass(frozen=True)
class Beside:
    """Texts beside a page's own, and the number of hidden annotations."""

    texts: Sequence[str] = ()
    hidden: int = 0


def beside(page: Any, form: Any, pieces: Sequence[Piece]) -> Beside:
    """Read the annotations of a page. form: pdfium's form handle; None if the document has no form."""
    import pypdfium2.raw as pdfium

    texts: list[str] = []
    hidden = 0
    for number in range(min(pdfium.FPDFPage_GetAnnotCount(page.raw), MOST)):
        mark = pdfium.FPDFPage_GetAnnot(page.raw, number)
        if not mark:
            continue
        try:
            found = list(_read(mark, form, pieces))
            if pdfium.FPDFAnnot_GetFlags(mark) & HIDDEN:
                hidden += bool(found)
            else:
                texts.extend(text for text in found if text not in texts)
        finally:
            pdfium.FPDFPage_CloseAnnot(mark)
    return Beside(texts, hidden)


def _read(mark: Any, form: Any, pieces: Sequence[Piece]) -> Iterator[str]:
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFAnnot_GetSubtype(mark)
    if kind == WIDGET:
        if form is not None:
            yield from _field(mark, form, pieces)
        return
    text = "" if kind in UNREAD else _key(mark, b"Contents") or TAG.sub(" ", _key(mark, b"RC"))
    if text.strip():
        flat = " ".join(text.split())
        yield flat if kind == FREE_TEXT else f"Comment: {flat}"


def _field(mark: Any, form: Any, pieces: Sequence[Piece]) -> Iterator[str]:
    """Yield `name: value` of a filled field."""
    import pypdfium2.raw as pdfium

    kind = pdfium.FPDFAnnot_GetFormFieldType(form, mark)
    if kind in (CHECK_BOX, RADIO):
        if not pdfium.FPDFAnnot_IsChecked(form, mark):
            return
        value = _string(lambda *room: pdfium.FPDFAnnot_GetFormFieldExportValue(form, mark, *room))
        value = "yes" if value.casefold() in ("", "on", "yes", "1") else value
    elif kind in (COMBO, LIST, TEXT_FIELD):
        if pdfium.FPDFAnnot_GetFormFieldFlags(form, mark) & PASSWORD and kind == TEXT_FIELD:
            return
        value = _string(lambda *room: pdfium.FPDFAnnot_GetFormFieldValue(form, mark, *room))
    else:
        return
    if value.strip():
        label = _string(lambda *room: pdfium.FPDFAnnot_GetFormFieldAlternateName(form, mark, *room)).strip()
        name = _string(lambda *room: pdfium.FPDFAnnot_GetFormFieldName(form, mark, *room)).rpartition(".")[2]
        name = re.sub(r"\[\d+\]", "", name)
        if not label and MACHINE_NAME.fullmatch(name):
            label = _beside(mark, pieces)
        value = " ".join(value.split())
        yield f"{(label or name).rstrip(' :')}: {value}" if label or name else value


def _beside(mark: Any, pieces: Sequence[Piece]) -> str:
    """Return the text to the left of a field, which names it."""
    import pypdfium2.raw as pdfium

    box = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(mark, ctypes.byref(box)):
        return ""
    left = [
        piece
        for piece in pieces
        if not piece.turned and piece.right <= box.left + 2 and box.bottom - 3 <= piece.base <= box.top
    ]
    return max(left, key=lambda piece: piece.right).text if left else ""


def _key(mark: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    return _string(lambda *room: pdfium.FPDFAnnot_GetStringValue(mark, key, *room))


def _string(call: Any) -> str:
    """Call a function of pdfium that fills a buffer with UTF-16, and returns how many bytes it needs."""
    import pypdfium2.raw as pdfium

    needed = call(None, 0)
    if needed <= 2:
        return ""
    buffer = (pdfium.FPDF_WCHAR * (needed // 2))()
    call(buffer, needed)
    return bytes(buffer)[: needed - 2].decode("utf-16-le", "replace")
