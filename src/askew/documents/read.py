"""Reading of files: the documents in each and its fate, so that nothing is dropped silently."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from askew.documents import contents
from askew.documents.columns import DEFAULTS, Fields, columns, document, with_readers
from askew.documents.contents import Limits
from askew.documents.formats.draft import Draft, Grids, UnusableError, clean, iso, without_feeds
from askew.documents.formats.parsing import HOMES, parse
from askew.documents.names import has_text
from askew.documents.parsers import Job, Parsers
from askew.documents.rows import Bad, Table, lines
from askew.documents.sources import SHEETS, STDIN, TABLES, Source, find
from askew.documents.tables import grid_table, sheets, table
from askew.errors import InputError, public
from askew.progress import Progress, Report, reporter, silent
from askew.types import Document

HINT = "With --skip-bad, and without --strict, such rows and files are left out."
UNKNOWN = "unsupported file extension"
NO_ROOM = "does not fit into the memory that is free; split it into smaller files"
AHEAD = 4  # files that may be parsed ahead of their turn
LIMITS = Limits()
NONE: Mapping[str, str] = {}


class Fate(StrEnum):
    """The outcome of a file. ignored: it holds no documents. unchanged: according to the caller; not parsed."""

    READ = "read"
    SKIPPED = "skipped"
    IGNORED = "ignored"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class File:
    """A file and its fate. reason: a phrase without full stop, "" for a file that was read. ids: of its documents.

    notes: how it was read; of a table, the first says which columns are text, title and id.
    left_out: what of it was not read, such as "2 attachments".
    """

    path: str
    id: str
    format: str
    fate: Fate
    reason: str = ""
    ids: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """An unusable row that was left out. reason: a phrase without full stop."""

    source: str
    line: int
    reason: str


@dataclass(frozen=True)
class Outcome:
    """Everything read from one file. places: of each document's row, such as "12"; empty for a single document."""

    source: Source
    file: File
    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class How:
    """How files are read. strict: refuse the first bad row, and a bad file that was named. rows: workbooks are tables,
    whatever their columns. encoding: of all text files; None detects it.
    """

    fields: Fields = DEFAULTS
    strict: bool = False
    rows: bool = False
    encoding: str | None = None
    limits: Limits = LIMITS


@dataclass(frozen=True)
class _Begun:
    """A file whose fate is already known, or that is read in its turn, or being parsed in another process."""

    source: Source
    fate: Fate = Fate.READ
    reason: str = ""
    parsed: Future[Draft | Grids] | None = None


@dataclass(frozen=True)
class Reading:
    """The documents read. skipped: rows that were left out. files: every file found, in order."""

    documents: list[Document]
    skipped: tuple[Skipped, ...]
    files: tuple[File, ...]


@public
def read(
    paths: str | Path | Sequence[str | Path],
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
    strict: bool = False,
    rows: bool = False,
    encoding: str | None = None,
    progress: bool | Report | None = None,
    limits: Limits = LIMITS,
) -> Reading:
    """Read the documents in files and folders, and from stdin for the path -.

    format: one of `sources.FORMATS`; None goes by the extension. A file is one document; lines and tables (csv, tsv,
    json, jsonl, parquet) have one per row, and so has a workbook with a column that is known to hold text, or any with
    `rows`. Unusable rows and files are left out, see `Reading`; skip_bad says that this is meant, for which commands
    exit with 0 instead of 1. strict: the first one raises InputError instead, except for files found in a folder.
    encoding: of text files; None detects it.
    """
    report = reporter(progress)
    check_reading(fields, limits, skip_bad=skip_bad, strict=strict, rows=rows, encoding=encoding)
    found = find(paths, format)
    documents: list[Document] = []
    skipped: list[Skipped] = []
    met: list[File] = []
    for outcome in files(found, How(fields, strict, rows, encoding, limits), report=report):
        documents += outcome.documents
        skipped += outcome.skipped
        met.append(outcome.file)
    if not documents:
        raise nothing(met, skipped)
    return Reading(documents, tuple(skipped), tuple(met))


