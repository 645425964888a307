"""Options that say how files are read, and reports of what became of each file."""

from collections.abc import Sequence
from pathlib import Path

import typer

from askew.cli.output import counted, note, say, table
from askew.documents.fields import Fields
from askew.documents.files import Fate, File, Skipped
from askew.documents.readers import read
from askew.documents.sources import FORMATS
from askew.sync import SyncResult
from askew.types import Document

SHOWN = 5  # rows and files left out that are named; the others are counted

Format = typer.Option(None, "--format", help=f"{', '.join(FORMATS)}; else the file's suffix tells.")
IdField = typer.Option(None, "--id-field", help="The field with the id (id or _id; else FILE:LINE).")
TextField = typer.Option(None, "--text-field", help="The field with the text (text, content, question …).")
TitleField = typer.Option(None, "--title-field", help="The field with the title (title).")
MetadataFields = typer.Option(
    None, "--metadata-field", help="A field to keep for filters; repeat it. Without it all fields are kept."
)
SkipBad = typer.Option(False, "--skip-bad", help="Leave out rows and files that cannot be used, and say which.")


def fields(
    id_field: str | None,
    text_field: str | None,
    title_field: str | None,
    metadata_fields: Sequence[str] | None,
) -> Fields:
    return Fields(id_field, text_field, title_field, tuple(metadata_fields or ()) or None)


def documents(
    paths: Sequence[str],
    fields: Fields,
    format: str | None,
    skip_bad: bool,
) -> list[Document]:
    reading = read(paths, fields, format=format, skip_bad=skip_bad)
    tell(reading.files, reading.skipped)
    return reading.documents


def queries(
    path: str, id_field: str | None, text_field: str | None, format: str | None, skip_bad: bool
) -> list[Document]:
    """A file of queries: each row of a table is one, and each line of a text file."""
    by_line = "lines" if Path(path).suffix.lower() == ".txt" else None
    return documents([path], fields(id_field, text_field, None, None), format or by_line, skip_bad)


def tell(files: Sequence[File], skipped: Sequence[Skipped], quiet: bool = False) -> None:
    """What was left out, and why; nothing where there is nothing. quiet: only rows, as files are told elsewhere."""
    barred = [f"{file.path}: {file.reason}" for file in files if file.fate == Fate.SKIPPED]
    unknown = [file.path for file in files if file.fate == Fate.IGNORED]
    for what, names in (
        ("Rows skipped", [_told(row) for row in skipped]),
        ("Files skipped", [] if quiet else barred),
        ("Left out, as the suffix is not known", [] if quiet else unknown),
    ):
        if names:
            note(_listed(what, names))


def _told(row: Skipped) -> str:
    return f"{row.source}:{row.line}: {row.reason}"


def _listed(what: str, names: Sequence[str]) -> str:
    more = [f"… and {len(names) - SHOWN:,} more"] if len(names) > SHOWN else []
    return "\n  ".join([f"{what}: {len(names):,}", *names[:SHOWN], *more])


def counts_line(mirrored: SyncResult) -> str:
    added = mirrored.added
    removed = f", {mirrored.removed:,} removed" if mirrored.removed else ""
    return f"{added.new:,} new, {added.changed:,} changed, {added.unchanged:,} unchanged{removed}."


def show_fates(files: Sequence[File]) -> None:
    """Every file, and how many met each fate."""
    rows = [(file.fate, len(file.ids), file.path, file.reason) for file in files]
    table(("fate", "documents", "file", "reason"), rows)
    counts = {fate: sum(file.fate == fate for file in files) for fate in Fate}
    say()
    say(f"{counted(len(files), 'file')}: {', '.join(f'{count:,} {fate}' for fate, count in counts.items() if count)}.")


def fate(file: File) -> dict[str, object]:
    return {
        "path": file.path,
        "id": file.id,
        "format": file.format,
        "fate": str(file.fate),
        "reason": file.reason,
        "documents": len(file.ids),
    }
