"""One file after the other: the documents in it, and its fate, so that nothing is dropped in silence."""

import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory

from askew.documents import contents, texts
from askew.documents.contents import Limits
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.formats.draft import Draft, UnusableError
from askew.documents.formats.parsing import HOMES
from askew.documents.parsers import Job, Parsers
from askew.documents.sources import STDIN, TABLES, Source
from askew.documents.tables import Bad
from askew.errors import InputError
from askew.progress import Progress, Report, silent
from askew.types import Document

HINT = "--skip-bad leaves such rows and files out."
UNKNOWN = "its suffix stands for no format"
AHEAD = 4  # files that may be parsed, or be done, before it is their turn
LIMITS = Limits()
NONE: Mapping[str, str] = {}


class Fate(StrEnum):
    """ignored: its suffix stands for no format. unchanged: the caller said so, and it was not opened."""

    READ = "read"
    SKIPPED = "skipped"
    IGNORED = "ignored"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class File:
    """reason: half a sentence, "" for a file that was read. ids: of its documents."""

    path: str
    id: str
    format: str
    fate: Fate
    reason: str = ""
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Skipped:
    """A row that cannot be used; the reason is half a sentence."""

    source: str
    line: int
    reason: str


@dataclass(frozen=True)
class Outcome:
    """lines: where the row of each document begins; empty where the file is one document."""

    source: Source
    file: File
    documents: tuple[Document, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Begun:
    """A file whose fate is known already, or one that is read when it is its turn, or in a process meanwhile."""

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
    """The outcome of each file, in order, as soon as it is known.

    A file found in a folder that cannot be used, or whose ids are those of another, is skipped. What was named, itself
    or by its fields, was meant: there it is an InputError, unless `skip_bad` leaves bad rows and files out. taken: ids
    that files have which are not opened, with their paths.
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
        window.append(_start(source, unchanged, parsers, stack))
        if len(window) > AHEAD:
            yield window.popleft()
    while window:
        yield window.popleft()


def _start(source: Source, unchanged: Callable[[Source], bool], parsers: Parsers, stack: ExitStack) -> _Begun:
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
        path = contents.spooled(Path(stack.enter_context(TemporaryDirectory())))
    return _Begun(source, draft=parsers.submit(Job(path, source.format)))


def _outcome(begun: _Begun, fields: Fields, skip_bad: bool, limits: Limits) -> Outcome:
    source = begun.source
    try:
        if begun.fate == Fate.SKIPPED:
            raise UnusableError(begun.reason)
        if begun.fate != Fate.READ:
            return Outcome(source, _file(source, begun.fate, begun.reason))
        if source.format in TABLES:
            return _table(source, fields, skip_bad, limits)
        return _one(source, begun, limits)
    except UnusableError as fault:
        if source.named and not skip_bad:
            raise InputError(f"{source.path}: {fault}. {HINT}") from fault
        return Outcome(source, _file(source, Fate.SKIPPED, str(fault)))


def _one(source: Source, begun: _Begun, limits: Limits) -> Outcome:
    if begun.draft is None:
        made = texts.whole(source, contents.text(source, limits))
    else:
        draft = begun.draft.result()
        made = Document(source.id, draft.text, draft.title, draft.metadata)
    return Outcome(source, _file(source, Fate.READ, ids=(made.id,)), (made,))


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
        raise UnusableError("it has no rows")
    documents = tuple(row.document for row in placed)
    fate, why = (Fate.READ, "") if documents else (Fate.SKIPPED, f"none of its {len(skipped):,} rows can be used")
    file = _file(source, fate, why, tuple(document.id for document in documents))
    return Outcome(source, file, documents, tuple(skipped), tuple(row.line for row in placed))


def _rows(source: Source, text: str, fields: Fields) -> Iterator[texts.Placed | Bad]:
    """A table that just lies in a folder may be no corpus at all: it is skipped, unless its fields were named."""
    try:
        yield from texts.rows(source, text, fields)
    except InputError as fault:
        if _meant(source, fields):
            raise
        told = re.sub(
            rf"^{re.escape(source.path)}(?::(\d+))?: ", lambda at: f"line {at[1]}: " if at[1] else "", str(fault)
        )
        raise UnusableError(told.rstrip(".")) from fault


def _meant(source: Source, fields: Fields) -> bool:
    """Whether somebody said that it is to be read: its name, or its fields."""
    return source.named or fields != DEFAULTS


def _file(source: Source, fate: Fate, reason: str = "", ids: tuple[str, ...] = ()) -> File:
    return File(source.path, source.id, source.format, fate, reason, ids)


def _claimed(outcome: Outcome, fields: Fields, places: dict[str, str]) -> Outcome:
    """The outcome, if each of its ids is its own."""
    mine: dict[str, str] = {}
    for number, document in enumerate(outcome.documents):
        line = f":{outcome.lines[number]}" if outcome.lines else ""
        place = f"{outcome.file.path}{line}"
        other = mine.get(document.id) or places.get(document.id)
        if other and outcome.source.format in TABLES and not _meant(outcome.source, fields):
            reason = f"its id {document.id!r} is that of {other} too; --id-field or another folder keeps them apart"
            return Outcome(outcome.source, _file(outcome.source, Fate.SKIPPED, reason))
        if other:
            raise InputError(
                f"The id {document.id!r} is given twice: {other} and {place}. Each document needs an id of its own."
            )
        mine[document.id] = place
    places |= mine
    return outcome