def check_reading(fields: object, limits: object, *, encoding: object = None, **flags: object) -> None:
    """Check the options of `read`."""
    if not isinstance(fields, Fields):
        raise InputError("fields must be askew.documents.columns.Fields(id=…, text=…, title=…, metadata=…).")
    for name, value in flags.items():
        if not isinstance(value, bool):
            raise InputError(f"{name} must be True or False.")
    if flags.get("skip_bad") and flags.get("strict"):
        raise InputError("skip_bad (--skip-bad) leaves out what strict (--strict) refuses: set one of them.")
    if encoding is not None:
        contents.check_encoding(encoding)
    if not isinstance(limits, Limits):
        raise InputError("limits must be askew.documents.contents.Limits.")


def nothing(met: Sequence[File], skipped: Sequence[Skipped]) -> InputError:
    """Return the error for input that contains no documents."""
    known = [file for file in met if file.fate != Fate.IGNORED] or list(met)
    names = ", ".join(file.path for file in known[:3]) + (" …" if len(known) > 3 else "")
    if skipped:
        row = skipped[0]
        return InputError(
            f"No documents in {names}: all {len(skipped)} rows were skipped. "
            f"The first: {row.source}:{row.line}: {row.reason}."
        )
    first = known[0]
    return InputError(f"No documents in {names}: {first.path} was {first.fate} ({first.reason}).")


def files(
    sources: Sequence[Source],
    how: How = How(),  # it is frozen
    *,
    unchanged: Callable[[Source], bool] = lambda _: False,
    taken: Mapping[str, str] = NONE,
    report: Report = silent,
) -> Iterator[Outcome]:
    """Yield the outcome of each file, in order, as soon as it is known.

    A bad row or file is left out, or raises InputError if `how` is strict. Ids that repeat raise InputError too, but
    guessed ones in a folder give way to row numbers. taken: ids of files that are not opened, with their paths.
    """
    places = dict(taken)
    with ExitStack() as stack:
        for number, begun in enumerate(_begun(sources, unchanged, how, stack), 1):
            outcome = _claimed(_outcome(begun, how), how.fields, places)
            report(Progress("files", number, len(sources)))
            yield outcome


def rows_of(path: str | Path, format: str | None = None, encoding: str | None = None) -> Table:
    """Return the rows of one file that is a table. InputError for any other, or one that cannot be read."""
    [source, *others] = find([path], format)
    if others or source.format == "lines" or source.format not in (*TABLES, *SHEETS):
        raise InputError(f"{path} is not a table: give a CSV, TSV, JSON, JSONL, Parquet or XLSX file.")
    how = How(rows=True, encoding=encoding)
    try:
        with ExitStack() as stack:
            [begun] = _begun([source], lambda _: False, how, stack)
            if begun.fate != Fate.READ:
                raise UnusableError(begun.reason)
            [found], notes, left = _parsed(begun, how)
            return replace(found, notes=(*notes, *found.notes), left_out=(*left, *found.left_out))
    except UnusableError as fault:
        raise InputError(f"{path}: {fault}.") from fault


def _begun(
    sources: Sequence[Source], unchanged: Callable[[Source], bool], how: How, stack: ExitStack
) -> Iterator[_Begun]:
    parsers = stack.enter_context(Parsers(how.limits))
    window: deque[_Begun] = deque()
    for source in sources:
        window.append(_start(source, unchanged, parsers, stack, how))
        if len(window) > AHEAD:
            yield window.popleft()
    while window:
        yield window.popleft()


