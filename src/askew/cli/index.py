"""`askew index` and `askew delete`: what goes into an index, and what comes out again."""

import typer

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
from askew.errors import InputError
from askew.index import Added, Index, folder

Name = typer.Argument(help="The index: a folder NAME.askew is made, or added to.")


def index(
    name: str = Name,
    paths: list[str] = typer.Argument(help="Files or folders (TXT, MD, CSV, TSV, JSONL); - for stdin."),
    task: str = typer.Option(None, "--task", help="What the index is for; see `askew tasks`."),
    model: str = typer.Option(None, "--model", help="Another model than the task's own."),
    precision: str = typer.Option(None, "--precision", help="fp32 (default) or int8."),
    policy: str = typer.Option(None, "--policy", help="Texts too long for the model: chunk, warn, error or accept."),
    chunk_tokens: int = typer.Option(None, "--chunk-tokens", help="Tokens of a passage at most."),
    overlap: int = typer.Option(None, "--overlap", help="Tokens that a passage shares with the one before."),
    id_field: str = IdField,
    text_field: str = TextField,
    title_field: str = TitleField,
    metadata_fields: list[str] = MetadataFields,
    format: str = Format,
    skip_bad: bool = SkipBad,
    json: bool = AsJson,
) -> None:
    """Index files. Run it again after a change: only what changed is encoded."""
    read = documents(paths, fields(id_field, text_field, title_field, metadata_fields), format, skip_bad)
    asked: dict[str, str | int | None] = {
        "task": task,
        "model": model,
        "precision": precision,
        "policy": policy,
        "chunk_tokens": chunk_tokens,
        "overlap": overlap,
    }
    with _opened(name, asked) as opened:
        with progress(quiet=json) as report:
            added = opened.add(read, report)
            opened.optimise(report)
        _tell(opened, added, json)


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


def _opened(name: str, asked: dict[str, str | int | None]) -> Index:
    given = {key: value for key, value in asked.items() if value is not None}
    if folder(name).exists():
        opened = Index.open(name, writable=True)
        opened.contract.check_settings(given)
        return opened
    if asked["task"] is None:
        raise InputError(
            f"There is no index {folder(name)} yet. To make it, name its task: --task (see `askew tasks`)."
        )
    return _created(name, asked)


def _created(name: str, asked: dict[str, str | int | None]) -> Index:
    def text(key: str) -> str | None:
        return None if asked[key] is None else str(asked[key])

    def number(key: str) -> int | None:
        return None if asked[key] is None else int(str(asked[key]))

    return Index.create(
        name,
        str(asked["task"]),
        model=text("model"),
        precision=text("precision") or "fp32",
        policy=text("policy"),
        chunk_tokens=number("chunk_tokens"),
        overlap=number("overlap"),
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
