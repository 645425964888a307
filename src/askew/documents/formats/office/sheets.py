"""Parser for spreadsheets: each visible sheet is a page with its name as heading, and its cells as tables.

XLSX and ODS are read from their XML; XLS by xlrd, which knows number formats, merged cells and what is hidden.
"""

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from askew.documents.formats.draft import Cell, Draft, Grid, Grids, UnusableError, paged
from askew.documents.formats.grid import HIDDEN_SHEET, Row, Sheet, finish, padded
from askew.documents.formats.markup import blocks, heading, plain, table
from askew.documents.formats.office import odf
from askew.documents.formats.office.number_formats import GENERAL, shown, typed
from askew.documents.formats.office.ooxml import Package, phrases
from askew.documents.formats.office.workbook import Workbook
from askew.documents.formats.zips import OLD

FIGURES = tuple("0123456789+-($€£¥")
"""How cells begin that hold figures: a row of them continues a table instead of opening one."""
BIFF = (b"\x09\x00", b"\x09\x02", b"\x09\x04", b"\x09\x08")
"""How workbooks begin that are older than OLE2."""
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
BESIDE = "block of text beside the cells"
LARGEST_EXACT = 1e15  # up to which a floating-point number with all its digits is a whole number


@dataclass
class Book:
    """The visible sheets, the document's properties, and what was left out."""

    sheets: list[Sheet]
    about: dict[str, str] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def parse(data: bytes) -> Draft:
    book = _book(data, is_typed=False)
    title = book.about.pop("title", "")
    return replace(paged([_text(sheet) for sheet in book.sheets], [title], **book.about), left_out=book.left_out)


def grids(data: bytes) -> Grids:
    """Return the visible sheets of a workbook as typed cells, without columns that are empty throughout."""
    book = _book(data, is_typed=True)
    beside = Counter({BESIDE: sum(len(sheet.beside) for sheet in book.sheets)})
    left_out = (*book.left_out, *phrases(beside))
    return Grids(tuple(Grid(sheet.name, tuple(padded(sheet))) for sheet in book.sheets), left_out=left_out)


def _book(data: bytes, is_typed: bool) -> Book:
    left_out: Counter[str] = Counter()
    if data.startswith((*BIFF, OLD)) and ENCRYPTED not in data:
        return Book(_finished(_old(data, is_typed, left_out), left_out), {}, phrases(left_out))
    package = Package(data)
    if odf.is_opened(package):
        sheets = _finished(odf.sheets(package, is_typed, left_out), left_out)
        about = odf.about(package)
    else:
        opened = Workbook(package, is_typed)
        left_out = opened.left_out
        sheets, about = _finished(opened.sheets(), left_out), package.about()
    return Book(sheets, about, (*phrases(left_out), *package.faults()))


def _finished(sheets: Iterable[Sheet], left_out: Counter[str]) -> list[Sheet]:
    made = list(sheets)
    for sheet in made:
        finish(sheet, left_out)
    return made


def _old(data: bytes, is_typed: bool, left_out: Counter[str]) -> Iterator[Sheet]:
    """Yield the visible sheets of a workbook of Excel 2003 or before."""
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=data, logfile=io.StringIO(), formatting_info=True, ragged_rows=True)
    except xlrd.XLRDError as error:
        raise UnusableError("encrypted" if "encrypted" in str(error) else f"damaged: {error}") from error
    for found in book.sheets():
        if found.visibility:
            left_out[HIDDEN_SHEET] += 1
            continue
        sheet = Sheet(found.name)
        for number in range(found.nrows):
            cells = {column + 1: _old_cell(book, cell, is_typed) for column, cell in enumerate(found.row(number))}
            cells = {column: cell for column, cell in cells.items() if cell not in (None, "")}
            if cells:
                sheet.add(number + 1, tuple(cells), tuple(cells.values()))
        sheet.spans = [(top + 1, bottom, left + 1, right) for top, bottom, left, right in found.merged_cells]
        sheet.hidden_rows = {number + 1 for number, row in found.rowinfo_map.items() if _is_folded(row)}
        sheet.hidden_columns = [
            (place + 1, place + 1) for place, about in found.colinfo_map.items() if _is_folded(about)
        ]
        sheet.beside = [
            f"Comment on {xlrd.cellname(*place)}{f' ({note.author})' if note.author else ''}: {plain(note.text)}"
            for place, note in sorted(found.cell_note_map.items())
            if note.text.strip()
        ]
        yield sheet


def _is_folded(about: Any) -> bool:
    return bool(about.hidden) and not about.outline_level


def _old_cell(book: Any, cell: Any, is_typed: bool) -> Cell:
    import xlrd

    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    value = bool(cell.value) if cell.ctype == xlrd.XL_CELL_BOOLEAN else cell.value
    if isinstance(value, float) and value.is_integer() and abs(value) < LARGEST_EXACT:
        value = int(value)
    format = (
        book.format_map[book.xf_list[cell.xf_index].format_key].format_str if cell.xf_index is not None else GENERAL
    )
    return (typed if is_typed else shown)(value, format, bool(book.datemode))


def _text(sheet: Sheet) -> str:
    """Return a sheet as text; "" if there is nothing in it."""
    body = [*_tables(sheet), *sheet.beside]
    return blocks([heading(1, sheet.name), *body]) if any(body) else ""


def _tables(sheet: Sheet) -> Iterator[str]:
    """Yield the tables of a sheet, which empty rows and rows of one cell separate."""
    rows: list[list[str]] = []
    for group in _groups(sheet):
        words = [["" if cell is None else str(cell) for cell in cells] for _, cells in group]
        lone = next((place for place, cells in enumerate(words) if sum(map(bool, cells)) > 1), len(words))
        if rows and (lone or not _is_continued(words[0])):
            yield table(rows)
            rows = []
        if lone:
            yield plain("\n".join(_line(cells) for cells in words[:lone]))
        rows += words[lone:]
    yield table(rows)


def _line(cells: Iterable[str]) -> str:
    return " ".join(filter(None, cells))


def _is_continued(cells: Sequence[str]) -> bool:
    return any(cell.startswith(FIGURES) for cell in cells if cell)


def _groups(sheet: Sheet) -> Iterator[list[Row]]:
    """Yield runs of rows without an empty row between them; rows that are hidden make no gap."""
    group: list[Row] = []
    for number, cells in padded(sheet):
        if group and any(between not in sheet.hidden_rows for between in range(group[-1][0] + 1, number)):
            yield group
            group = []
        group.append((number, cells))
    if group:
        yield group
