"""Options that say how files are read, and reports of what became of them."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, is_dataclass, replace
from dataclasses import fields as of
from inspect import Parameter, Signature, signature
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_type_hints

import typer

from askew.cli.output import counted, note, progress, say, table
from askew.compare import CorpusParams, open_corpus
from askew.contract import Contract
from askew.dedup.corpus import Corpus, Origin
from askew.documents.columns import Fields
from askew.documents.read import Fate, File, Skipped, read
from askew.documents.sources import FORMATS, SHEETS, TABLES
from askew.sync import SyncResult
from askew.tasks import Kind, get
from askew.types import Document

ROWS = (*SHEETS, *TABLES)
EMPTY: Mapping[str, Any] = MappingProxyType({})
SHOWN = 5  # skipped rows and files that are named; the others are counted

Format = typer.Option(None, "--format", help=f"{', '.join(FORMATS)} (default: by file suffix).")
IdField = typer.Option(None, "--id-field", help="The field with the id (default: id or _id; otherwise FILE:LINE).")
TextFields = typer.Option(
    None, "--text-field", help="A field with the text (repeatable; default: text, content, question …, or all texts)."
)
TitleField = typer.Option(None, "--title-field", help="The field with the title (default: title).")
MetadataFields = typer.Option(
    None, "--metadata-field", help="A field to keep for filters (repeatable; default: all remaining fields)."
)
ReadersField = typer.Option(
    None, "--readers-field", help="The field with the groups that may read a document: a list, or separated by ;."
)
SkipBad = typer.Option(False, "--skip-bad", help="Accept that unusable rows and files are left out: exit code 0.")
Strict = typer.Option(False, "--strict", help="Store nothing if a row, or a file that is named, is unusable.")
On = typer.Option(None, "--on", help="Work on a Ray cluster: ray://HOST:PORT, or ray for one of this machine.")
Encoding = typer.Option(None, "--encoding", help="Encoding of text files (default: detected), e.g. windows-1252.")


@dataclass(frozen=True)
class RowOptions:
    """The options of commands that read rows with an id and a text."""

    id_field: str = IdField
    text_fields: list[str] = TextFields
    format: str = Format
    skip_bad: bool = SkipBad
    encoding: str = Encoding


@dataclass(frozen=True)
class TextOptions(RowOptions):
    """The options of commands that compare the texts of a file or an index."""

    title_field: str = TitleField
    metadata_fields: list[str] = MetadataFields


def gathered(command: Callable[..., None]) -> Callable[..., None]:
    """Make the fields of a command's dataclass parameters options of the command, so that commands share them."""
    hints = get_type_hints(command)
    groups = {name: hint for name, hint in hints.items() if isinstance(hint, type) and is_dataclass(hint)}

    def run(**given: Any) -> None:
        held = {name: group(**{one.name: given.pop(one.name) for one in of(group)}) for name, group in groups.items()}
        command(**given, **held)

    parameters = [
        one.replace(kind=Parameter.KEYWORD_ONLY)
        for name, parameter in signature(command).parameters.items()
        for one in (signature(groups[name]).parameters.values() if name in groups else [parameter])
    ]
    run.__signature__ = Signature(parameters)  # type: ignore[attr-defined]  # Typer and inspect read it
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    return run


def given_options(context: typer.Context, groups: Sequence[type], changed: Mapping[str, Any] = EMPTY) -> list[str]:
    """Return the options of these dataclasses, as words of a command line, that differ from their defaults. changed:
    other values than those given.
    """
    names = {one.name for group in groups for one in of(group)}
    values = {**context.params, **changed}
    words: list[str] = []
    for option in context.command.params:
        name, value = option.name or "", values.get(option.name or "")
        if name in names and value != option.get_default(context) and value is not None:
            for each in value if isinstance(value, list | tuple) else [value]:
                words += [option.opts[0]] if each is True else [option.opts[0], str(each)]
    return words


def fields(
    id_field: str | None,
    text_fields: Sequence[str] | None,
    title_field: str | None,
    metadata_fields: Sequence[str] | None,
    readers_field: str | None = None,
) -> Fields:
    texts, kept = tuple(text_fields or ()) or None, tuple(metadata_fields or ()) or None
    return Fields(id_field, texts, title_field, kept, readers=readers_field)


def documents(
    paths: Sequence[str], fields: Fields, format: str | None, skip_bad: bool, encoding: str | None = None
) -> list[Document]:
    """Read what a measure or advice is based on: unlike an index, it may not lack a row unless that is accepted."""
    reading = read(paths, fields, format=format, strict=not skip_bad, encoding=encoding)
    show_skipped(reading.files, reading.skipped)
    return reading.documents


def queries(path: str, rows: RowOptions) -> list[Document]:
    """Read a file of queries: one per row of a table, or per line of a text file."""
    by_line = "lines" if Path(path).suffix.lower() == ".txt" else None
    named = replace(fields(rows.id_field, rows.text_fields, None, None), pair="question")
    reading = read([path], named, format=rows.format or by_line, strict=not rows.skip_bad, encoding=rows.encoding)
    show_skipped((), reading.skipped)
    return reading.documents


