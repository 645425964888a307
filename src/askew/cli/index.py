"""`askew index` and `askew delete`: add files to an index or a FAQ, and remove documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import typer

from askew.cli.files import (
    Encoding,
    Format,
    IdField,
    MetadataFields,
    On,
    ReadersField,
    SkipBad,
    Strict,
    TextFields,
    TitleField,
    counts_line,
    fields,
    file_row,
    gathered,
    left_out,
    show_files,
    show_skipped,
)
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.watch import check_watch, follow
from askew.documents.columns import Fields
from askew.errors import InputError
from askew.faq.faq import open_any
from askew.faq.sync import TASK, FaqSync, index_faq, makes_faq
from askew.paths import ANSWERS, QUESTIONS
from askew.project import read as read_project
from askew.settings import IndexSettings
from askew.sync import Indexed, index_files, sync
from askew.types import Role
from askew.validation import check_recall

Name = typer.Argument(
    None, help="The index: the folder NAME.askew is created, or brought up to date. Without: as askew.toml says."
)


@dataclass(frozen=True)
class SealedOptions:
    """The options that are sealed into the contract of an index."""

    precision: str = typer.Option(None, "--precision", help="fp32 (default) or int8.")
    policy: str = typer.Option(
        None, "--policy", help="What to do with texts too long for the model: chunk, warn, error or accept."
    )
    chunk_tokens: int = typer.Option(None, "--chunk-tokens", help="Maximum number of tokens per passage.")
    overlap: int = typer.Option(None, "--overlap", help="Number of tokens shared by consecutive passages.")
    dim: int = typer.Option(None, "--dim", help="Truncate the vectors of a model trained for it (Matryoshka).")
    vectors: str = typer.Option(None, "--vectors", help="Stored as float32 (default), float16, int8 or binary.")
    query_prompt: str = typer.Option(None, "--query-prompt", help="Prefix for queries instead of the model's own.")
    document_prompt: str = typer.Option(None, "--document-prompt", help="Prefix for documents.")
    sparse: str = typer.Option(None, "--sparse", help="A learned sparse encoder in addition, for --mode sparse.")
    access: bool = typer.Option(
        None, "--access/--no-access", help="For a new index: with access control, by the readers of each document."
    )

    store: str = typer.Option(None, "--store", help="For a new index: the URL of an engine that holds it.")

    def with_defaults(self, options: Mapping[str, Any]) -> "SealedOptions":
        """Return the options, those that are not given from askew.toml."""
        return replace(self, **{name: value for name, value in options.items() if getattr(self, name) is None})

    def settings(self, model: str | None) -> IndexSettings:
        if self.dim is not None and model is None:
            raise InputError("--dim truncates the vectors of a model that is trained for it: name it with --model.")
        prompts = {Role.QUERY: self.query_prompt, Role.DOCUMENT: self.document_prompt}
        given = {str(role): prompt for role, prompt in prompts.items() if prompt is not None}
        chunks = (self.policy, self.chunk_tokens, self.overlap)
        rest = (self.sparse, self.vectors, self.access)
        own = (*chunks, given or None, None, *rest)
        return IndexSettings(model, self.dim, None, self.precision, *own, store=self.store)


@gathered
def index(
    name: str = Name,
    paths: list[str] = typer.Argument(None, help="Files or folders; - for stdin."),
    task: str | None = typer.Option(None, "--task", help="What the index is for; see `askew tasks`."),
    model: str | None = typer.Option(None, "--model", help="The model to use instead of the task's default."),
    recall: float = typer.Option(None, "--recall", help="Target recall@10 of approximate search (default 0.99)."),
    question_model: str = typer.Option(None, "--question-model", help="FAQ only: the model for questions."),
    answer_model: str = typer.Option(None, "--answer-model", help="FAQ only: the model for answers."),
    question_field: str = typer.Option(
        None, "--question-field", help="FAQ only: the field with the question (default: question, frage …)."
    ),
    answer_field: str = typer.Option(
        None, "--answer-field", help="FAQ only: the field with the answer (default: answer, antwort …)."
    ),
    id_field: str = IdField,
    text_fields: list[str] = TextFields,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    readers_field: str = ReadersField,
    format: str = Format,
    skip_bad: bool = SkipBad,
    strict: bool = Strict,
    encoding: str = Encoding,
    keep: bool = typer.Option(False, "--keep", help="Keep documents whose file or row is gone."),
    verify: bool = typer.Option(
        False, "--verify", help="Compare the content of every file, not only its size and times."
    ),
    files: bool = typer.Option(False, "--files", help="Report the outcome of every file."),
    on: str = On,
    watch: bool = typer.Option(False, "--watch", help="Keep running, and index every change until Ctrl-C."),
    *,
    sealed: SealedOptions,
    json: bool = AsJson,
) -> None:
    """Create an index from files, or bring it up to date. Only what changed is encoded."""
    name, paths, task, model, sealed = _told(name, paths, task, model, sealed)
    if recall is not None:
        check_recall(recall)
    settings = sealed.settings(model)
    if makes_faq(name, task):
        _check_faq_options(task, settings, {"--text-field": text_fields or None, "--title-field": title_field,
                                      "--files": files or None, "--watch": watch or None, "--on": on})  # fmt: skip
        reading = (question_field, answer_field, fields(id_field, None, None, metadata_fields, readers_field))
        models = {QUESTIONS: question_model or model, ANSWERS: answer_model or model}
        _index_faq(name, paths, reading, models, format=format, skip_bad=skip_bad, strict=strict, encoding=encoding,
                   keep=keep, precision=sealed.precision, access=sealed.access, store=sealed.store, recall=recall,
                   json=json)  # fmt: skip
        return
    if question_model or answer_model:
        raise InputError("--question-model and --answer-model are only for a FAQ (--task faq). Use --model instead.")
    if question_field or answer_field:
        raise InputError("--question-field and --answer-field are only for a FAQ: add --task faq.")
    if watch:
        check_watch(paths, json)
    named = fields(id_field, text_fields, title_field, metadata_fields, readers_field)
    with progress(quiet=json) as report:
        indexed = index_files(
            name,
            paths,
            task,
            settings,
            named,
            format=format, skip_bad=skip_bad, strict=strict, encoding=encoding, keep=keep, verify=verify,
            recall=recall, on=on, progress=report,
        )  # fmt: skip
    _show(indexed, files, json)
    if watch:
        follow(
            name,
            paths,
            lambda opened: sync(
                opened, paths, named, format=format, skip_bad=skip_bad, strict=strict, encoding=encoding, keep=keep
            ),
            indexed.sync.files,
        )
    if left_out(paths, indexed.sync.files, indexed.sync.skipped) and not skip_bad:
        raise typer.Exit(1)


def _told(
    name: str | None, paths: list[str], task: str | None, model: str | None, sealed: SealedOptions
) -> tuple[str, list[str], Any, Any, SealedOptions]:
    """Return what was given; without a name, what askew.toml says, and the options given instead of its own."""
    if name is not None and not paths:
        raise InputError(f"Name the files or folders to index: askew index {name} PATH…")
    if name is not None:
        return name, paths, task, model, sealed
    project = read_project(Path())
    own = (task or project.task, model or project.model or None, sealed.with_defaults(project.options))
    return project.name, list(project.paths), *own


def _index_faq(
    name: str,
    paths: Sequence[str],
    reading: tuple[str | None, str | None, Fields],
    models: Mapping[str, str | None],
    *,
    format: str | None,
    skip_bad: bool,
    strict: bool,
    encoding: str | None,
    keep: bool,
    precision: str | None,
    access: bool | None,
    store: str | None,
    recall: float | None,
    json: bool,
) -> None:
    """reading: the fields with the question and the answer, and the others. models: by channel."""
    question, answer, others = reading
    with progress(quiet=json) as report:
        done = index_faq(
            name,
            paths,
            question=question,
            answer=answer,
            fields=others,
            format=format,
            skip_bad=skip_bad,
            strict=strict,
            encoding=encoding,
            keep=keep,
            question_model=models[QUESTIONS],
            answer_model=models[ANSWERS],
            precision=precision,
            access=access,
            store=store,
            recall=recall,
            progress=report,
        )
    _show_faq(done, json)
    found = done.read
    if (found.without_question or left_out(paths, found.reading.files, found.reading.skipped)) and not skip_bad:
        raise typer.Exit(1)


def delete(
    name: str = typer.Argument(help="The index, or FAQ."),
    ids: list[str] = typer.Argument(help="Ids of documents."),
    json: bool = AsJson,
) -> None:
    """Delete documents by id. Exit code 1 means that none of them existed."""
    with open_any(name, writable=True) as opened:
        deleted = opened.delete(ids)
    if json:
        as_json({"deleted": deleted})
    else:
        say(f"{deleted} of {counted(len(ids), 'document')} deleted.")
    if not deleted:
        raise typer.Exit(1)


def _check_faq_options(task: str | None, settings: IndexSettings, others: Mapping[str, object]) -> None:
    """Refuse what a FAQ does not take. others: options that must not be set, by name."""
    if task not in (None, TASK):
        raise InputError(f"The folder is a FAQ (task {TASK}), not an index for {task}. Choose another name.")
    of_index = ("policy", "chunk_tokens", "overlap", "sparse", "dim", "vectors")
    sealed = {name: getattr(settings, name) for name in of_index}
    options = {"--" + name.replace("_", "-"): value for name, value in sealed.items()}
    prompts = {f"--{role}-prompt": prompt for role, prompt in (settings.prompts or {}).items()}
    given = [option for option, value in {**options, **prompts, **others}.items() if value is not None]
    if given:
        raise InputError(
            f"A FAQ does not take {given[0]}, because the settings of its two indexes follow from their tasks. It "
            "takes --question-model, --answer-model, --precision, --store, --question-field and --answer-field."
        )


def _show(indexed: Indexed, files: bool, json: bool) -> None:
    result = indexed.sync
    if indexed.doubt:
        note(f"Note: {indexed.doubt}")
    show_skipped([] if files or json else result.files, result.skipped)
    if json:
        counts = {**vars(result.added), "removed": result.removed}
        sizes = {"documents": indexed.documents, "passages": indexed.passages}
        rows = {"files": [file_row(file) for file in result.files], "skipped": [vars(row) for row in result.skipped]}
        as_json({**counts, **sizes, **rows})
        return
    if files:
        show_files(result.files)
    say(counts_line(result))
    say(f"The index holds {counted(indexed.documents, 'document')} in {counted(indexed.passages, 'passage')}.")
    if (truncated := result.added.truncated) and indexed.model_limit:
        note(
            f"{counted(truncated, 'document')} {_are(truncated)} longer than the {indexed.model_limit:,} tokens that "
            "the model sees, and the rest cannot be found. To keep it, build the index with --policy chunk."
        )
    if cut := result.added.truncated_sparse:
        note(
            f"{counted(cut, 'document')} {_are(cut)} longer than the sparse encoder sees, and the rest cannot be found "
            "with --mode sparse."
        )
    if unknown := result.added.unknown:
        note(
            f"{counted(unknown, 'document')} {'has' if unknown == 1 else 'have'} words or signs that the model does "
            "not know: only search by words finds them."
        )


def _show_faq(done: FaqSync, json: bool) -> None:
    if done.doubt:
        note(f"Note: {done.doubt}")
    show_skipped(done.read.reading.files, done.read.reading.skipped)
    if skipped := done.read.without_question:
        note(f"Entries skipped because they have no question: {len(skipped):,}, the first {skipped[0]!r}")
    if json:
        channels = {name: {**vars(one), "documents": done.documents[name]} for name, one in done.added.items()}
        as_json({**channels, "removed": done.removed})
        return
    for name, one in done.added.items():
        say(f"{name:<10} {one.new:,} new, {one.changed:,} changed, {one.unchanged:,} unchanged.")
    if done.removed:
        say(f"{done.removed:,} {'entry' if done.removed == 1 else 'entries'} removed.")
    questions, answers = (done.documents[name] for name in (QUESTIONS, ANSWERS))
    say(f"The FAQ holds {counted(questions, 'question')} and {counted(answers, 'answer')}.")
    if cut := done.added[QUESTIONS].truncated:
        note(f"{counted(cut, 'question')} {_are(cut)} longer than the model sees, and the rest cannot be found.")


def _are(number: int) -> str:
    return "is" if number == 1 else "are"
