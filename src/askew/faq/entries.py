"""The entries of a FAQ, and how they are read from tables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from askew.documents.fields import Fields
from askew.documents.readers import Reading, read
from askew.errors import InputError
from askew.ingest import digest
from askew.types import Document, Metadata

HINT = "Each entry needs both, in fields of a CSV, TSV or JSONL file; --skip-bad leaves the others out."


@dataclass(frozen=True)
class QuestionAnswer:
    """A stored question with its answer. Several may have the same answer, word for word."""

    id: str
    question: str
    answer: str
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True)
class Entries:
    """reading: what became of the files and rows. unasked: ids of those that were left out for want of a question."""

    entries: tuple[QuestionAnswer, ...]
    reading: Reading
    unasked: tuple[str, ...]


def read_entries(
    paths: Sequence[str | Path],
    *,
    question: str = "question",
    answer: str = "answer",
    fields: Fields | None = None,
    format: str | None = None,
    skip_bad: bool = False,
) -> Entries:
    """The entries in tables that have the fields `question` and `answer`. `fields` names id and metadata only.

    InputError names the first row without a question or an answer, unless `skip_bad` leaves such rows out.
    """
    chosen = replace(fields or Fields(), text=answer, title=question)
    reading = read(paths, chosen, format=format, skip_bad=skip_bad)
    unasked = [document for document in reading.documents if not document.title.strip()]
    if unasked and (not skip_bad or len(unasked) == len(reading.documents)):
        id = unasked[0].id
        file = next(file.path for file in reading.files if id in file.ids)
        raise InputError(f"{file}: the entry {id!r} has no {question!r}. {HINT}")
    found = tuple(_entry(document) for document in reading.documents if document.title.strip())
    return Entries(found, reading, tuple(document.id for document in unasked))


def check_entries(entries: Sequence[QuestionAnswer]) -> None:
    """All that a half could refuse is refused here, before the other has stored anything."""
    for entry in entries:
        for name, text in (("question", entry.question), ("answer", entry.answer)):
            if not text.strip():
                raise InputError(f"The entry {entry.id!r} has no {name}. Each entry needs a question and an answer.")
        digest(as_question(entry))


def as_question(entry: QuestionAnswer) -> Document:
    return Document(entry.id, entry.question, metadata=entry.metadata)


def as_answer(entry: QuestionAnswer) -> Document:
    """Without the question as its title: with it the two halves would say the same, and know less together."""
    return Document(entry.id, entry.answer, metadata=entry.metadata)


def joined(questions: Mapping[str, Document], answer: Document) -> QuestionAnswer:
    """The entry of an answer; its question is "" where it was not stored yet, or is gone already."""
    question = questions[answer.id].text if answer.id in questions else ""
    return QuestionAnswer(answer.id, question, answer.text, answer.metadata)


def _entry(document: Document) -> QuestionAnswer:
    return QuestionAnswer(document.id, document.title.strip(), document.text, document.metadata)
