"""Files that a search for duplicates writes: the cleaned copy, the log and the table of what was removed."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from askew.dedup.clean import CLEANABLE, Original, original
from askew.dedup.removals import KeptRow, Removal, remove
from askew.dedup.result import CleanedFile, Duplicates
from askew.documents.columns import Fields
from askew.documents.sources import STDIN
from askew.errors import InputError
from askew.export.tables import format_of
from askew.files import check_outputs
from askew.validation import file_path, output_path

LOG = ".jsonl"
TABLE = ".csv"
BINARY = frozenset({".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".ods", ".parquet"})


@dataclass(frozen=True)
class Reading:
    """How a file of texts is read; see `askew.documents.read.read`."""

    fields: Fields
    format: str | None = None
    encoding: str | None = None

    def of(self, path: str | Path) -> Original:
        fields = replace(self.fields, pair="question")
        return original(path, fields, format=self.format or by_line(path), encoding=self.encoding)


def by_line(source: str | Path) -> str | None:
    """Return the format of a plain text file whose lines are compared with each other; None goes by the extension."""
    return "lines" if str(source) == STDIN or Path(source).suffix.lower() == ".txt" else None


@dataclass(frozen=True)
class Cleaning:
    """A file, its copy without the rows that are removed, the log of these and the table of them."""

    path: Path
    to: Path
    log: Path
    table: Path


def cleaning(
    data: object, clean: object, removed: object, *, force: bool, others: Iterable[object] = ()
) -> Cleaning | None:
    """Return what is to be written; None if nothing is. Raises InputError before anything is compared.

    others: what else is read; a path among it is never overwritten. removed: path of the table; the log has its name
    with .jsonl. By default both are named after the clean file.
    """
    if clean is None:
        if removed is not None:
            raise InputError("removed (--removed) lists what a cleaned file lacks: also set clean (--clean).")
        return None
    to = output_path(clean, "clean")
    _, log, table = written_by(to, None if removed is None else file_path(removed, "removed"))
    made = Cleaning(Path(), to, log, table)
    if not isinstance(data, str | Path) or not Path(data).is_file():
        raise InputError(f"clean (--clean) writes a file without its duplicates: pass a {CLEANABLE}.")
    if format_of(table) == "jsonl":
        raise InputError(f"removed (--removed) names a table, which ends in .csv or .parquet, not {table}.")
    made = replace(made, path=Path(data))
    one, other = suffix(made.path), suffix(to)
    if one != other and {one, other} & BINARY:
        raise InputError(f"A cleaned file keeps its format: {to} must end in {one}, as {made.path} does.")
    if len({os.path.realpath(one) for one in (to, made.log, table)}) < 3:
        raise InputError(f"clean and removed (--clean, --removed) name one file, or its log {made.log}: choose others.")
    read = [made.path, *(other for other in others if isinstance(other, str | Path))]
    check_outputs([to, table], force=force, sources=read)
    check_outputs([made.log], force=True, sources=read)
    return made


def written_by(clean: Path, removed: Path | None) -> tuple[Path, Path, Path]:
    """Return the paths of a cleaned file, of the log, and of the table of removed rows."""
    base = clean.with_name(f"{clean.name}.removed{TABLE}") if removed is None else removed
    return clean, base.with_suffix(LOG), base.with_suffix(TABLE) if base.suffix.lower() == LOG else base


def suffix(path: Path) -> str:
    return path.suffix.lower()


def cleaned(
    found: Duplicates, reading: Reading, files: Cleaning, elsewhere: Mapping[str, int | None] | None = None
) -> Duplicates:
    """Write the files, and return the result with their paths.

    elsewhere: the numbers of the rows that are kept, by id, if they are in another corpus.
    """
    file = reading.of(files.path)
    rows = [
        Removal(row.id, row.group, row.kept_id, row.score, row.label, row.layer, row.reason) for row in found.removed
    ]
    kept_rows = None
    if elsewhere is not None:
        kept_rows = {row.kept_id: KeptRow(elsewhere.get(row.kept_id), row.kept) for row in found.removed}
    kept = remove(file, rows, files.to, files.log, files.table, kept_rows)
    return replace(found, file=CleanedFile(files.to, files.log, kept, len(file.records), files.table))


def row_numbers(data: object, reading: Reading) -> dict[str, int | None]:
    """Return the numbers of the rows of a file that can be cleaned, by id; {} for anything else."""
    if not isinstance(data, str | Path) or not Path(data).is_file():
        return {}
    try:
        return {id: row.number for id, row in reading.of(data).rows.items()}
    except InputError:  # a JSON array, say
        return {}
