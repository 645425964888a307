"""Rows of results as a file: CSV, JSONL or Parquet, as its suffix says; however many there are, in little memory."""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from askew.cleaning import parquet
from askew.cleaning.atomic import replacing
from askew.cleaning.cells import as_json, cell, utf8
from askew.errors import InputError

Rows = Iterable[Mapping[str, object]]

FORMATS = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}


def format_of(path: str | Path) -> str:
    """csv, jsonl or parquet. InputError for another suffix, a folder that is not there, or a library that is missing:
    ask before the work whose outcome is to be written.
    """
    format = FORMATS.get(Path(path).suffix.lower(), "")
    if not format:
        raise InputError(f"The name of {path} does not tell its format. End it with .csv, .jsonl or .parquet.")
    if not Path(path).absolute().parent.is_dir():
        raise InputError(f"{path} cannot be written: there is no folder {Path(path).parent}.")
    if format == "parquet":
        parquet.check()
    return format


def write(path: str | Path, rows: Rows, columns: Sequence[str], *, spreadsheet: bool = False) -> int:
    """How many rows were written: all of them, or the file is as it was before. Of each row the columns named.

    A value that is missing is an empty cell, null in JSONL and Parquet; lists and objects are JSON within a CSV cell.
    spreadsheet: `write_to` says what it does.
    """
    format = format_of(path)
    with replacing(path) as file:
        return write_to(file, format, rows, columns, spreadsheet=spreadsheet)


def write_to(file: BinaryIO, format: str, rows: Rows, columns: Sequence[str], *, spreadsheet: bool = False) -> int:
    """As `write`, to a file that is open.

    CSV is that of RFC 4180, in UTF-8. A text such as `=1+1` or `@ana hi` stays what it is, as programs that read the
    file again must get the text that was compared. spreadsheet: for a file that a person opens in Excel or
    LibreOffice, where such a cell would be a formula, and a text of strangers could be a harmful one: an apostrophe is
    put before texts that begin with = + - @, a tab or a carriage return. Numbers have none.
    """
    if format == "parquet":
        return parquet.write(file, rows, columns)
    lines = _csv(rows, columns, spreadsheet) if format == "csv" else _jsonl(rows, columns)
    count = 0
    for count, line in enumerate(lines, 0 if format == "csv" else 1):  # the last is how many there were
        file.write(utf8(line, count))
    return count


class _Line:
    """What csv.writer writes to: it gives back the line."""

    def write(self, line: str) -> str:
        return line


def _csv(rows: Rows, columns: Sequence[str], spreadsheet: bool) -> Iterator[str]:
    written, made = csv.writer(_Line(), lineterminator="\r\n").writerow, _guarded if spreadsheet else cell
    yield written(columns)
    for row in rows:
        yield written([made(row.get(name)) for name in columns])


def _jsonl(rows: Rows, columns: Sequence[str]) -> Iterator[str]:
    return (as_json({name: row.get(name) for name in columns}) + "\n" for row in rows)


def _guarded(value: object) -> str:
    text = cell(value)
    return f"'{text}" if isinstance(value, str) and text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
