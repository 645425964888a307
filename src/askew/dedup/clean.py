"""A copy of a file without some rows; the rows that are kept stay as they are, in files of lines byte for byte."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.documents.columns import DEFAULTS, Columns, Fields, columns, document
from askew.documents.contents import LARGEST_TABLE, contents
from askew.documents.encodings import MARKS, UTF_8, decoded_text
from askew.documents.formats.draft import UnusableError
from askew.documents.read import How, files, line_document, rows_of
from askew.documents.rows import Bad, Row, Table, lines, physical
from askew.documents.sources import STDIN, Source, find
from askew.documents.tables import table
from askew.errors import InputError
from askew.export import parquet, workbook
from askew.types import Document

BY_LINE = ("lines", "csv", "tsv", "jsonl")
"""Formats whose rows are lines of the file."""
WIDE_MARKS = {mark: codec for mark, codec in MARKS.items() if codec != UTF_8}
WIDE = tuple(WIDE_MARKS)
WRITTEN_ANEW = {"xlsx": workbook.without, "parquet": parquet.without}
"""Formats whose copy is written anew."""
CLEANABLE = "CSV, TSV, JSONL, TXT, XLSX or Parquet file"
BLANK = re.compile(rb"[\s,;|]*")  # an unquoted record without values


@dataclass(frozen=True)
class RowSpan:
    """The bytes of a row, data[start:end], including its line ending; `line` is its first line. Of a workbook or a
    Parquet file: no bytes, and the number of the row.
    """

    line: int
    start: int
    end: int


@dataclass(frozen=True)
class SourceRow:
    """A row as it stands in the file. number: as a spreadsheet shows it, so that a header is row 1. values: of all
    columns. sheet: "" if there is only one.
    """

    number: int
    values: Mapping[str, Any]
    sheet: str = ""


@dataclass(frozen=True)
class Original:
    """A file as read: its bytes, the documents in its rows, and the record and the row of each id. names: of all
    columns. format: as for `documents.sources.FORMATS`.
    """

    path: str
    data: bytes
    documents: tuple[Document, ...]
    records: Mapping[str, RowSpan]
    rows: Mapping[str, SourceRow]
    names: tuple[str, ...] = ()
    format: str = "csv"

    @property
    def is_by_line(self) -> bool:
        return self.format in BY_LINE


def original(
    path: str | Path, fields: Fields = DEFAULTS, *, format: str | None = None, encoding: str | None = None
) -> Original:
    """Read a table whose rows can be removed, or with the format lines plain text, as `documents.read.read` does.

    Unusable rows belong to no document, and are always kept in the file.
    """
    if str(path) == STDIN or Path(path).is_dir():
        raise InputError(f"Cannot clean {path}, which is not a file: give a {CLEANABLE}.")
    [source] = find([path], format or "")
    if source.format in WRITTEN_ANEW:
        return _table(source, fields)
    if source.format not in BY_LINE:
        raise InputError(f"{path} does not have its rows on lines: only a {CLEANABLE} can be cleaned.")
    data = _data(source)
    text, _ = decoded_text(data, forced=encoding)
    names, placed, begins = _placed(source, text, fields)
    spans = _records(source.format, data, text, begins, str(path))
    numbers = _numbers(begins, spans, data) if source.format in ("csv", "tsv") else {line: line for line in begins}
    records = {document.id: spans[line] for line, document, _ in placed}
    rows = {document.id: SourceRow(numbers[line], values) for line, document, values in placed}
    return Original(str(path), data, tuple(one for _, one, _ in placed), records, rows, names, source.format)


def _table(source: Source, fields: Fields) -> Original:
    """Read a workbook or a Parquet file."""
    data = _data(source)
    [outcome] = files([source], How(fields, rows=True))
    if outcome.file.reason:
        raise InputError(f"{source.path}: {outcome.file.reason}.")
    table = rows_of(source.path, source.format)
    many = len({row.sheet for row in table.rows}) > 1
    by_place = {f"{row.sheet}:{row.line}" if many else str(row.line): row for row in table.rows if isinstance(row, Row)}
    found = {one.id: by_place[place] for one, place in zip(outcome.documents, outcome.places, strict=True)}
    records = {id: RowSpan(row.line, 0, 0) for id, row in found.items()}
    rows = {id: SourceRow(row.line, row.values, row.sheet) for id, row in found.items()}
    return Original(source.path, data, outcome.documents, records, rows, table.names, source.format)


def copied(original: Original, gone: Collection[str]) -> list[bytes | memoryview]:
    """Return the pieces of the file without these rows."""
    if original.is_by_line:
        return list(staying(original, gone))
    if not gone:
        return [original.data]
    by_sheet: dict[str, set[int]] = {}
    for id in gone:
        record_of(original, id)
        by_sheet.setdefault(original.rows[id].sheet, set()).add(original.rows[id].number)
    return [WRITTEN_ANEW[original.format](original.data, by_sheet)]


def staying(original: Original, gone: Collection[str]) -> Iterator[memoryview]:
    """Yield the bytes of the file without these rows. Line endings, quotes and a byte order mark are preserved."""
    view, at = memoryview(original.data), 0
    for record in sorted((record_of(original, id) for id in set(gone)), key=lambda record: record.start):
        yield view[at : record.start]
        at = record.end
    yield view[at:]


def record_of(original: Original, id: str) -> RowSpan:
    """Return the record of an id; InputError if the file has none."""
    try:
        return original.records[id]
    except KeyError:
        raise InputError(f"{original.path} no longer has a row {id!r}: search it for duplicates again.") from None


def _data(source: Source) -> bytes:
    try:
        if source.barrier:
            raise UnusableError(source.barrier)
        return contents(source.path, LARGEST_TABLE)
    except UnusableError as error:
        raise InputError(f"{source.path}: {error}.") from error


def _placed(
    source: Source, text: str, fields: Fields
) -> tuple[tuple[str, ...], list[tuple[int, Document, Mapping[str, Any]]], list[int]]:
    """Return the columns, the rows that are documents with their values, and the line on which every row begins."""
    placed: dict[str, tuple[int, Document, Mapping[str, Any]]] = {}
    begins: list[int] = []
    names, rows = _rows(source, text, fields)
    for line, row, values in rows:
        begins.append(line)
        if isinstance(row, Bad):
            continue
        other, *_ = placed.setdefault(row.id, (line, row, values))
        if other != line:
            raise InputError(
                f"The id {row.id!r} is given twice: {source.path}:{other} and {source.path}:{line}. Each row needs a "
                "unique id."
            )
    return names, list(placed.values()), begins


def _rows(
    source: Source, text: str, fields: Fields
) -> tuple[tuple[str, ...], Iterator[tuple[int, Document | Bad, Mapping[str, Any]]]]:
    if source.format == "lines":
        made = ((number, line_document(source, number, content), {"text": content}) for number, content in lines(text))
        return ("text",), made
    try:
        found = table(text, source.format)
    except UnusableError as error:
        raise InputError(f"{source.path}: {error}.") from error
    if not found.by_line:
        raise InputError(f"{source.path} does not have one object per line: it cannot be cleaned. Save it as JSONL.")
    return found.names, _table_rows(found, columns(found, fields, source.path) if found.names else None, source.id)


def _table_rows(
    found: Table, chosen: Columns | None, source: str
) -> Iterator[tuple[int, Document | Bad, Mapping[str, Any]]]:
    for row in found.rows:
        if isinstance(row, Bad):
            yield row.line, row, {}
        elif chosen:
            yield row.line, document(row, chosen, f"{source}:{row.line}"), row.values


def _records(format: str, data: bytes, text: str, begins: Sequence[int], path: str) -> dict[int, RowSpan]:
    """Return the record that begins on each of these lines. Blank lines between rows belong to none."""
    lines = _wide_lines(data, text, path) if data.startswith(WIDE) or b"\0" in data[:100] else _lines(data)
    if format not in ("csv", "tsv"):
        return {line: RowSpan(line, int(lines[line - 1]), int(lines[line])) for line in begins}
    after = [*begins[1:], len(lines)] if begins else []
    return {line: _csv_record(data, lines, line, next) for line, next in zip(begins, after, strict=True)}


def _csv_record(data: bytes, lines: NDArray[np.int64], line: int, next: int) -> RowSpan:
    """Return one record; a multi-line row ends with a quote on its last line, so blank lines after it are not part
    of it.
    """
    while next - line > 1 and BLANK.fullmatch(data[lines[next - 2] : lines[next - 1]].replace(b"\0", b"")):
        next -= 1
    return RowSpan(line, int(lines[line - 1]), int(lines[next - 1]))


def _numbers(begins: Sequence[int], spans: Mapping[int, RowSpan], data: bytes) -> dict[int, int]:
    """Return the number that a spreadsheet shows for the row that begins on each line: lines within a cell are no
    rows.
    """
    within, numbers = 0, {}
    for line in begins:
        numbers[line] = line - within
        record = data[spans[line].start : spans[line].end].replace(b"\0", b"")
        within += len(re.findall(rb"\r\n?|\n", record.rstrip(b"\r\n")))
    return numbers


def _lines(data: bytes) -> NDArray[np.int64]:
    """Return where each line begins and the last one ends, splitting lines as the reader does."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    found = np.fromiter((match.end() for match in re.finditer(rb"\r\n?|\n", data[start:])), np.int64) + start
    inner = found[:-1] if len(found) and found[-1] == len(data) else found
    return np.concatenate(([start], inner, [len(data)]))


def _wide_lines(data: bytes, text: str, path: str) -> NDArray[np.int64]:
    """Return the same for UTF-16 and UTF-32, whose line ends are several bytes."""
    for mark, codec in (*WIDE_MARKS.items(), (b"", "utf-16-le"), (b"", "utf-16-be")):
        if data.startswith(mark) and text.encode(codec, "surrogatepass") == data[len(mark) :]:
            sizes = [len(line.encode(codec, "surrogatepass")) for line in physical(text)]
            return np.cumsum([len(mark), *sizes], dtype=np.int64)
    raise InputError(f"{path} holds characters that are damaged, so its rows cannot be cut out. Save it as UTF-8.")