def _start(source: Source, unchanged: Callable[[Source], bool], parsers: Parsers, stack: ExitStack, how: How) -> _Begun:
    if source.barrier:
        return _Begun(source, Fate.SKIPPED, source.barrier)
    if not source.format:
        return _Begun(source, Fate.IGNORED, UNKNOWN)
    if unchanged(source):
        return _Begun(source, Fate.UNCHANGED)
    if source.format not in HOMES:
        return _Begun(source)
    path = source.absolute
    if source.path == STDIN:
        try:
            path = contents.spooled(Path(stack.enter_context(TemporaryDirectory())), how.limits.size)
        except UnusableError as error:
            return _Begun(source, Fate.SKIPPED, str(error))
    always = source.format in TABLES or how.rows or bool(how.fields.text)
    rows = ("always" if always else "known") if source.format in (*TABLES, *SHEETS) else ""
    if source.format == "html" and how.fields.pair == "apart":
        rows = "always"  # its questions and answers
    return _Begun(source, parsed=parsers.submit(Job(path, source.format, rows)))


def _outcome(begun: _Begun, how: How) -> Outcome:
    source = begun.source
    try:
        if begun.fate == Fate.SKIPPED:
            raise UnusableError(begun.reason)
        if begun.fate != Fate.READ:
            return Outcome(source, _file(source, begun.fate, begun.reason))
        try:
            return _opened(begun, how)
        except MemoryError as error:
            raise UnusableError(NO_ROOM) from error
    except UnusableError as error:
        if source.named and how.strict:
            raise InputError(f"{source.path}: {error}. {HINT}") from error
        settings = source.format == "json" and not source.named
        return Outcome(source, _file(source, Fate.IGNORED if settings else Fate.SKIPPED, str(error)))


def _opened(begun: _Begun, how: How) -> Outcome:
    source = begun.source
    if source.format == "lines":
        text, notes = contents.text(source, how.limits, how.encoding)
        return _rows(source, [(str(one[0]), line_document(source, *one)) for one in lines(text)], how, notes)
    parsed = begun.parsed.result() if begun.parsed else None
    if source.format in TABLES or isinstance(parsed, Grids):
        return _tables(source, _parsed(begun, how), how)
    if not isinstance(parsed, Draft):
        parsed = parse(contents.raw(source, how.limits), source.format, how.encoding)
    metadata, readers = with_readers({**_about(source), **parsed.metadata}, how.fields.readers)
    made = Document(source.id, parsed.text, parsed.title, metadata, readers=readers)
    file = replace(_file(source, Fate.READ, ids=(made.id,)), notes=parsed.notes, left_out=parsed.left_out)
    return Outcome(source, file, (made,))


