"""What became of files: in one line, in a table, and for machines."""

from collections.abc import Sequence

from askew.cli.output import counted, say, table
from askew.documents.files import Fate, File
from askew.sync import SyncResult


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
