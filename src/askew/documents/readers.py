"""From paths to documents, all at once. Nothing is dropped in silence: what becomes of each file is told."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.documents.contents import Limits
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.files import LIMITS, Fate, File, Skipped, files
from askew.documents.sources import find
from askew.errors import InputError
from askew.progress import Report, silent
from askew.types import Document


@dataclass(frozen=True)
class Reading:
    """skipped: the rows that were left out. files: every file that was met, in order."""

    documents: list[Document]
    skipped: tuple[Skipped, ...]
    files: tuple[File, ...]


def read(
    paths: Sequence[str | Path],
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
    report: Report = silent,
    limits: Limits = LIMITS,
) -> Reading:
    """The documents in files, in folders and, for the path -, in stdin.

    format: one of `sources.FORMATS`: a file is one document, but with lines, csv, tsv and jsonl each row is; None goes
    by the suffix. A file in a folder that cannot be used is skipped. InputError names a file that was given itself,
    or the first row, that cannot be used, unless `skip_bad` leaves them out.
    """
    found = find(paths, format or "")
    documents: list[Document] = []
    skipped: list[Skipped] = []
    met: list[File] = []
    for outcome in files(found, fields, skip_bad=skip_bad, report=report, limits=limits):
        documents += outcome.documents
        skipped += outcome.skipped
        met.append(outcome.file)
    if not documents:
        raise nothing(met, skipped)
    return Reading(documents, tuple(skipped), tuple(met))


def nothing(met: Sequence[File], skipped: Sequence[Skipped]) -> InputError:
    """What is said where all that was met gave no document."""
    known = [file for file in met if file.fate != Fate.IGNORED]
    names = ", ".join(file.path for file in known[:3]) + (" …" if len(known) > 3 else "")
    if skipped:
        row = skipped[0]
        return InputError(
            f"There are no documents in {names}: all {len(skipped)} rows were skipped, the first "
            f"({row.source}:{row.line}) because {row.reason}."
        )
    first = known[0]
    return InputError(f"There are no documents in {names}: {first.path} was skipped, because {first.reason}.")
