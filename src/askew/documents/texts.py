"""Documents from lines, CSV, TSV and JSONL: one per line or row."""

from collections.abc import Iterator
from dataclasses import dataclass

from askew.documents.fields import Fields, columns, document
from askew.documents.pages import without_feeds
from askew.documents.sources import Source
from askew.documents.tables import NOT_UTF8, NUL, SURROGATE, Bad, lines, table
from askew.types import Document


@dataclass(frozen=True)
class Placed:
    line: int
    document: Document


def rows(source: Source, text: str, fields: Fields) -> Iterator[Placed | Bad]:
    """Yield the rows as documents. Raises InputError if the header makes every row unusable."""
    if source.format == "lines":
        yield from (_line(source, number, line) for number, line in lines(text))
        return
    read = table(text, source.format, source.path)
    if not read.names:
        yield from (row for row in read.rows if isinstance(row, Bad))
        return
    found = columns(read, fields, source.path)
    for row in read.rows:
        made = row if isinstance(row, Bad) else document(row, found, f"{source.id}:{row.line}")
        yield made if isinstance(made, Bad) else Placed(row.line, made)


def _line(source: Source, number: int, line: str) -> Placed | Bad:
    if SURROGATE.search(line):
        return Bad(number, NOT_UTF8)
    if "\0" in line:
        return Bad(number, NUL)
    return Placed(number, Document(f"{source.id}:{number}", without_feeds(line).strip()))
