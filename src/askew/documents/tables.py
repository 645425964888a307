"""Tables: rows of named values from CSV, TSV, JSON, JSONL and sheets, each with the line where it begins."""

import csv
import io
import re
import statistics
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from askew.documents.dialects import Dialect, sniffed
from askew.documents.formats.draft import Grid
from askew.errors import InputError

LONGEST_CELL = 10_000_000
"""Characters. A quote that is never closed would make one cell of all that follows."""
RUNAWAYS = 20
"""Quotes never closed, after which quotes no longer reach beyond a line."""
PREAMBLE = 30
"""Rows among which the header is looked for."""
FULL = 0.6
"""Share of the usual number of cells that a header fills."""
NUL = "contains a NUL character: the file is damaged, or not text"
SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
VALUE = re.compile(r"[-+]?[\d.,]*\d%?|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*|true|false", re.IGNORECASE)
"""A number, a date or a truth value: what a column holds, and no name of one."""
YEAR = re.compile(r"(1[5-9]|20|21)\d\d")
FORMULA = re.compile(r"'*(?:[\t\r\n]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20\ufe66\ufe62\ufe63\ufe6b])")
"""The beginning of a formula, perhaps guarded before; full-width and small signs are converted by some programs."""
OURS = (
    frozenset({"a", "b", "score", "verdict", "reason", "layer", "text1", "text2"}),
    frozenset({"group", "id", "representative", "text"}),
    frozenset({"text1", "text2", "label", "a", "b", "score"}),
    frozenset({"id", "cluster", "name", "score", "text"}),
    frozenset({"query", "text", "system"}),
)
"""Columns by which a table that askew writes is known: pairs, groups, labels, clusters, and values per query. In it, an
apostrophe before a formula is our guard (see `cleaning.tables`); in any other table it is the user's."""


@dataclass(frozen=True)
class Row:
    """line: where it begins, or the number of the object in a JSON array. sheet: "" outside of a workbook."""

    line: int
    values: Mapping[str, Any]
    sheet: str = ""


@dataclass(frozen=True)
class Bad:
    """An unusable row. reason: a phrase without full stop."""

    line: int
    reason: str
    sheet: str = ""


@dataclass(frozen=True)
class Table:
    """A parsed table. names: every field of any row. cells: all values are strings, as in CSV and TSV.

    by_line: each row is a line of the file. inner: the rows are a list within an object, which may be settings.
    notes, left_out: see `Draft`.
    """

    line: int
    names: tuple[str, ...]
    rows: tuple[Row | Bad, ...]
    cells: bool
    by_line: bool = True
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    inner: bool = False


@dataclass(frozen=True)
class _Record:
    line: int
    cells: Sequence[Any]


def table(text: str, format: str, path: str) -> Table:
    """Parse a table. path: for the error message if the whole file is unusable."""
    if format in ("json", "jsonl"):
        from askew.documents.json_tables import json_table

        return json_table(text, format)
    with _long_cells():
        return _cell_table(text, format, path)