def show_skipped(files: Sequence[File], skipped: Sequence[Skipped]) -> None:
    """Print notes: how tables were read, and which files and rows were left out for which reasons."""
    for heading, lines in (
        ("Tables read", [f"{file.path}: {_remarks(file)}" for file in files if _is_guessed(file)]),
        ("Rows skipped", [f"{row.source}:{row.line}: {row.reason}" for row in skipped]),
        ("Files skipped", [f"{file.path}: {file.reason}" for file in files if file.fate == Fate.SKIPPED]),
        ("Files ignored", [f"{file.path}: {file.reason}" for file in files if file.fate == Fate.IGNORED]),
    ):
        if heading == "Tables read" and len(lines) == 1:
            note(lines[0])
        elif lines:
            more = [f"… and {len(lines) - SHOWN:,} more"] if len(lines) > SHOWN else []
            note(f"{heading}: {len(lines):,}")
            for line in (*lines[:SHOWN], *more):
                note(f"  {line}")


def _is_guessed(file: File) -> bool:
    """Return whether a table was read in a way that a user may not expect: all but a column named text."""
    plain = len(file.notes) == 1 and file.notes[0].startswith("text: text;") and not file.left_out
    return file.format in ROWS and bool(file.ids and file.notes) and not plain


def left_out(paths: Sequence[str], files: Sequence[File], skipped: Sequence[Skipped]) -> bool:
    """Return whether a row, or a file that was named, is missing from what was read."""
    return bool(skipped) or any(file.fate != Fate.READ and file.path in paths and file.reason for file in files)


def counts_line(result: SyncResult) -> str:
    added = result.added
    removed = f", {result.removed:,} removed" if result.removed else ""
    return f"{added.new:,} new, {added.changed:,} changed, {added.unchanged:,} unchanged{removed}."


def show_files(files: Sequence[File]) -> None:
    """Print the outcome of every file, and how often each outcome occurred."""
    rows = [(file.fate, len(file.ids), file.path, _remarks(file)) for file in files]
    table(("outcome", "documents", "file", "remarks"), rows)
    counts = {fate: sum(file.fate == fate for file in files) for fate in Fate}
    say()
    say(f"{counted(len(files), 'file')}: {', '.join(f'{count:,} {fate}' for fate, count in counts.items() if count)}.")


def _remarks(file: File) -> str:
    left_out = (f"left out: {phrase}" for phrase in file.left_out)
    return "; ".join(filter(None, (file.reason, *file.notes, *left_out)))


def file_row(file: File) -> dict[str, object]:
    return {
        "path": file.path,
        "id": file.id,
        "format": file.format,
        "fate": str(file.fate),
        "reason": file.reason,
        "documents": len(file.ids),
        "notes": list(file.notes),
        "left_out": list(file.left_out),
    }


Source = typer.Argument(help="A file with one text per row (CSV, TSV, JSONL, TXT), - for stdin, or an index.")
Model = typer.Option(None, "--model", help="For a file: model to use instead of the task's default.")


@contextmanager
def corpus(source: str, params: CorpusParams, quiet: bool) -> Iterator[Corpus]:
    """Open an index or the texts of a file, with a progress bar and notes. quiet: no progress bar."""
    with progress(quiet=quiet) as report, open_corpus(source, params, report) as opened:
        tell_origin(opened.contract, opened.origin, len(opened.ids))
        yield opened
    if left_out([source], opened.origin.files, opened.origin.skipped) and not params.skip_bad:
        raise typer.Exit(1)


def tell_origin(contract: Contract, origin: Origin, documents: int) -> None:
    """Print notes on a model that does not suit texts read from files, on skipped rows and on truncated texts."""
    from askew.models.suitability import doubt

    chosen = contract.encoder.model != get(contract.task).model
    if unsuited := doubt(origin.sample, contract.encoder.model, contract.task, _again, chosen):
        note(f"Note: {unsuited}")
    show_skipped(origin.files, origin.skipped)
    if origin.truncated:
        note(
            f"{origin.truncated:,} of {counted(documents, 'text')} exceed the model's {contract.encoder.max_tokens} "
            "tokens; only their beginnings are compared by meaning."
        )
    if origin.unread:
        note(
            f"{origin.unread:,} of {counted(documents, 'text')} {'is' if origin.unread == 1 else 'are'} mostly words "
            "that the model does not know; such texts are not compared with each other by meaning."
        )


def _again(model: str) -> str:
    """Return how to repeat a command with another model."""
    return f"the same command with --model {model}"


def tell_task(contract: Contract) -> None:
    """Print a note if the task is not symmetric."""
    kind = get(contract.task).kind
    if kind is not Kind.SYMMETRIC:
        note(f"The task {contract.task} is {kind}: documents are compared with each other, as documents.")
