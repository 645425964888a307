"""Tables: rows of named values from CSV, TSV, JSON, JSONL and sheets, each with the line where it begins."""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from askew.documents.column_types import EMPTY
from askew.documents.dialects import Dialect, delimiter_said, header_doubt, sniffed
from askew.documents.formats.draft import Grid, UnusableError
from askew.documents.headers import Record, filled_width, first_as_header, header_of, is_empty
from askew.documents.json_tables import json_table
from askew.documents.names import is_known, same
from askew.documents.rows import Bad, Row, Table, physical

LONGEST_CELL = 10_000_000
"""Characters. A quote that is never closed would make one cell of all that follows."""
RUNAWAYS = 20
"""Quotes never closed, after which quotes no longer reach beyond a line."""
NUL = "contains a NUL character: the file is damaged, or not text"
SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])")
"""The beginning of a formula, perhaps guarded before; full-width and small signs are converted by some programs."""
OURS = (
    frozenset({"a", "b", "score", "verdict", "reason", "layer", "text1", "text2"}),
    frozenset({"group", "id", "representative", "text"}),
    frozenset({"text1", "text2", "label", "a", "b", "score"}),
    frozenset({"id", "cluster", "name", "score", "text"}),
    frozenset({"query", "text", "system"}),
    frozenset({"row", "kept_row", "kept_id", "kept_text", "score", "label", "reason"}),
)
"""Columns by which a table that askew writes is known: pairs, groups, labels, clusters, values per
query, and removed rows. In it, an
apostrophe before a formula is our guard (see `export.tables`); in any other table it is the user's."""


def table(text: str, format: str) -> Table:
    """Parse a table. Raises UnusableError if the whole file is unusable."""
    if format in ("json", "jsonl"):
        return json_table(text, format)
    with _long_cells():
        return _cell_table(text, format)


def header(line: str, format: str) -> list[str]:
    """Return the cells of the first line of a table, [] if it cannot be parsed."""
    dialect = sniffed([line], "\t" if format == "tsv" else ",")
    with _long_cells():
        first = next(_records([line], 0, dialect), None)
    return list(first.cells) if isinstance(first, Record) else []


def _cell_table(text: str, format: str) -> Table:
    found = physical(text)
    said = SEPARATOR.fullmatch(found[0]) if found else None
    first = 1 if said else 0
    alone = is_known(next((line for line in found[first:] if line.strip()), ""))
    dialect = sniffed(found[first : first + 1000], "\t" if format == "tsv" else ",", alone)
    if said and said[1] != dialect.delimiter:
        dialect = replace(dialect, delimiter=said[1])
    doubt = "" if said else header_doubt(found, first, dialect)
    made = headed(list(_records(found, first, dialect)), cells=True)
    usual = {"csv": ",", "tsv": "\t"}[format]
    notes = (f"separated by {delimiter_said(dialect.delimiter)}",) if dialect.delimiter not in ("", usual) else ()
    return replace(made, notes=(*filter(None, (doubt,)), *notes, *made.notes))


def grid_table(grid: Grid) -> Table:
    """Return the rows of a sheet."""
    width = max((len(cells) for _, cells in grid.rows), default=0)
    records = [
        Record(number, [*map(_stripped, cells), *[None] * (width - len(cells))])
        for number, cells in grid.rows
        if any(cell not in (None, "") for cell in cells)
    ]
    made = headed(records, cells=False, stated=grid.stated)
    values = [row.values for row in made.rows if isinstance(row, Row)]
    whole = {name: _of_one_type([one.get(name) for one in values]) for name in made.names}
    columns = iter(zip(*whole.values(), strict=True))
    rows = tuple(
        replace(row, sheet=grid.name)
        if isinstance(row, Bad)
        else Row(row.line, _filled(made.names, next(columns)), grid.name)
        for row in made.rows
    )
    return replace(made, rows=rows, by_line=False)


