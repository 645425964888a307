"""FAQ sync: a FAQ follows its tables; changed entries are stored again, and those that are gone are deleted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from shlex import quote

from askew.documents.columns import Fields
from askew.documents.read import Fate, File
from askew.documents.sources import STDIN, absolute
from askew.errors import AskewError
from askew.faq.entries import Entries, read_entries
from askew.faq.faq import Faq
from askew.ingest import Added
from askew.paths import ANSWERS, QUESTIONS, folder, is_faq
from askew.progress import Report, reporter
from askew.sync import model_doubt, stored_from

TASK = "faq"


@dataclass(frozen=True)
class FaqSync:
    """Result of a sync. read: entries and outcome of every file. added: outcome by channel. removed: number of deleted
    entries. documents: number of documents by channel, after the sync.
    doubt: one line on why a model does not suit the entries' languages or its task; "" if both do.
    """

    read: Entries
    added: Mapping[str, Added]
    removed: int
    documents: Mapping[str, int]
    doubt: str = ""


def makes_faq(name: str | Path, task: str | None) -> bool:
    """Return whether indexing files under this name concerns a FAQ: it is one, or would be created as one."""
    return is_faq(name) or (task == TASK and not folder(name).exists())


def index_faq(
    name: str | Path,
    paths: Sequence[str | Path],
    *,
    question: str | None = None,
    answer: str | None = None,
    fields: Fields | None = None,
    format: str | None = None,
    skip_bad: bool = False,
    strict: bool = False,
    encoding: str | None = None,
    keep: bool = False,
    question_model: str | None = None,
    answer_model: str | None = None,
    precision: str | None = None,
    access: bool | None = None,
    store: str | None = None,
    recall: float | None = None,
    progress: bool | Report | None = None,
) -> FaqSync:
    """Create a FAQ from tables, or bring it up to date with them.

    question, answer, fields, format, skip_bad, strict, encoding: see `read_entries`. keep: do not delete entries
    whose row is gone.
    question_model, answer_model, precision, access, store: for a new FAQ; an existing one must match.
    recall: see `Index.optimise`.
    """
    read = read_entries(
        paths,
        question=question,
        answer=answer,
        fields=fields,
        format=format,
        skip_bad=skip_bad,
        strict=strict,
        encoding=encoding,
    )
    is_new = not folder(name).exists()
    with Faq.open_or_create(
        name,
        question_model=question_model,
        answer_model=answer_model,
        precision=precision,
        access=access,
        store=store,
    ) as opened:
        try:
            result = sync_faq(opened, read, paths, keep=keep, progress=progress)
        except AskewError:
            if is_new and not opened.answers.sizes().documents:
                opened.discard()  # so that the next attempt starts afresh
            raise
        opened.optimise(progress, recall)
        changed = any(one.new + one.changed for one in result.added.values())
        models = {QUESTIONS: question_model, ANSWERS: answer_model}
        chosen = {channel: is_new and model is not None for channel, model in models.items()}
        return replace(result, doubt=_doubt(opened, chosen)) if changed else result


def _doubt(faq: Faq, chosen: Mapping[str, bool]) -> str:
    """Return one line for both channels. chosen: whether the user named a channel's model, by channel."""
    names = {channel: str(faq.path / channel) for channel in faq.channels}
    notes = {name: model_doubt(index, names[name], chosen[name], TASK) for name, index in faq.channels.items()}
    of_questions, of_answers = notes[QUESTIONS], notes[ANSWERS]
    if of_questions and of_answers == of_questions.replace(quote(names[QUESTIONS]), quote(names[ANSWERS])):
        return f"{of_questions} (and the same for {names[ANSWERS]})"
    return " ".join(filter(None, (of_questions, of_answers)))


def sync_faq(
    faq: Faq,
    found: Entries,
    paths: Sequence[str | Path],
    *,
    keep: bool = False,
    progress: bool | Report | None = None,
) -> FaqSync:
    """Make the FAQ match the entries just read from these paths. Entries from other paths stay; `keep` deletes none."""
    before = {id: path for index in faq.channels.values() for id, path in stored_from(index, paths).items()}
    added = faq.add(found.entries, reporter(progress))
    places = _places(found)
    for index in faq.channels.values():
        index.store.assign(places)
    present = {entry.id for entry in found.entries}
    barred = [absolute(file.path) for file in found.reading.files if file.fate == Fate.SKIPPED]
    there = {path for path in set(before.values()) if any(Path(path).is_relative_to(place) for place in barred)}
    vanished = [id for id, path in before.items() if id not in present and path not in there]
    removed = 0 if keep or not vanished else faq.delete(vanished)
    return FaqSync(found, added, removed, {name: index.sizes().documents for name, index in faq.channels.items()})


def _places(found: Entries) -> dict[str, str]:
    files = {id: file for file in found.reading.files for id in file.ids}
    return {entry.id: _absolute(files[entry.id]) for entry in found.entries}


def _absolute(file: File) -> str:
    return "" if file.path == STDIN else str(absolute(file.path))
