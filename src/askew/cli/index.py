"""`askew index` and `askew delete`: what goes into an index, and what comes out again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import typer

from askew.asked import check_recall
from askew.cli.output import AsJson, as_json, counted, note, progress, say
from askew.cli.reading import (
    Format,
    IdField,
    MetadataFields,
    SkipBad,
    TextField,
    TitleField,
    documents,
    fields,
)
from askew.errors import AskewError, InputError
from askew.index import Added, Index, folder
from askew.models import own
from askew.models.choice import mismatch
from askew.progress import Report
from askew.types import Document, Role

Name = typer.Argument(help="The index: a folder NAME.askew is made, or added to.")


@dataclass(frozen=True)
class Asked:
    """What the user said of the contract; None where nothing was said."""

    precision: str | None
    policy: str | None
    chunk_tokens: int | None
    overlap: int | None
    prompts: Mapping[str, str] | None


def index(
    name: str = Name,
    paths: list[str] = typer.Argument(help="Files or folders (TXT, MD, CSV, TSV, JSONL); - for stdin."),
    task: str = typer.Option(None, "--task", help="What the index is for; see `askew tasks`."),
    model: str = typer.Option(None, "--model", help="Another model than the task's own."),
    precision: str = typer.Option(None, "--precision", help="fp32 (default) or int8."),
    policy: str = typer.Option(None, "--policy", help="Texts too long for the model: chunk, warn, error or accept."),
    chunk_tokens: int = typer.Option(None, "--chunk-tokens", help="Tokens of a passage at most."),
    overlap: int = typer.Option(None, "--overlap", help="Tokens that a passage shares with the one before."),
    recall: float = typer.Option(None, "--recall", help="What an approximate search must find of the ten nearest."),
    query_prompt: str = typer.Option(None, "--query-prompt", help="Put before each query, instead of the card's."),
    document_prompt: str = typer.Option(None, "--document-prompt", help="Put before each document."),
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Index files. Run it again after a change: only what changed is encoded."""
    if recall is not None:
        check_recall(recall)
    read = documents(paths, fields(id_field, text_field, title_field, metadata_fields), format, skip_bad)
    prompts = {Role.QUERY: query_prompt, Role.DOCUMENT: document_prompt}
    given = {str(role): prompt for role, prompt in prompts.items() if prompt is not None}
    asked = Asked(precision, policy, chunk_tokens, overlap, given or None)
    is_new = not folder(name).exists()
    with _opened(name, task, model, asked) as opened:
        with progress(quiet=json) as report:
            added = _added(opened, read, report, is_new)
            opened.optimise(report, recall)
        _tell(opened, added, json)


def _added(opened: Index, read: Sequence[Document], report: Report, is_new: bool) -> Added:
    """A new index into which nothing could be put is taken away again, so that the next try begins afresh."""
    try:
        return opened.add(read, report)
    except AskewError:
        if is_new and not opened.sizes().documents:
            opened.discard()
        raise


def delete(
    name: str = typer.Argument(help="The index."),
    ids: list[str] = typer.Argument(help="Ids of documents."),
    json: bool = AsJson,
) -> None:
    """Delete documents by id; exit code 1 when none of them was there."""
    with Index.open(name, writable=True) as opened:
        gone = opened.delete(ids)
    if json:
        as_json({"deleted": gone})
    else:
        say(f"{gone} of {counted(len(ids), 'document')} deleted.")
    if not gone:
        raise typer.Exit(1)


def _opened(name: str, task: str | None, model: str | None, asked: Asked) -> Index:
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


def _tell(opened: Index, added: Added, json: bool) -> None:
    sizes = opened.sizes()
    if json:
        as_json({**vars(added), "documents": sizes.documents, "passages": sizes.passages})
        return
    say(f"{added.new:,} new, {added.changed:,} changed, {added.unchanged:,} unchanged.")
    say(f"The index holds {counted(sizes.documents, 'document')} in {counted(sizes.passages, 'passage')}.")
    if added.truncated and opened.contract.policy != "accept":
        are = "is" if added.truncated == 1 else "are"
        note(
            f"{counted(added.truncated, 'document')} {are} longer than the {opened.contract.encoder.max_tokens:,} "
            "tokens that the model sees; the rest of them cannot be found. To keep it, build the index with "
            "--policy chunk."
        )
