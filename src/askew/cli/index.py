"""`askew index` and `askew delete`: add files to an index, remove documents from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import typer

from askew.cli.faq import FaqFields, FaqSettings, check_options, delete_faq, index_faq, wanted
from askew.cli.files import (
    Format,
    IdField,
    MetadataFields,
    SkipBad,
    TextField,
    TitleField,
    counts_line,
    fate,
    fields,
    show_fates,
    tell,
)
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.watch import check_watch, follow
from askew.documents.readers import nothing
from askew.errors import AskewError, InputError
from askew.faq.place import ANSWERS, QUESTIONS, is_faq
from askew.index import Index, folder
from askew.models import own
from askew.models.choice import mismatch
from askew.progress import Report, silent
from askew.sync import SyncResult, sync
from askew.types import Role
from askew.validation import check_recall

Name = typer.Argument(help="The index: a folder NAME.askew is made, or added to.")


@dataclass(frozen=True)
class IndexOptions:
    """What the user said of the contract; None where nothing was said."""

    precision: str | None
    policy: str | None
    chunk_tokens: int | None
    overlap: int | None
    prompts: Mapping[str, str] | None


def index(
    name: str = Name,
    paths: list[str] = typer.Argument(help="Files or folders; - for stdin."),
    task: str = typer.Option(None, "--task", help="What the index is for; see `askew tasks`."),
    model: str = typer.Option(None, "--model", help="Another model than the task's own."),
    precision: str = typer.Option(None, "--precision", help="fp32 (default) or int8."),
    policy: str = typer.Option(None, "--policy", help="Texts too long for the model: chunk, warn, error or accept."),
    chunk_tokens: int = typer.Option(None, "--chunk-tokens", help="Tokens of a passage at most."),
    overlap: int = typer.Option(None, "--overlap", help="Tokens that a passage shares with the one before."),
    recall: float = typer.Option(None, "--recall", help="What an approximate search must find of the ten nearest."),
    query_prompt: str = typer.Option(None, "--query-prompt", help="Put before each query, instead of the card's."),
    document_prompt: str = typer.Option(None, "--document-prompt", help="Put before each document."),
    question_model: str = typer.Option(None, "--question-model", help="For a FAQ: another model for its questions."),
    answer_model: str = typer.Option(None, "--answer-model", help="For a FAQ: another model for its answers."),
    question_field: str = typer.Option("question", "--question-field", help="For a FAQ: the field with the question."),
    answer_field: str = typer.Option("answer", "--answer-field", help="For a FAQ: the field with the answer."),
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    keep: bool = typer.Option(False, "--keep", help="Keep documents whose file or row is gone."),
    files: bool = typer.Option(False, "--files", help="Tell what became of every file."),
    watch: bool = typer.Option(False, "--watch", help="Stay, and follow every change until Ctrl-C."),
    json: bool = AsJson,
) -> None:
    """Index files. Run it again after a change: only what changed is encoded."""
    if recall is not None:
        check_recall(recall)
    if wanted(name, task):
        others = {"--policy": policy, "--chunk-tokens": chunk_tokens, "--overlap": overlap, "--text-field": text_field}
        prompts_given = {"--query-prompt": query_prompt, "--document-prompt": document_prompt}
        follows = {"--title-field": title_field, "--files": files or None, "--watch": watch or None}
        check_options(task, {**others, **prompts_given, **follows})
        models = {QUESTIONS: question_model or model, ANSWERS: answer_model or model}
        names = FaqFields(question_field, answer_field, id_field, metadata_fields or ())
        settings = FaqSettings(models, precision, recall)
        index_faq(name, paths, names, settings, format=format, skip_bad=skip_bad, keep=keep, json=json)
        return
    if question_model or answer_model:
        raise InputError("--question-model and --answer-model are for a FAQ (--task faq); here it is --model.")
    if watch:
        check_watch(paths, json)
    prompts = {Role.QUERY: query_prompt, Role.DOCUMENT: document_prompt}
    given = {str(role): prompt for role, prompt in prompts.items() if prompt is not None}
    asked = IndexOptions(precision, policy, chunk_tokens, overlap, given or None)
    named = fields(id_field, text_field, title_field, metadata_fields)

    def bring(opened: Index, report: Report = silent) -> SyncResult:
        return sync(opened, paths, named, format=format, skip_bad=skip_bad, keep=keep, progress=report)

    is_new = not folder(name).exists()
    with _opened(name, task, model, asked) as opened:
        with progress(quiet=json) as report:
            mirrored = _first(opened, bring, report) if is_new else bring(opened, report)
            opened.optimise(report, recall)
        _tell(opened, mirrored, files, json)
    if watch:
        follow(name, paths, bring, mirrored.files)


def _first(opened: Index, bring: Callable[[Index, Report], SyncResult], report: Report) -> SyncResult:
    """A new index into which nothing could be put is taken away again, so that the next try begins afresh."""
    try:
        mirrored = bring(opened, report)
        if not opened.sizes().documents:
            raise nothing(mirrored.files, mirrored.skipped)
    except AskewError:
        if not opened.sizes().documents:
            opened.discard()
        raise
    return mirrored


def delete(
    name: str = typer.Argument(help="The index."),
    ids: list[str] = typer.Argument(help="Ids of documents."),
    json: bool = AsJson,
) -> None:
    """Delete documents by id; exit code 1 when none of them was there."""
    if is_faq(name):
        gone = delete_faq(name, ids)
    else:
        with Index.open(name, writable=True) as opened:
            gone = opened.delete(ids)
    if json:
        as_json({"deleted": gone})
    else:
        say(f"{gone} of {counted(len(ids), 'document')} deleted.")
    if not gone:
        raise typer.Exit(1)


def _opened(name: str, task: str | None, model: str | None, asked: IndexOptions) -> Index:
    if folder(name).exists():
        opened = Index.open(name, writable=True)
        given = {"task": task, "model": model and own.resolve(model).name, **vars(asked)}
        opened.contract.check_settings({key: value for key, value in given.items() if value is not None})
        return opened
    if task is None:
        raise InputError(
            f"There is no index {folder(name)} yet. To make it, name its task: --task (see `askew tasks`)."
        )
    if model is not None:
        card = own.resolve(model)
        if doubt := mismatch(card, task):
            note(f"Note: {card.name} was {doubt}. See: askew models choose --task {task}")
    return Index.create(
        name,
        task,
        model=model,
        precision=asked.precision or "fp32",
        policy=asked.policy,
        chunk_tokens=asked.chunk_tokens,
        overlap=asked.overlap,
        prompts=asked.prompts,
    )


def _tell(opened: Index, mirrored: SyncResult, files: bool, json: bool) -> None:
    sizes, added = opened.sizes(), mirrored.added
    tell(mirrored.files, mirrored.skipped, quiet=files or json)
    if json:
        counts = {**vars(added), "removed": mirrored.removed, "documents": sizes.documents, "passages": sizes.passages}
        rows = [vars(row) for row in mirrored.skipped]
        as_json({**counts, "files": [fate(file) for file in mirrored.files], "skipped": rows})
        return
    if files:
        show_fates(mirrored.files)
    say(counts_line(mirrored))
    say(f"The index holds {counted(sizes.documents, 'document')} in {counted(sizes.passages, 'passage')}.")
    if added.truncated and opened.contract.policy != "accept":
        are = "is" if added.truncated == 1 else "are"
        note(
            f"{counted(added.truncated, 'document')} {are} longer than the {opened.contract.encoder.max_tokens:,} "
            "tokens that the model sees; the rest of them cannot be found. To keep it, build the index with "
            "--policy chunk."
        )
