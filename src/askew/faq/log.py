"""Reading of message logs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from askew.documents.columns import Fields, columns, document
from askew.documents.read import Skipped, read, rows_of
from askew.documents.rows import Bad
from askew.documents.sources import SHEETS, STDIN, SUFFIXES, TABLES
from askew.errors import InputError
from askew.types import Document


@dataclass(frozen=True)
class MessageLog:
    """Messages of a log. skipped: rows that are unreadable or have no message."""

    messages: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def read_log(path: str, text_field: str | Sequence[str] | None = None, encoding: str | None = None) -> MessageLog:
    """Read one message per row of a table, or per line of any other file or of stdin ("-").

    Ids may repeat, like those of users or conversations. Raises `InputError` if there is no message at all.
    """
    if path != STDIN and Path(path).is_dir():
        raise InputError(f"{path} is a folder: give a file of messages.")
    if SUFFIXES.get(Path(path).suffix.lower(), "") not in (*TABLES, *SHEETS):
        reading = read([path], format="lines", encoding=encoding)
        return MessageLog(tuple(one.text for one in reading.documents), reading.skipped)
    messages: list[str] = []
    skipped: list[Skipped] = []
    for row in _rows(path, text_field, encoding):
        if isinstance(row, Bad):
            skipped.append(Skipped(path, row.line, row.reason))
        else:
            messages.append(row.text)
    if not messages:
        why = f": {path}:{skipped[0].line}: {skipped[0].reason}" if skipped else ""
        raise InputError(f"{path} contains no messages{why}. Give one message per line, or a CSV, TSV or JSONL file.")
    return MessageLog(tuple(messages), tuple(skipped))


def _rows(path: str, text_field: str | Sequence[str] | None, encoding: str | None) -> Iterator[Document | Bad]:
    read = rows_of(path, encoding=encoding)
    if not read.names:
        yield from (row for row in read.rows if isinstance(row, Bad))
        return
    found = columns(read, Fields(text=text_field or None, pair="question"), path)
    bare = replace(found, id="", title="", chosen=(), types={})
    yield from (row if isinstance(row, Bad) else document(row, bare, str(row.line)) for row in read.rows)
