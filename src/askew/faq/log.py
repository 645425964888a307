"""Reading of message logs."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from askew.documents.contents import text
from askew.documents.fields import Fields, columns, document
from askew.documents.files import LIMITS, Skipped
from askew.documents.formats.draft import UnusableError
from askew.documents.sources import STDIN, SUFFIXES, TABLES, Source, find
from askew.documents.tables import Bad, table
from askew.documents.texts import rows
from askew.errors import InputError
from askew.types import Document


@dataclass(frozen=True)
class MessageLog:
    """Messages of a log. skipped: rows that are unreadable or have no message."""

    messages: tuple[str, ...]
    skipped: tuple[Skipped, ...]


def read_log(path: str, text_field: str | None = None) -> MessageLog:
    """Read one message per row of a CSV, TSV or JSONL file, or per line of any other file or of stdin ("-").

    Ids may repeat, like those of users or conversations. Raises `InputError` if there is no message at all.
    """
    if path != STDIN and Path(path).is_dir():
        raise InputError(f"{path} is a folder: give a file of messages.")
    format = SUFFIXES.get(Path(path).suffix.lower(), "")
    messages: list[str] = []
    skipped: list[Skipped] = []
    [source] = find([path], format if format in TABLES else "lines")
    for row in _rows(source, text_field):
        if isinstance(row, Bad):
            skipped.append(Skipped(path, row.line, row.reason))
        else:
            messages.append(row.text)
    if not messages:
        why = f": {path}:{skipped[0].line}: {skipped[0].reason}" if skipped else ""
        raise InputError(f"{path} contains no messages{why}. Give one message per line, or a CSV, TSV or JSONL file.")
    return MessageLog(tuple(messages), tuple(skipped))


def _rows(source: Source, text_field: str | None) -> Iterator[Document | Bad]:
    content = _content(source)
    if source.format == "lines":
        yield from (row if isinstance(row, Bad) else row.document for row in rows(source, content, Fields()))
        return
    read = table(content, source.format, source.path)
    if not read.names:
        yield from (row for row in read.rows if isinstance(row, Bad))
        return
    found = replace(columns(read, Fields(text=text_field), source.path), id="", title="", chosen=())
    yield from (row if isinstance(row, Bad) else document(row, found, str(row.line)) for row in read.rows)


def _content(source: Source) -> str:
    try:
        if source.barrier:
            raise UnusableError(source.barrier)
        return text(source, LIMITS)
    except UnusableError as error:
        raise InputError(f"{source.path}: {error}.") from error
