"""FAQ entries, and reading them from tables."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from askew.documents.columns import Fields
from askew.documents.formats.web.questions import ASKS, text_pairs, titled_pairs
from askew.documents.read import Fate, File, Reading, Skipped, nothing, read
from askew.documents.sources import SHEETS, TABLES
from askew.errors import InputError
from askew.index import Index
from askew.ingest import digest
from askew.records import documents_from
from askew.types import Document, Metadata
from askew.validation import instance
from askew.values import items

HINT = "Every entry needs a question and an answer; without --strict, others are left out."
NO_PAIRS = "no questions with answers: no heading or line that asks, and no heading with a text below"


@dataclass(frozen=True)
class QuestionAnswer:
    """Stored question with its answer. Several entries may share an identical answer. readers: as of a `Document`."""

    id: str
    question: str
    answer: str
    metadata: Metadata = field(default_factory=dict)
    readers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Entries:
    """Entries read from files. reading: outcome of every file and row. without_question: ids
    that were skipped for lack of a question.
    """

    entries: tuple[QuestionAnswer, ...]
    reading: Reading
    without_question: tuple[str, ...]


def read_entries(
    paths: Sequence[str | Path],
    *,
    question: str | None = None,
    answer: str | None = None,
    fields: Fields | None = None,
    format: str | None = None,
    skip_bad: bool = False,
    strict: bool = False,
    encoding: str | None = None,
) -> Entries:
    """Read entries from tables, including workbooks; from the accordions, definition lists, FAQPage data and question
    headings of HTML pages; and from the headings or lines that ask in Markdown and other documents.

    question, answer: names of columns; None takes the usual ones in English, German, French or Spanish. fields: only
    sets id, metadata and readers. skip_bad, strict, encoding: see `askew.read`. Rows without question or answer are
    left out; `InputError` if none is left, or for the first one if `strict`.
    """
    chosen = replace(fields or Fields(), text=answer, title=question, pair="apart")
    read_files = read(paths, chosen, format=format, skip_bad=skip_bad, strict=strict, rows=True, encoding=encoding)
    reading = _paired(read_files)
    incomplete = [document for document in reading.documents if not document.title.strip()]
    bare = [row for row in reading.skipped if row not in read_files.skipped]
    if strict and bare:
        raise InputError(f"{bare[0].source}: {bare[0].reason}. {HINT}")
    if incomplete and (strict or len(incomplete) == len(reading.documents)):
        id = incomplete[0].id
        file = next(file.path for file in reading.files if id in file.ids)
        raise InputError(f"{file}: the entry {id!r} has no {question or 'question'!r}. {HINT}")
    if not reading.documents:
        raise nothing(reading.files, reading.skipped)
    found = tuple(_entry(document) for document in reading.documents if document.title.strip())
    return Entries(found, reading, tuple(document.id for document in incomplete))


def _paired(reading: Reading) -> Reading:
    """Replace each document that is a whole file by its questions and answers, as documents."""
    documents = {document.id: document for document in reading.documents}
    made: list[Document] = []
    files: list[File] = []
    skipped = list(reading.skipped)
    for file in reading.files:
        mine = [documents[id] for id in file.ids]
        if file.fate == Fate.READ and file.format not in (*TABLES, *SHEETS, "html"):
            pairs = [pair for document in mine for pair in _pairs(document)]
            skipped += [
                Skipped(file.path, n, f"the question {q!r} has no answer") for n, (q, a) in enumerate(pairs, 1) if not a
            ]
            mine = [
                Document(f"{file.id}:{n}", answer, question, mine[0].metadata, readers=mine[0].readers)
                for n, (question, answer) in enumerate(pairs, 1)
                if answer
            ]
            file = replace(file, ids=tuple(one.id for one in mine))
            if not mine:
                file = replace(file, fate=Fate.SKIPPED, reason=NO_PAIRS)
        made += mine
        files.append(file)
    return Reading(made, tuple(skipped), tuple(files))


def _pairs(document: Document) -> list[tuple[str, str]]:
    """Return the pairs in a text; if its title alone asks, the title with the text."""
    if ASKS.fullmatch(document.title.strip()):
        return titled_pairs(document.title, document.text)
    return text_pairs(document.text)


def entries_from(data: object, readers: str | None = None) -> list[QuestionAnswer]:
    """Return entries from one or many `QuestionAnswer`, or from records with the fields `question` and `answer`: dicts
    or a table. An id that is missing is derived from question and answer; other fields become metadata. readers: the
    field with the groups that may read an entry.
    """
    records = [data] if isinstance(data, QuestionAnswer) else data
    records = list(records) if isinstance(records, Sequence | Iterator) and not isinstance(records, str) else records
    if isinstance(records, list) and all(isinstance(record, QuestionAnswer) for record in records):
        if records and readers is not None:
            raise InputError("readers names a key of dicts or a column; a QuestionAnswer has readers of its own.")
        return records
    return [_entry(document) for document in documents_from(records, pair="apart", readers=readers)]


def check_entries(entries: object) -> list[QuestionAnswer]:
    """Return entries as a list, validated before either index stores anything."""
    want = "a QuestionAnswer(id, question, answer)"
    found: list[Any] = items(entries, f"entries must be a list, each {want}")
    for entry in found:
        instance(entry, QuestionAnswer, "Every entry", want)
        for name, text in (("question", entry.question), ("answer", entry.answer)):
            if not isinstance(text, str) or not text.strip():
                raise InputError(f"The entry {entry.id!r} has no {name}. Every entry needs a question and an answer.")
        digest(as_question(entry))
    return found


def as_question(entry: QuestionAnswer) -> Document:
    return Document(entry.id, entry.question, metadata=entry.metadata, readers=entry.readers)


def as_answer(entry: QuestionAnswer) -> Document:
    """Return the answer as a document. The question is not its title: both indexes would then match the same text,
    and fusing them would gain less.
    """
    return Document(entry.id, entry.answer, metadata=entry.metadata, readers=entry.readers)


def joined(questions: Mapping[str, Document], answer: Document) -> QuestionAnswer:
    """Return the entry of an answer; its question is "" if not stored yet or already deleted."""
    question = questions[answer.id].text if answer.id in questions else ""
    return QuestionAnswer(answer.id, question, answer.text, answer.metadata, answer.readers)


def held(index: Index, ids: Collection[str]) -> Mapping[str, Document]:
    """Return the existing documents among these ids, by id."""
    wanted = sorted(ids)
    try:
        return {document.id: document for document in index.documents(wanted)}
    except InputError:
        if len(wanted) == 1:
            return {}
        half = len(wanted) // 2
        return {**held(index, wanted[:half]), **held(index, wanted[half:])}


def without_readers(fields: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the fields of a dataclass but its readers: who may read an entry is no part of an answer."""
    return {name: value for name, value in fields if name != "readers"}


def _entry(document: Document) -> QuestionAnswer:
    return QuestionAnswer(document.id, document.title.strip(), document.text, document.metadata, document.readers)