def _filled(names: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    return {name: cell for name, cell in zip(names, cells, strict=True) if not is_empty(cell)}


def _stripped(cell: Any) -> Any:
    return cell.strip() if isinstance(cell, str) else cell


def _of_one_type(cells: Sequence[Any]) -> Sequence[Any]:
    """Return the values of a column, numbers as floats if one is, and no words such as N/A among numbers."""
    numbers = [cell for cell in cells if isinstance(cell, int | float) and not isinstance(cell, bool)]
    words = {cell.casefold() for cell in cells if isinstance(cell, str)}
    if not numbers or words - EMPTY or any(isinstance(cell, bool | list | dict) for cell in cells):
        return cells
    kind = float if any(isinstance(cell, float) for cell in numbers) else int
    return [None if is_empty(cell) or isinstance(cell, str) else kind(cell) for cell in cells]


def sheets(tables: Sequence[Table], wanted: Collection[str]) -> list[Table]:
    """Return one table for all sheets with the same columns; the one with the wanted columns or a known text first."""
    names = set(map(same, wanted))
    alike: dict[frozenset[str], list[Table]] = {}
    for one in tables:
        if one.names and one.rows:
            alike.setdefault(frozenset(map(same, one.names)), []).append(one)
    order = sorted(alike, key=lambda held: (not (names and names <= held), not any(map(is_known, held))))
    return [_one_table(alike[held]) for held in order]


def _one_table(alike: Sequence[Table]) -> Table:
    known = {same(name): name for name in alike[0].names}
    rows = [row for one in alike for row in one.rows]
    renamed = (
        row
        if isinstance(row, Bad)
        else replace(row, values={known[same(name)]: value for name, value in row.values.items()})
        for row in rows
    )
    return replace(alike[0], rows=tuple(renamed))


def headed(records: Sequence[Record | Bad], cells: bool, stated: bool = False) -> Table:
    """Return the table of these records, whose header is among the first ones. stated: whether it is the first one."""
    bad = [record for record in records if isinstance(record, Bad)]
    good = [record for record in records if isinstance(record, Record)]
    if not good:
        return Table(1, (), tuple(bad), cells)
    if bad and bad[0].line < good[0].line:
        raise UnusableError(f"line {bad[0].line}: {bad[0].reason}")
    ours = is_ours({bare(str(cell)) for cell in good[0].cells})
    found = first_as_header(good) if stated or ours else header_of(good)
    ours = ours or is_ours(found.names)
    names = [bare(name) for name in found.names] if ours else list(found.names)
    wide = [filled_width(record.cells) for record in found.below if filled_width(record.cells) > len(names)]
    if len(wide) * 2 > len(found.below):
        raise UnusableError(
            f"the header in line {found.line} has {len(names)} name{'s' if len(names) > 1 else ''}, but most rows have "
            f"{wide[0]} cells; add the missing names"
        )
    rest: list[Record | Bad] = [*found.below, *(one for one in bad if one.line > found.line)]
    rest.sort(key=lambda one: one.line)
    least, convert = _least(found.below, len(names)), bare if ours else None
    rows = tuple(_row(record, names, least, convert, stated) for record in rest)
    return Table(found.line, tuple(filter(None, names)), rows, cells, True, found.notes, found.left_out)


def _least(records: Sequence[Record], width: int) -> int:
    """Return the number of cells that each row has; the columns behind them are empty in some row of full width."""
    least = width
    while least > 1 and any(len(r.cells) >= width and is_empty(r.cells[least - 1]) for r in records):
        least -= 1
    return least


def _row(
    record: Record | Bad, names: Sequence[str], least: int, convert: Callable[[str], str] | None, stated: bool
) -> Row | Bad:
    if isinstance(record, Bad):
        return record
    cells, width = record.cells, len(names)
    if len(cells) != width:
        if len(cells) < least or filled_width(cells) > width:
            return Bad(record.line, f"number of cells is {len(cells)}, but the header has {width}")
        cells = [*cells[:width], *[""] * (width - len(cells))]
    if width > 1 and not stated and list(cells) == names:
        return Bad(record.line, "the header again")
    if convert:
        cells = [convert(cell) for cell in cells]
    if "" in names:
        return Row(record.line, {name: cell for name, cell in zip(names, cells, strict=True) if name})
    return Row(record.line, dict(zip(names, cells, strict=True)))


def _records(lines: Sequence[str], first: int, dialect: Dialect) -> Iterator[Record | Bad]:
    """Yield the records from a line on. A quote out of place costs its line, and reading goes on with the next one."""
    base, end, runaways = first, len(lines), 0
    if not dialect.delimiter:
        dialect = replace(dialect, delimiter="\x1f", width=1)
    reader = csv.reader(map(lines.__getitem__, range(base, end)), **dialect.options())
    while True:
        begin = base + reader.line_num
        try:
            cells, fault = next(reader), ""
        except StopIteration:
            return
        except csv.Error as error:
            cells, fault = [], str(error)
        spanned = base + reader.line_num - begin
        literal = _literal(lines, begin, spanned, dialect, cells) if fault or spanned > 1 else None
        if fault or literal:
            if literal:
                yield Record(begin + 1, literal)
            else:
                until = f", up to line {begin + spanned}" if spanned > 1 else ""
                yield Bad(begin + 1, f"not valid CSV: {fault}{until}")
            if spanned > 1:
                runaways += spanned > 100
                if runaways > RUNAWAYS:
                    dialect = replace(dialect, quote="", escape="")
                base = begin + 1
                reader = csv.reader(map(lines.__getitem__, range(base, end)), **dialect.options())
        elif any(cells):
            yield Record(begin + 1, cells)


def _literal(
    lines: Sequence[str], begin: int, spanned: int, dialect: Dialect, cells: Sequence[str]
) -> list[str] | None:
    """Return the cells of a line whose quotes are characters like others, None if they are not."""
    plain = lines[begin].rstrip("\r\n").split(dialect.delimiter)
    if len(plain) != dialect.width or (not cells and dialect.width == 1):
        return None
    made = [_unquoted(cell, dialect.quote) for cell in plain]
    if any(dialect.quote and dialect.quote in cell and " " not in cell.strip() for cell in made):
        return None  # it may be an id, which a stray quote would make another
    if cells and not _are_rows(lines[begin : begin + spanned], dialect):
        return None
    return made


def _unquoted(cell: str, quote: str) -> str:
    enclosed = quote and len(cell) > 1 and cell[0] == cell[-1] == quote
    return cell[1:-1].replace(quote * 2, quote) if enclosed else cell


def _are_rows(lines: Sequence[str], dialect: Dialect) -> bool:
    """Return whether each line of a record is a row by itself, in which only a stray quote made them one."""
    return dialect.delimiter == "\t" and all(line.count("\t") == dialect.width - 1 for line in lines)


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def bare(cell: str) -> str:
    """Return a text without the guard that `export.tables.guarded` puts before a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def is_ours(columns: Collection[str]) -> bool:
    """Return whether a table has the columns of one that askew writes; in any other, an apostrophe is the user's."""
    return any(known.issubset(columns) for known in OURS)
