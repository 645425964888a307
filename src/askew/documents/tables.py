"""Parsers for CSV, TSV and JSONL: rows of named values, each with the line where it begins."""

import csv
import io
import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

from askew.documents.formulas import bare, is_ours
from askew.errors import InputError
from askew.values import DEEPEST, is_deep

DELIMITERS = ",;\t"
LONGEST_CELL = min(sys.maxsize, 2**31 - 1)  # fits into a C long on every platform
SURROGATE = re.compile("[\ud800-\udfff]")
NOT_UTF8 = "not UTF-8; save the file as UTF-8"
NUL = "contains a NUL character: the file is damaged, or not text"
TOO_DEEP = f"not valid JSON: nested more than {DEEPEST} deep"


@dataclass(frozen=True)
class Row:
    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Bad:
    """An unusable row. reason: a phrase without full stop."""

    line: int
    reason: str


@dataclass(frozen=True)
class Table:
    """A parsed table. names: every field of any row. cells: all values are strings, as in CSV and TSV."""

    line: int
    names: tuple[str, ...]
    rows: tuple[Row | Bad, ...]
    cells: bool


@dataclass(frozen=True)
class _Record:
    line: int
    cells: list[str]


def table(text: str, format: str, path: str) -> Table:
    """Parse a table. path: for the error message if the whole file is unusable."""
    if format == "jsonl":
        return _json_table(text)
    with _long_cells():
        return _cell_table(_csv_records(text) if format == "csv" else _tsv_records(text), path)


def header(line: str, format: str) -> list[str]:
    """Return the cells of the first line of a table, [] if it cannot be parsed."""
    if format == "tsv":
        return line.split("\t")
    with _long_cells():
        first = next(_csv_records(line), None)
    return first.cells if isinstance(first, _Record) else []


def lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield non-blank lines with their numbers. Only a line feed ends a line: JSON may contain U+2028."""
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.removesuffix("\r")


def _cell_table(records: Iterator[_Record | Bad], path: str) -> Table:
    header = next(records, _Record(1, []))
    if isinstance(header, Bad):
        raise InputError(f"{path}:{header.line}: {header.reason}.")
    names = [name.strip() for name in header.cells]
    ours = is_ours(names)
    if ours:
        names = [bare(name) for name in names]
    twice = [name for name, count in Counter(names).items() if name and count > 1]
    if twice:
        raise InputError(f"{path}:{header.line}: duplicate column name {twice[0]!r}. Give each column a unique name.")
    rows = tuple(_cell_row(record, names, ours) for record in records)
    return Table(header.line, tuple(name for name in names if name), rows, cells=True)


def _cell_row(record: _Record | Bad, names: list[str], ours: bool) -> Row | Bad:
    if isinstance(record, Bad):
        return record
    if len(record.cells) != len(names):
        return Bad(record.line, f"number of cells is {len(record.cells)}, but the header has {len(names)}")
    # A column without a name, such as the index written by pandas, is not data.
    cells = map(bare, record.cells) if ours else record.cells
    return Row(record.line, {name: cell for name, cell in zip(names, cells, strict=True) if name})


def _csv_records(text: str) -> Iterator[_Record | Bad]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            until = f", up to line {reader.line_num}" if reader.line_num > line else ""
            yield Bad(line, f"not valid CSV: {error}{until}")
            continue
        if any(cells):
            yield _decoded(_Record(line, cells))


def _tsv_records(text: str) -> Iterator[_Record | Bad]:
    return (_decoded(_Record(number, line.split("\t"))) for number, line in lines(text))


def _decoded(record: _Record) -> _Record | Bad:
    return Bad(record.line, NOT_UTF8) if any(map(SURROGATE.search, record.cells)) else record


def _delimiter(text: str) -> str:
    """Return the delimiter that is most frequent in the header."""
    header = text.lstrip("\r\n").partition("\n")[0]
    bare = re.sub(r'"[^"]*+"', "", header)
    return max(DELIMITERS, key=bare.count)


@contextmanager
def _long_cells() -> Iterator[None]:
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _json_table(text: str) -> Table:
    rows = tuple(_json_row(number, line) for number, line in lines(text))
    names = dict.fromkeys(name for row in rows if isinstance(row, Row) for name in row.values)
    return Table(rows[0].line if rows else 1, tuple(names), rows, cells=False)


def _json_row(number: int, line: str) -> Row | Bad:
    if SURROGATE.search(line):
        return Bad(number, NOT_UTF8)
    try:
        row = json.loads(line, parse_constant=_no_number, parse_float=_finite)
    except json.JSONDecodeError as error:
        return Bad(number, f"not valid JSON: {error.msg} at column {error.colno}")
    except ValueError as error:
        return Bad(number, f"not valid JSON: {error}")
    except RecursionError:
        return Bad(number, TOO_DEEP)
    if line.count("{") + line.count("[") > DEEPEST and is_deep(row):
        return Bad(number, TOO_DEEP)
    if not isinstance(row, dict):
        return Bad(number, 'not a JSON object such as {"text": "…"}')
    if "\\u" in line and SURROGATE.search(json.dumps(row, ensure_ascii=False)):
        return Bad(number, "contains an unpaired surrogate (\\ud800 to \\udfff), which is not a character")
    return Row(number, row)


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"the number {digits} is too large")
    return number