def header(line: str, format: str) -> list[str]:
    """Return the cells of the first line of a table, [] if it cannot be parsed."""
    dialect = sniffed([line], "\t" if format == "tsv" else ",")
    with _long_cells():
        first = next(_records([line], 0, dialect), None)
    return list(first.cells) if isinstance(first, _Record) else []


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield non-blank lines with their numbers. Only CR, LF or both end a line: JSON may contain U+2028."""
    for number, line in enumerate(physical(text), 1):
        if line.strip():
            yield number, line.rstrip("\r\n")


def physical(text: str) -> list[str]:
    """Return the lines with their endings."""
    return list(io.StringIO(text, newline=""))


def same(name: str) -> str:
    """Return a name without case, spaces and underscores, by which headings are compared."""
    return re.sub(r"[\s_\-]+", "", name).casefold()


def matching(name: str, names: Collection[str]) -> str:
    """Return the name that is meant: the same, or one that differs in case, spaces and underscores only; else ""."""
    if name in names:
        return name
    bare = same(name)
    return next((one for one in names if same(one) == bare), "")


def _cell_table(text: str, format: str, path: str) -> Table:
    from askew.documents.columns import is_known

    found = physical(text)
    said = SEPARATOR.fullmatch(found[0]) if found else None
    first = 1 if said else 0
    alone = is_known(next((line for line in found[first:] if line.strip()), ""))
    dialect = sniffed(found[first : first + 1000], "\t" if format == "tsv" else ",", alone)
    if said and said[1] != dialect.delimiter:
        dialect = replace(dialect, delimiter=said[1])
    made = headed(list(_records(found, first, dialect)), path, cells=True)
    usual = {"csv": ",", "tsv": "\t"}[format]
    name = {"\t": "tabs", "\x1f": "unit separators"}.get(dialect.delimiter, dialect.delimiter)
    notes = (f"separated by {name}",) if dialect.delimiter not in ("", usual) else ()
    return replace(made, notes=(*notes, *made.notes))


def grid_table(grid: Grid, path: str) -> Table:
    """Return the rows of a sheet."""
    records = [
        _Record(number, [cell.strip() if isinstance(cell, str) else cell for cell in cells])
        for number, cells in grid.rows
        if any(cell not in (None, "") for cell in cells)
    ]
    made = headed(records, path, cells=False)
    rows = tuple(
        replace(row, sheet=grid.name)
        if isinstance(row, Bad)
        else Row(row.line, {n: v for n, v in row.values.items() if v not in (None, "")}, grid.name)
        for row in made.rows
    )
    return replace(made, rows=rows, by_line=False)


def headed(records: Sequence[_Record | Bad], path: str, cells: bool) -> Table:
    """Return the table of these records, whose header is searched among the first ones."""
    good = [record for record in records if isinstance(record, _Record)]
    if not good:
        return Table(1, (), tuple(record for record in records if isinstance(record, Bad)), cells)
    place = _header_place(good)
    top = good[place]
    broken = next((r for r in records if isinstance(r, Bad) and r.line < top.line), None)
    if broken and not place:
        raise InputError(f"{path}:{broken.line}: {broken.reason}.")
    headless = not place and _is_data(top, good[1:])
    given = [""] * len(top.cells) if headless else [_name(cell) for cell in top.cells]
    if ours := is_ours(given):
        given = [bare(name) for name in given]
    names, notes, left = _named(given, good[place + (not headless) :], headless)
    if headless:
        notes = ["no header; the columns are numbered"]
    if place:
        above = top.line - min(record.line for record in good)
        notes.insert(0, f"{above} {'line' if above == 1 else 'lines'} above the header skipped (line {top.line})")
    rest = [r for r in records if r.line > top.line or (headless and r.line == top.line)]
    if place and str(good[0].cells[0]).startswith("#"):
        rest = [r for r in rest if not _is_comment(r, len(names))]
    least, convert = _least(rest, len(names)), bare if ours else None
    rows = tuple(_row(record, names, least, convert) for record in rest)
    return Table(top.line, tuple(n for n in names if n), rows, cells, True, tuple(notes), left)


def _name(cell: object) -> str:
    return "" if cell is None else " ".join(str(cell).lstrip("\ufeff").split())


def _filled(record: _Record) -> int:
    return sum(cell not in (None, "") for cell in record.cells)


def _filled_width(cells: Sequence[Any]) -> int:
    """Return the number of cells without the empty ones at the end."""
    width = len(cells)
    while width and (cells[width - 1] is None or cells[width - 1] == "" or str(cells[width - 1]).isspace()):
        width -= 1
    return width


def _header_place(records: Sequence[_Record]) -> int:
    """Return the place of the header: the first row that fills enough of the usual cells. Titles and notes fill few.

    A short row stays the header if what would take its place looks like data.
    """
    usual = statistics.median_high(_filled(record) for record in records[:200])
    for place, record in enumerate(records[:PREAMBLE]):
        first_empty = len(record.cells) > 1 and record.cells[0] in (None, "")
        comment = place + 1 < len(records) and _is_comment(record, len(records[place + 1].cells))
        if _filled(record) + first_empty >= FULL * usual and not comment:
            title = all(_filled(above) <= 1 or str(above.cells[0]).startswith("#") for above in records[:place])
            return place if title or not _is_data(record, records[place + 1 :]) else 0
    return 0


def _is_comment(record: _Record | Bad, width: int) -> bool:
    return isinstance(record, _Record) and str(record.cells[0]).startswith("#") and len(record.cells) != width


def _is_data(top: _Record, below: Sequence[_Record]) -> bool:
    """Return whether a row is no header: it has values, such as numbers, in columns that hold values, and no name in
    one of them. Rising years or numbers are names.
    """
    typed: list[str] = []
    for number, cell in enumerate(top.cells):
        column = [row.cells[number] for row in below[:50] if number < len(row.cells)]
        held = [value for value in column if value not in (None, "")]
        if held and sum(map(_is_value, held)) >= 0.9 * len(held):
            if not _is_value(cell):
                return False
            typed.append(str(cell).strip())
    if not typed or not any(typed):
        return False
    whole = [int(value) for value in typed if value.isdecimal()]
    rising = len(whole) == len(typed) > 1 and all(a < b for a, b in pairwise(whole))
    return not rising and not all(YEAR.fullmatch(value) for value in typed)


def _is_value(cell: object) -> bool:
    return not isinstance(cell, str) or bool(VALUE.fullmatch(cell.strip()))


def _named(
    given: Sequence[str], below: Sequence[_Record], headless: bool
) -> tuple[list[str], list[str], tuple[str, ...]]:
    """Return the names of the columns, "" for one that is left out; notes; and what is left out."""
    if given and given[0].startswith("#") and len(given) > 1:
        given = [given[0].lstrip("# "), *given[1:]]
    names: list[str] = []
    numbered: list[str] = []
    left: tuple[str, ...] = ()
    for number, name in enumerate(given):
        if not name and not headless:
            column = [row.cells[number] for row in below if number < len(row.cells)]
            held = any(cell not in (None, "") for cell in column)
            if not held or (number == 0 and _is_index(column)):
                left = ("1 column without a name, which counts the rows",) if held else left
                names.append("")
                continue
        made, count = name or f"column {number + 1}", 2
        while made in names or (made != name and made in given):
            made, count = f"{name or 'column'} {count}", count + 1
        if made != name:
            numbered.append(made)
        names.append(made)
    notes = [f"columns of one name, or none, were numbered: {', '.join(numbered[:3])}"] if numbered else []
    return names, notes, left


def _is_index(column: Sequence[Any]) -> bool:
    """Return whether a column counts its rows, as the index that pandas writes."""
    start = str(column[0]).strip() if column else ""
    return start in ("0", "1") and all(
        str(cell).strip() == str(number) for number, cell in enumerate(column, int(start))
    )


def _least(records: Sequence[_Record | Bad], width: int) -> int:
    """Return the number of cells that each row has; the columns behind them are empty in some row of full width."""
    least = width
    while least > 1 and any(
        isinstance(r, _Record) and len(r.cells) >= width and r.cells[least - 1] in (None, "") for r in records
    ):
        least -= 1
    return least


def _row(record: _Record | Bad, names: Sequence[str], least: int, convert: Callable[[str], str] | None) -> Row | Bad:
    if isinstance(record, Bad):
        return record
    cells, width = record.cells, len(names)
    if len(cells) != width:
        if len(cells) < least or _filled_width(cells) > width:
            return Bad(record.line, f"number of cells is {len(cells)}, but the header has {width}")
        cells = [*cells[:width], *[""] * (width - len(cells))]
    if convert:
        cells = [convert(cell) for cell in cells]
    if "" in names:
        return Row(record.line, {name: cell for name, cell in zip(names, cells, strict=True) if name})
    return Row(record.line, dict(zip(names, cells, strict=True)))


def _records(lines: Sequence[str], first: int, dialect: Dialect) -> Iterator[_Record | Bad]:
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
                yield _Record(begin + 1, literal)
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
            yield _Record(begin + 1, cells)


def _literal(
    lines: Sequence[str], begin: int, spanned: int, dialect: Dialect, cells: Sequence[str]
) -> list[str] | None:
    """Return the cells of a line whose quotes are characters like others, None if they are not."""
    plain = lines[begin].rstrip("\r\n").split(dialect.delimiter)
    if len(plain) != dialect.width or (not cells and dialect.width == 1):
        return None
    if cells and len(cells) == dialect.width and not _are_rows(lines[begin : begin + spanned], dialect):
        return None
    return plain


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
    """Return a text without the guard that `cleaning.tables.guarded` puts before a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def is_ours(columns: Collection[str]) -> bool:
    """Return whether a table has the columns of one that askew writes; in any other, an apostrophe is the user's."""
    return any(known.issubset(columns) for known in OURS)
