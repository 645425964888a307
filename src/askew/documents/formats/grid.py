"""Sheets as sparse rows: merged cells are repeated, hidden rows and columns removed."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from askew.documents.formats.draft import LONGEST_TEXT, Cell, UnusableError

HIDDEN_SHEET, HIDDEN_ROW, HIDDEN_COLUMN, HIDDEN_CELL = "hidden sheet", "hidden row", "hidden column", "hidden cell"
NO_FORMULA = "formula without a stored value"
Row = tuple[int, tuple[Cell, ...]]
Span = tuple[int, int, int, int]
"""A merged range: first and last row, first and last column."""


@dataclass(frozen=True)
class Line:
    """The cells of a row that have a value. number: of the row, from 1. columns: of the cells, from 1, ascending."""

    number: int
    columns: tuple[int, ...]
    cells: tuple[Cell, ...]


@dataclass
class Sheet:
    """A visible sheet. hidden_columns: ranges, both ends included. beside: blocks of text outside the cells."""

    name: str
    lines: list[Line] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: list[tuple[int, int]] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    length: int = 0
    _shapes: dict[tuple[int, ...], tuple[int, ...]] = field(default_factory=dict)

    def add(self, number: int, columns: Sequence[int], cells: Sequence[Cell]) -> None:
        """Add a row. Raises UnusableError beyond the longest text."""
        self.length += sum(len(cell) if isinstance(cell, str) else 1 for cell in cells)
        if self.length > LONGEST_TEXT:
            raise UnusableError(f"text is longer than {LONGEST_TEXT:,} characters")
        shape = tuple(columns)  # rows of one shape share it
        self.lines.append(Line(number, self._shapes.setdefault(shape, shape), tuple(cells)))


def finish(sheet: Sheet, left_out: Counter[str]) -> None:
    """Fill merged cells, and then remove hidden rows and columns, which are counted."""
    if sheet.spans:
        sheet.lines = list(_filled(sheet))
    left_out[HIDDEN_ROW] += sum(line.number in sheet.hidden_rows for line in sheet.lines)
    if sheet.hidden_rows:
        sheet.lines = [line for line in sheet.lines if line.number not in sheet.hidden_rows]
    if sheet.hidden_columns:
        used = _used(sheet.lines)
        hidden = {column for column in used if any(first <= column <= last for first, last in sheet.hidden_columns)}
        left_out[HIDDEN_COLUMN] += len(hidden)
        sheet.lines = [kept for line in sheet.lines if (kept := _without(line, hidden)).columns]


def padded(sheet: Sheet) -> Iterator[Row]:
    """Yield rows whose cells stand one below the other, without columns that are empty throughout."""
    places = {column: place for place, column in enumerate(_used(sheet.lines))}
    for line in sheet.lines:
        cells: list[Cell] = [None] * (places[line.columns[-1]] + 1)
        for column, cell in zip(line.columns, line.cells, strict=True):
            cells[places[column]] = cell
        yield line.number, tuple(cells)


def _used(lines: Sequence[Line]) -> list[int]:
    return sorted({column for shape in {line.columns for line in lines} for column in shape})


def _without(line: Line, hidden: set[int]) -> Line:
    kept = [(column, cell) for column, cell in zip(line.columns, line.cells, strict=True) if column not in hidden]
    return Line(line.number, tuple(column for column, _ in kept), tuple(cell for _, cell in kept))


def _filled(sheet: Sheet) -> Iterator[Line]:
    """Repeat a merged cell in each of its rows and columns, but not where a row has nothing besides, as titles do."""
    used = _used(sheet.lines)
    held = {line.number: dict(zip(line.columns, line.cells, strict=True)) for line in sheet.lines}
    spans = sorted(span for span in sheet.spans if span[2] in held.get(span[0], {}))
    begun, active = 0, list[Span]()
    for line in sheet.lines:
        while begun < len(spans) and spans[begun][0] <= line.number:
            active.append(spans[begun])
            begun += 1
        active = [span for span in active if span[1] >= line.number]
        cells = dict(zip(line.columns, line.cells, strict=True))
        for top, _, left, right in active:
            if any(not left <= column <= right for column in line.columns):
                covered = (column for column in used if left <= column <= right)
                cells.update(dict.fromkeys(covered, held[top][left]))
        columns = sorted(cells)
        yield Line(line.number, tuple(columns), tuple(cells[column] for column in columns))
