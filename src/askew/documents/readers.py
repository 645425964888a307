"""From paths to documents. Nothing is dropped in silence: what is not read is told, in `Reading`."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.documents.fields import DEFAULTS, Fields, columns, document
from askew.documents.sources import Source, content, find
from askew.documents.tables import NOT_UTF8, SURROGATE, Bad, lines, table
from askew.errors import InputError
from askew.types import Document

HINT = "--skip-bad leaves such rows and files out."


@dataclass(frozen=True)
class Skipped:
    """A row, or a text that is one file, which cannot be used; the reason is half a sentence."""

    source: str
    line: int
    reason: str


@dataclass(frozen=True)
class Reading:
    """`ignored`: the files in folders whose suffix stands for no format."""

    documents: list[Document]
    skipped: tuple[Skipped, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class _Placed:
    line: int
    document: Document


def read(
    paths: Sequence[str | Path],
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
) -> Reading:
    """The documents in files, in folders and, for the path -, in stdin.

    format: txt (a file is a document), lines (a line is one), md, csv, tsv or jsonl; None goes by the suffix.
    InputError names the first row that cannot be used, unless `skip_bad` collects them in `skipped`.
    """
    found = find(paths, format or "")
    documents: list[Document] = []
    skipped: list[Skipped] = []
    places: dict[str, str] = {}
    for source in found.sources:
        for item in _items(source, fields):
            place = f"{source.path}:{item.line}"
            if isinstance(item, _Placed):
                _claim(item.document.id, place, places)
                documents.append(item.document)
            elif skip_bad:
                skipped.append(Skipped(source.path, item.line, item.reason))
            else:
                raise InputError(f"{place}: {item.reason}. {HINT}")
    if not documents:
        raise _nothing(found.sources, skipped)
    return Reading(documents, tuple(skipped), found.ignored)


def _items(source: Source, fields: Fields) -> Iterator[_Placed | Bad]:
    text = content(source)
    if source.format in ("txt", "md"):
        yield _whole(source, text)
    elif source.format == "lines":
        yield from (_line(source, number, line) for number, line in lines(text))
    else:
        yield from _rows(source, text, fields)


def _whole(source: Source, text: str) -> _Placed | Bad:
    broken = SURROGATE.search(text)
    if broken:
        return Bad(text.count("\n", 0, broken.start()) + 1, NOT_UTF8)
    text = text.replace("\r\n", "\n").strip()
    if not text:
        return Bad(1, "the file is empty")
    title, body = _titled(text) if source.format == "md" else ("", text)
    return _Placed(1, Document(source.id, body, title))


def _titled(text: str) -> tuple[str, str]:
    """The first heading is the title, unless there is nothing else."""
    first, _, rest = text.partition("\n")
    title = first.removeprefix("# ").strip()
    return (title, rest.strip()) if first.startswith("# ") and title and rest.strip() else ("", text)


def _line(source: Source, number: int, line: str) -> _Placed | Bad:
    if SURROGATE.search(line):
        return Bad(number, NOT_UTF8)
    return _Placed(number, Document(f"{source.id}:{number}", line.strip()))


def _rows(source: Source, text: str, fields: Fields) -> Iterator[_Placed | Bad]:
    read = table(text, source.format, source.path)
    if not read.names:
        yield from (row for row in read.rows if isinstance(row, Bad))
        return
    found = columns(read, fields, source.path)
    for row in read.rows:
        made = row if isinstance(row, Bad) else document(row, found, f"{source.id}:{row.line}")
        yield made if isinstance(made, Bad) else _Placed(row.line, made)


def _claim(id: str, place: str, places: dict[str, str]) -> None:
    if id in places:
        raise InputError(
            f"The id {id!r} is given twice: {places[id]} and {place}. Each document needs an id of its own."
        )
    places[id] = place


def _nothing(sources: Sequence[Source], skipped: Sequence[Skipped]) -> InputError:
    names = ", ".join(source.path for source in sources[:3]) + (" …" if len(sources) > 3 else "")
    if not skipped:
        return InputError(f"There are no documents in {names}.")
    first = skipped[0]
    return InputError(
        f"There are no documents in {names}: all {len(skipped)} rows were skipped, the first "
        f"({first.source}:{first.line}) because {first.reason}."
    )
