"""FAQ entries, and reading them from tables."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from askew.documents.columns import Fields
from askew.documents.read import Reading, read
from askew.errors import InputError
from askew.index import Index
from askew.ingest import digest
from askew.records import documents_from
from askew.types import Document, Metadata
from askew.validation import instance
from askew.values import items

HINT = "Every row of the CSV, TSV or JSONL file needs a question and an answer; without --strict, others are left out."


@dataclass(frozen=True)
class QuestionAnswer:
    """Stored question with its answer. Several entries may share an identical answer."""

    id: str
    question: str
    answer: str
    metadata: Metadata = field(default_factory=dict)


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
    """Read entries from tables, including workbooks.

    question, answer: names of columns; None takes the usual ones in English, German, French or Spanish. fields: only
    sets id and metadata. skip_bad, strict, encoding: see `askew.read`. Rows without a question or an answer are left
    out; `InputError` if none is left, or for the first one if `strict`.
    """
    chosen = replace(fields or Fields(), text=answer, title=question, pair="apart")
    reading = read(paths, chosen, format=format, skip_bad=skip_bad, strict=strict, rows=True, encoding=encoding)
    incomplete = [document for document in reading.documents if not document.title.strip()]
    if incomplete and (strict or len(incomplete) == len(reading.documents)):
        id = incomplete[0].id
        file = next(file.path for file in reading.files if id in file.ids)
        raise InputError(f"{file}: the entry {id!r} has no {question or 'question'!r}. {HINT}")
    found = tuple(_entry(document) for document in reading.documents if document.title.strip())
    return Entries(found, reading, tuple(document.id for document in incomplete))


def entries_from(data: object) -> list[QuestionAnswer]:
    """Return entries from one or many `QuestionAnswer`, or from records with the fields `question` and `answer`: dicts
    or a table. An id that is missing is derived from question and answer; other fields become metadata.
    """
    if isinstance(data, QuestionAnswer):
        return [data]
    records = list(data) if isinstance(data, Sequence | Iterator) and not isinstance(data, str) else data
    if isinstance(records, list) and all(isinstance(record, QuestionAnswer) for record in records):
        return records
    return [_entry(document) for document in documents_from(records, pair="apart")]


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
    return Document(entry.id, entry.question, metadata=entry.metadata)


def as_answer(entry: QuestionAnswer) -> Document:
    """Return the answer as a document. The question is not its title: both indexes would then match the same text,
    and fusing them would gain less.
    """
    return Document(entry.id, entry.answer, metadata=entry.metadata)


def joined(questions: Mapping[str, Document], answer: Document) -> QuestionAnswer:
    """Return the entry of an answer; its question is "" if not stored yet or already deleted."""
    question = questions[answer.id].text if answer.id in questions else ""
    return QuestionAnswer(answer.id, question, answer.text, answer.metadata)


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


def _entry(document: Document) -> QuestionAnswer:
    return QuestionAnswer(document.id, document.title.strip(), document.text, document.metadata)
