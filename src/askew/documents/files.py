"""File reading: the documents in each file and its fate, so that nothing is dropped silently."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from askew.documents import contents, texts
from askew.documents.contents import Limits
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.formats.parsing import HOMES, parse
from askew.documents.parsers import Job, Parsers
from askew.documents.sources import STDIN, TABLES, Source
from askew.documents.tables import Bad
from askew.errors import InputError
from askew.progress import Progress, Report, silent
from askew.types import Document

HINT = "Use --skip-bad to leave out such rows and files."
UNKNOWN = "unsupported file extension"
NO_ROOM = "does not fit into the memory that is free; split it into smaller files"
AHEAD = 4  # files that may be parsed ahead of their turn
LIMITS = Limits()
NONE: Mapping[str, str] = {}


class Fate(StrEnum):
    """The outcome of a file. ignored: unsupported extension. unchanged: according to the caller; not parsed."""

    READ = "read"
    SKIPPED = "skipped"
    IGNORED = "ignored"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class File:
    """A file and its fate. reason: a phrase without full stop, "" for a file that was read. ids: of its documents.

    notes: how it was read. left_out: what of it was not read, such as "2 attachments".
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
    """Everything read from one file. lines: first line of each document's row; empty for a single document."""

    source: Source
    file: File
    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Begun:
    """A file whose fate is already known, or that is read in its turn, or being parsed in another process."""

    source: Source
    fate: Fate = Fate.READ
    reason: str = ""
    draft: Future[Draft] | None = None


def files(
    sources: Sequence[Source],
    fields: Fields = DEFAULTS,
    *,
    skip_bad: bool = False,
    unchanged: Callable[[Source], bool] = lambda _: False,
    taken: Mapping[str, str] = NONE,
    report: Report = silent,
    limits: Limits = LIMITS,
) -> Iterator[Outcome]:
    """Yield the outcome of each file, in order, as soon as it is known.

    A file found in a folder is skipped if it is unusable or repeats an id. A file that was given explicitly, or with
    explicit fields, raises InputError instead, unless `skip_bad` leaves out bad rows and files. taken: ids of files
    that are not opened, with their paths.
    """
    places = dict(taken)
    with ExitStack() as stack:
        for number, begun in enumerate(_begun(sources, unchanged, limits, stack), 1):
            outcome = _claimed(_outcome(begun, fields, skip_bad, limits), fields, places)
            report(Progress("files", number, len(sources)))
            yield outcome


def _begun(
    sources: Sequence[Source], unchanged: Callable[[Source], bool], limits: Limits, stack: ExitStack
) -> Iterator[_Begun]:
    parsers = stack.enter_context(Parsers(limits))
    window: deque[_Begun] = deque()
    for source in sources:
        window.append(_start(source, unchanged, parsers, stack, limits))
        if len(window) > AHEAD:
            yield window.popleft()
    while window:
        yield window.popleft()


def _start(
    source: Source, unchanged: Callable[[Source], bool], parsers: Parsers, stack: ExitStack, limits: Limits
) -> _Begun:
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
            path = contents.spooled(Path(stack.enter_context(TemporaryDirectory())), limits.size)
        except UnusableError as error:
            return _Begun(source, Fate.SKIPPED, str(error))
    return _Begun(source, draft=parsers.submit(Job(path, source.format)))


def _outcome(begun: _Begun, fields: Fields, skip_bad: bool, limits: Limits) -> Outcome:
    source = begun.source
    try:
        if begun.fate == Fate.SKIPPED:
            raise UnusableError(begun.reason)
        if begun.fate != Fate.READ:
            return Outcome(source, _file(source, begun.fate, begun.reason))
        try:
            return _table(source, fields, skip_bad, limits) if source.format in TABLES else _one(source, begun, limits)
        except MemoryError as error:
            raise UnusableError(NO_ROOM) from error
    except UnusableError as error:
        if source.named and not skip_bad:
            raise InputError(f"{source.path}: {error}. {HINT}") from error
        return Outcome(source, _file(source, Fate.SKIPPED, str(error)))


def _one(source: Source, begun: _Begun, limits: Limits) -> Outcome:
    draft = parse(contents.raw(source, limits), source.format) if begun.draft is None else begun.draft.result()
    made = Document(source.id, draft.text, draft.title, draft.metadata)
    file = replace(_file(source, Fate.READ, ids=(made.id,)), notes=draft.notes, left_out=draft.left_out)
    return Outcome(source, file, (made,))


def _table(source: Source, fields: Fields, skip_bad: bool, limits: Limits) -> Outcome:
    placed: list[texts.Placed] = []
    skipped: list[Skipped] = []
    for row in _rows(source, contents.text(source, limits), fields):
        if not isinstance(row, Bad):
            placed.append(row)
        elif skip_bad:
            skipped.append(Skipped(source.path, row.line, row.reason))
        elif _meant(source, fields):
            raise InputError(f"{source.path}:{row.line}: {row.reason}. {HINT}")
        else:
            raise UnusableError(f"line {row.line}: {row.reason}")
    if not placed and not skipped:
        raise UnusableError("no rows")
    documents = tuple(row.document for row in placed)
    fate, why = (Fate.READ, "") if documents else (Fate.SKIPPED, f"no usable row (of {len(skipped):,})")
    file = _file(source, fate, why, tuple(document.id for document in documents))
    return Outcome(source, file, documents, tuple(skipped), tuple(row.line for row in placed))


def _rows(source: Source, text: str, fields: Fields) -> Iterator[texts.Placed | Bad]:
    """Read rows; a table found in a folder may not be a corpus, so it is skipped unless its fields were given."""
    try:
        yield from texts.rows(source, text, fields)
    except InputError as error:
        if _meant(source, fields):
            raise
        message = re.sub(
            rf"^{re.escape(source.path)}(?::(\d+))?: ", lambda at: f"line {at[1]}: " if at[1] else "", str(error)
        )
        raise UnusableError(message.rstrip(".")) from error


def _meant(source: Source, fields: Fields) -> bool:
    """Return whether the user asked for this file explicitly, by name or by its fields."""
    return source.named or fields != DEFAULTS


def _file(source: Source, fate: Fate, reason: str = "", ids: tuple[str, ...] = ()) -> File:
    return File(source.path, source.id, source.format, fate, reason, ids)


def _claimed(outcome: Outcome, fields: Fields, places: dict[str, str]) -> Outcome:
    """Check that no id is taken; otherwise skip the file or raise InputError."""
    mine: dict[str, str] = {}
    for number, document in enumerate(outcome.documents):
        line = f":{outcome.lines[number]}" if outcome.lines else ""
        place = f"{outcome.file.path}{line}"
        other = mine.get(document.id) or places.get(document.id)
        if other and outcome.source.format in TABLES and not _meant(outcome.source, fields):
            reason = f"duplicate id {document.id!r}, also in {other}; use --id-field or another folder"
            return Outcome(outcome.source, _file(outcome.source, Fate.SKIPPED, reason))
        if other:
            raise InputError(f"Duplicate id {document.id!r}: {other} and {place}. Each document needs a unique id.")
        mine[document.id] = place
    places |= mine
    return outcome
