"""A copy of a file without some rows; the rows that are kept stay byte for byte the same."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.documents.columns import DEFAULTS, Fields, columns, document
from askew.documents.contents import LARGEST_TABLE, contents
from askew.documents.encodings import decoded_text
from askew.documents.formats.draft import UnusableError
from askew.documents.read import line_document
from askew.documents.rows import Bad, lines
from askew.documents.sources import STDIN, Source, find
from askew.documents.tables import table
from askew.errors import InputError
from askew.types import Document

BY_LINE = ("lines", "csv", "tsv", "jsonl")
"""Formats whose rows are lines of the file."""
BLANK = re.compile(rb"[\s,;|]*")  # an unquoted record without values


@dataclass(frozen=True)
class RowSpan:
    """The bytes of a row, data[start:end], including its line ending; `line` is its first line."""

    line: int
    start: int
    end: int


@dataclass(frozen=True)
class Original:
    """A file as read: its bytes, the documents in its rows, and the record of each id."""

    path: str
    data: bytes
    documents: tuple[Document, ...]
    records: Mapping[str, RowSpan]


def original(
    path: str | Path, fields: Fields = DEFAULTS, *, format: str | None = None, encoding: str | None = None
) -> Original:
    """Read a CSV, TSV or JSONL file or, with the format lines, plain text, as `documents.read.read` does.

    Documents and bytes come from one read. Unusable rows belong to no document, and are always kept in the file.
    """
    if str(path) == STDIN or Path(path).is_dir():
        raise InputError(f"Cannot clean {path}, which is not a file: give a CSV, TSV, JSONL or TXT file.")
    [source] = find([path], format or "")
    if source.format not in BY_LINE:
        raise InputError(f"{path} does not have its rows on lines: only CSV, TSV, JSONL and TXT files can be cleaned.")
    data = _data(source)
    text, name = decoded_text(data, forced=encoding)
    if name.startswith(("utf-16", "utf-32")):
        raise InputError(f"{path} is {name.upper()}, in which rows cannot be cut out. Save it as UTF-8.")
    placed, begins = _placed(source, text, fields)
    spans = _records(source.format, data, begins)
    records = {document.id: spans[line] for line, document in placed}
    return Original(str(path), data, tuple(document for _, document in placed), records)


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


def _placed(source: Source, text: str, fields: Fields) -> tuple[list[tuple[int, Document]], list[int]]:
    """Return the rows that are documents, and the line on which every row begins."""
    placed: dict[str, tuple[int, Document]] = {}
    begins: list[int] = []
    for line, row in _rows(source, text, fields):
        begins.append(line)
        if isinstance(row, Bad):
            continue
        other, _ = placed.setdefault(row.id, (line, row))
        if other != line:
            raise InputError(
                f"The id {row.id!r} is given twice: {source.path}:{other} and {source.path}:{line}. Each row needs a "
                "unique id."
            )
    return list(placed.values()), begins


def _rows(source: Source, text: str, fields: Fields) -> Iterator[tuple[int, Document | Bad]]:
    if source.format == "lines":
        for number, content in lines(text):
            yield number, line_document(source, number, content)
        return
    try:
        found = table(text, source.format)
    except UnusableError as error:
        raise InputError(f"{source.path}: {error}.") from error
    if not found.by_line:
        raise InputError(f"{source.path} does not have one object per line: it cannot be cleaned. Save it as JSONL.")
    chosen = columns(found, fields, source.path) if found.names else None
    for row in found.rows:
        if isinstance(row, Bad):
            yield row.line, row
        elif chosen:
            yield row.line, document(row, chosen, f"{source.id}:{row.line}")


def _records(format: str, data: bytes, begins: Sequence[int]) -> dict[int, RowSpan]:
    """Return the record that begins on each of these lines. Blank lines between rows belong to none."""
    lines = _lines(data)
    if format not in ("csv", "tsv"):
        return {line: RowSpan(line, int(lines[line - 1]), int(lines[line])) for line in begins}
    after = [*begins[1:], len(lines)] if begins else []
    return {line: _csv_record(data, lines, line, next) for line, next in zip(begins, after, strict=True)}


def _csv_record(data: bytes, lines: NDArray[np.int64], line: int, next: int) -> RowSpan:
    """Return one record; a multi-line row ends with a quote on its last line, so blank lines after it are not part
    of it.
    """
    while next - line > 1 and BLANK.fullmatch(data, lines[next - 2], lines[next - 1]):
        next -= 1
    return RowSpan(line, int(lines[line - 1]), int(lines[next - 1]))


def _lines(data: bytes) -> NDArray[np.int64]:
    """Return where each line begins and the last one ends, splitting lines as the reader does."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    found = np.fromiter((match.end() for match in re.finditer(rb"\r\n?|\n", data[start:])), np.int64) + start
    inner = found[:-1] if len(found) and found[-1] == len(data) else found
    return np.concatenate(([start], inner, [len(data)]))
