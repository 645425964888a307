"""Parser for XLSX: each sheet is a page with its name as heading; formulas yield their cached values."""

import io
from collections.abc import Iterator
from typing import Any

from askew.documents.formats import zips
from askew.documents.formats.draft import LONGEST_TEXT, Draft, Grid, UnusableError, iso, paged
from askew.documents.formats.markup import heading, row
from askew.documents.formats.shown import shown


def parse(data: bytes) -> Draft:
    zips.opened(data).close()
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        about = book.properties
        pages = [_sheet(book[name]) for name in book.sheetnames]
        return paged(pages, [about.title or ""], author=about.creator or "", created=iso(about.created))
    finally:
        book.close()


def grids(data: bytes) -> list[Grid]:
    """Return the visible sheets of a workbook as typed cells."""
    zips.opened(data).close()
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    try:
        return [Grid(sheet.title, tuple(enumerate(sheet.iter_rows(values_only=True), 1))) for sheet in book.worksheets]
    finally:
        book.close()


def _sheet(sheet: Any) -> str:
    """Return a sheet as text; "" if it has no values, e.g. a chart sheet."""
    rows = "\n".join(_bounded(_rows(sheet)))
    return f"{heading(1, sheet.title)}\n\n{rows}" if rows else ""


def _rows(sheet: Any) -> Iterator[str]:
    if not hasattr(sheet, "reset_dimensions"):
        return
    sheet.reset_dimensions()  # the declared dimensions are sometimes wrong
    for cells in sheet.iter_rows():
        made = row([shown(cell.value, cell.number_format) if cell.value is not None else "" for cell in cells])
        if made:
            yield made


def _bounded(rows: Iterator[str]) -> Iterator[str]:
    length = 0
    for made in rows:
        length += len(made)
        if length > LONGEST_TEXT:
            raise UnusableError(f"text is longer than {LONGEST_TEXT:,} characters")
        yield made