def _about(source: Source) -> dict[str, Any]:
    """Return what the file system says of a file: its path in the given folder, its folders, suffix and last change."""
    if source.path == STDIN:
        return {}
    place = PurePosixPath(source.id)
    folders = {"folders": list(place.parts[:-1])} if len(place.parts) > 1 else {}
    moment = {}
    if source.mtime_ns >= 0:
        moment = {"modified": iso(datetime.fromtimestamp(source.mtime_ns // 10**9, UTC))}
    return {"path": source.id, **folders, "suffix": place.suffix.lower(), **moment}


def line_document(source: Source, number: int, line: str) -> Document | Bad:
    """Return the document of a line of text."""
    text = without_feeds(clean(line)).strip()
    return Document(f"{source.id}:{number}", text) if text else Bad(number, "no text")


def _parsed(begun: _Begun, how: How) -> tuple[list[Table], tuple[str, ...], tuple[str, ...]]:
    """Return the tables in a file: one, or those of the sheets of a workbook; notes; and what is left out."""
    source = begun.source
    if begun.parsed is None:
        text, notes = contents.text(source, how.limits, how.encoding)
        return [table(text, source.format)], notes, ()
    book = begun.parsed.result()
    grids = book.grids if isinstance(book, Grids) else ()
    found = sheets([grid_table(grid) for grid in grids], how.fields.texts)
    if not found or not isinstance(book, Grids):
        raise UnusableError("no rows")
    if how.rows or how.fields.named:
        others = tuple(f"sheet {one.rows[0].sheet!r}, whose columns differ" for one in found[1:])
        return found[:1], book.notes, (*book.left_out, *others)
    return found, book.notes, book.left_out


def _tables(source: Source, parsed: tuple[list[Table], tuple[str, ...], tuple[str, ...]], how: How) -> Outcome:
    found, notes, left = parsed
    many = len({row.sheet for one in found for row in one.rows}) > 1
    rows: list[tuple[str, Document | Bad]] = []
    for one in found:
        if not one.names:
            rows += [(str(row.line), row) for row in one.rows if isinstance(row, Bad)]
            continue
        chosen = columns(one, how.fields, source.path)
        if one.inner and not source.named and not how.fields.named and not has_text(one.names):
            raise UnusableError("none of its columns is known to hold text; use --text-field")
        sheet = f"sheet {one.rows[0].sheet}: " if many and one.rows else ""
        notes += (f"{sheet}{chosen.notes[0]}", *chosen.notes[1:], *one.notes)
        left += one.left_out
        for row in one.rows:
            place = f"{row.sheet}:{row.line}" if many else str(row.line)
            made = row if isinstance(row, Bad) else document(row, chosen, f"{source.id}:{place}")
            rows.append((place, made))
    outcome = _rows(source, rows, how, notes)
    return replace(outcome, file=replace(outcome.file, left_out=left))


def _rows(
    source: Source, rows: Iterable[tuple[str, Document | Bad]], how: How,
    notes: tuple[str, ...],
) -> Outcome:  # fmt: skip
    documents: list[Document] = []
    places: list[str] = []
    skipped: list[Skipped] = []
    for place, row in rows:
        if isinstance(row, Document):
            documents.append(row)
            places.append(place)
        elif how.strict:
            raise InputError(f"{source.path}:{place}: {row.reason}. {HINT}")
        else:
            skipped.append(Skipped(source.path + (f" [{row.sheet}]" if row.sheet else ""), row.line, row.reason))
    if not documents and not skipped:
        raise UnusableError("no rows")
    fate, why = (Fate.READ, "") if documents else (Fate.SKIPPED, f"no usable row (of {len(skipped):,})")
    file = replace(_file(source, fate, why, tuple(one.id for one in documents)), notes=notes)
    return Outcome(source, file, tuple(documents), tuple(skipped), tuple(places))


def _file(source: Source, fate: Fate, reason: str = "", ids: tuple[str, ...] = ()) -> File:
    return File(source.path, source.id, source.format, fate, reason, ids)


def _claimed(outcome: Outcome, fields: Fields, places: dict[str, str]) -> Outcome:
    """Check that no id is taken. In a folder, ids that were guessed give way to row numbers; else raises InputError."""
    mine: dict[str, str] = {}
    for number, one in enumerate(outcome.documents):
        place = ":".join((outcome.file.path, *outcome.places[number : number + 1]))
        other = mine.get(one.id) or places.get(one.id)
        guessed = fields.id is None and (not outcome.source.named or outcome.source.format in SHEETS)
        if other and outcome.places and guessed:
            return _claimed(_numbered(outcome, one.id), fields, places)
        if other:
            raise InputError(f"The id {one.id!r} is given twice: {other} and {place}. Each document needs a unique id.")
        mine[one.id] = place
    places |= mine
    return outcome


def _numbered(outcome: Outcome, twice: str) -> Outcome:
    """Return the same with row numbers as ids."""
    documents = tuple(
        replace(one, id=f"{outcome.source.id}:{place}")
        for one, place in zip(outcome.documents, outcome.places, strict=True)
    )
    if documents == outcome.documents:
        raise InputError(f"{outcome.source.path}: the id {twice!r} is given twice. Each document needs a unique id.")
    note = f"the id {twice!r} is given twice, so row numbers are the ids"
    file = replace(outcome.file, ids=tuple(one.id for one in documents), notes=(*outcome.file.notes, note))
    return replace(outcome, documents=documents, file=file)
