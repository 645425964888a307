"""Lines of a PDF page, with font size and position."""

import ctypes
import math
from dataclasses import dataclass
from typing import Any

LIGATURES = str.maketrans(
    {0xFB00: "ff", 0xFB01: "fi", 0xFB02: "fl", 0xFB03: "ffi", 0xFB04: "ffl", 0xFB05: "st", 0xFB06: "st"}
)
HYPHEN = "\ufffe"  # written by pdfium for a hyphen at the end of a line, in place of the line break


@dataclass(frozen=True)
class Line:
    """A line of text. size: font size in points. left, right: its extent, in points from the left page edge.

    bottom, end: height of its first and last letter; they differ if a hyphenated word joins two lines.
    """

    text: str
    size: float
    left: float
    right: float
    bottom: float
    end: float


def lines(page: Any) -> list[Line]:
    """Return the non-blank lines of a pdfium text page, in file order."""
    result = []
    start = 0
    for piece in page.get_text_range(errors="replace").split("\r\n"):
        bare = piece.strip()
        if bare:
            first = start + _units(piece[: len(piece) - len(piece.lstrip())])
            result.append(_line(page, bare, first, first + _units(bare) - 1))
        start += _units(piece) + 2
    return result


def _units(text: str) -> int:
    """Count UTF-16 code units, as pdfium does."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def _line(page: Any, text: str, first: int, last: int) -> Line:
    left, bottom, _, _ = _box(page, first)
    _, end, right, _ = _box(page, last)
    return Line(text.translate(LIGATURES), round(_size(page, first), 1), left, right, bottom, end)


def _box(page: Any, place: int) -> tuple[float, float, float, float]:
    import pypdfium2
    import pypdfium2.raw as pdfium

    try:
        box: tuple[float, float, float, float] = page.get_charbox(
            max(pdfium.FPDFText_GetCharIndexFromTextIndex(page, place), 0), loose=True
        )
    except pypdfium2.PdfiumError:
        return 0.0, 0.0, 0.0, 0.0
    return box


def _size(page: Any, place: int) -> float:
    """Return the rendered font size; many programs use size 1 and scale it."""
    import pypdfium2.raw as pdfium

    number = max(pdfium.FPDFText_GetCharIndexFromTextIndex(page, place), 0)
    matrix = pdfium.FS_MATRIX()
    scale = 1.0
    if pdfium.FPDFText_GetMatrix(page, number, ctypes.byref(matrix)):
        scale = math.hypot(matrix.c, matrix.d) or 1.0
    return float(pdfium.FPDFText_GetFontSize(page, number)) * scale
