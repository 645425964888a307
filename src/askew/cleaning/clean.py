"""A copy of a file without some rows; the rows that are kept stay byte for byte the same."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from askew.documents.contents import LARGEST_TABLE, contents
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.files import HINT
from askew.documents.formats.draft import UnusableError
from askew.documents.sources import STDIN, TABLES, Source, find
from askew.documents.tables import Bad
from askew.documents.texts import Placed, rows
from askew.errors import InputError
from askew.types import Document

BLANK = re.compile(rb"[\s,;]*")  # an unquoted record without values


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
    path: str | Path, fields: Fields = DEFAULTS, *, format: str | None = None, skip_bad: bool = False
) -> Original:
    """Read a CSV, TSV or JSONL file or, with the format lines, plain text, as `readers.read` does.

    Documents and bytes come from one read. Rows left out by skip_bad belong to no document, and are always kept in the
    file.
    """
    if str(path) == STDIN or Path(path).is_dir():
        raise InputError(f"Cannot clean {path}, which is not a file: give a CSV, TSV, JSONL or TXT file.")
    [source] = find([path], format or "")
    if source.format not in TABLES:
        raise InputError(f"{path} is a single document: only files with one document per row can be cleaned.")
    data = _data(source)
    placed, begins = _placed(source, data, fields, skip_bad)
    spans = _records(source.format, data, begins)
    records = {row.document.id: spans[row.line] for row in placed}
    return Original(str(path), data, tuple(row.document for row in placed), records)


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


def _placed(source: Source, data: bytes, fields: Fields, skip_bad: bool) -> tuple[list[Placed], list[int]]:
    """Return the rows that are documents, and the line on which every row begins."""
    placed: dict[str, Placed] = {}
    begins: list[int] = []
    for row in rows(source, data.decode("utf-8-sig", "surrogateescape"), fields):
        begins.append(row.line)
        if isinstance(row, Bad):
            if not skip_bad:
                raise InputError(f"{source.path}:{row.line}: {row.reason}. {HINT}")
            continue
        other = placed.setdefault(row.document.id, row)
        if other is not row:
            raise InputError(
                f"The id {row.document.id!r} occurs twice: {source.path}:{other.line} and {source.path}:{row.line}. "
                "Each row needs a unique id."
            )
    return list(placed.values()), begins


def _records(format: str, data: bytes, begins: Sequence[int]) -> dict[int, RowSpan]:
    """Return the record that begins on each of these lines. Blank lines between rows belong to none."""
    lines = _lines(format, data)
    if format != "csv":
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


def _lines(format: str, data: bytes) -> NDArray[np.int64]:
    """Return where each line begins and the last one ends, splitting lines as the reader of this format does."""
    start = 3 if data.startswith(b"\xef\xbb\xbf") else 0
    ends = re.compile(rb"\r\n?|\n" if format == "csv" else rb"\n")
    found = np.fromiter((match.end() for match in ends.finditer(data, start)), np.int64)
    inner = found[:-1] if len(found) and found[-1] == len(data) else found
    return np.concatenate(([start], inner, [len(data)]))
