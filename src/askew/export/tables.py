"""Result tables as CSV, JSONL or Parquet, chosen by suffix; any number of rows in little memory."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from askew.documents.tables import FORMULA
from askew.errors import InputError
from askew.export import parquet
from askew.export.cells import as_json, cell, utf8
from askew.files import output

Rows = Iterable[Mapping[str, object]]

NUMBER = re.compile(r"[+-](?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
NAMES = frozenset({"id", "a", "b", "query", "representative", "text", "text1", "text2", "title"})
"""Columns of ids and texts: +49 in one of them is no number, and a spreadsheet would drop its sign."""
FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def format_of(path: str | Path) -> str:
    """Return csv, jsonl or parquet; call this before the work whose result is to be written.

    Raises InputError for another suffix, a missing folder or a missing library.
    """
    format = FORMATS.get(Path(path).suffix.lower(), "")
    if not format:
        raise InputError(f"Unknown format: {path} must end in .csv, .jsonl or .parquet.")
    if not Path(path).absolute().parent.is_dir():
        raise InputError(f"Cannot write {path}: the folder {Path(path).parent} does not exist.")
    if format == "parquet":
        parquet.check()
    return format


def write(path: str | Path, rows: Rows, columns: Sequence[str]) -> int:
    """Write these columns of all rows and return the number of rows; on failure the file is unchanged.

    A missing value is an empty cell, null in JSONL and Parquet; lists and objects are JSON within a CSV cell.
    """
    format = format_of(path)
    with output(path) as file:
        return write_to(file, format, rows, columns)


def write_to(file: BinaryIO, format: str, rows: Rows, columns: Sequence[str]) -> int:
    """Write to an open file, as `write` does.

    CSV follows RFC 4180, in UTF-8. A text that a spreadsheet would run as a formula, such as `=1+1` or `@ana hi`, gets
    an apostrophe in front, which askew removes when it reads the table; JSONL and Parquet hold every text unchanged.
    """
    if format == "parquet":
        return parquet.write(file, rows, columns)
    lines = _csv(rows, columns) if format == "csv" else _jsonl(rows, columns)
    count = 0
    for count, line in enumerate(lines, 0 if format == "csv" else 1):  # the last is the number of rows
        file.write(utf8(line, count))
    return count


def guarded(text: str, column: str = "") -> str:
    """Return the text of a cell such that a spreadsheet shows it. Numbers stay numbers, except in NAMES.

    Excel and LibreOffice run a cell that begins with = + - or @ as a formula, possibly a malicious one, whoever wrote
    it. The guard, an apostrophe, can be removed exactly (`documents.tables.bare`): a text that begins with apostrophes
    and then like a formula gets one more.
    """
    if not FORMULA.match(text) or (column not in NAMES and NUMBER.fullmatch(text)):
        return text
    return f"'{text}"


class _Line:
    """A target for csv.writer that returns the line."""

    def write(self, line: str) -> str:
        return line


def _csv(rows: Rows, columns: Sequence[str]) -> Iterator[str]:
    written = csv.writer(_Line(), lineterminator="\r\n").writerow
    yield written([guarded(name) for name in columns])
    for row in rows:
        yield written([_guarded(row.get(name), name) for name in columns])


def _jsonl(rows: Rows, columns: Sequence[str]) -> Iterator[str]:
    return (as_json({name: row.get(name) for name in columns}) + "\n" for row in rows)


def _guarded(value: object, column: str) -> str:
    text = cell(value)
    return guarded(text, column) if isinstance(value, str) else text
