"""Reading documents from paths in one call, with the outcome of every file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.documents.contents import Limits
from askew.documents.fields import DEFAULTS, Fields
from askew.documents.files import LIMITS, Fate, File, Skipped, files
from askew.documents.sources import find
from askew.errors import InputError, public
from askew.progress import Report, reporter
from askew.types import Document


@dataclass(frozen=True)
class Reading:
    """The documents read. skipped: rows that were left out. files: every file found, in order."""

    documents: list[Document]
    skipped: tuple[Skipped, ...]
    files: tuple[File, ...]


@public
def read(
    paths: str | Path | Sequence[str | Path],
    fields: Fields = DEFAULTS,
    *,
    format: str | None = None,
    skip_bad: bool = False,
    progress: bool | Report | None = None,
    limits: Limits = LIMITS,
) -> Reading:
    """Read the documents in files and folders, and from stdin for the path -.

    format: one of `sources.FORMATS`; None goes by the extension. A file is one document, except that lines, csv, tsv
    and jsonl have one per row. An unusable file in a folder is skipped. An unusable file given explicitly, or an
    unusable row, raises InputError unless `skip_bad` leaves them out.
    """
    report = reporter(progress)
    check_reading(fields, skip_bad, limits)
    found = find(paths, format)
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


def check_reading(fields: object, skip_bad: object, limits: object) -> None:
    """Check the options of `read`."""
    if not isinstance(fields, Fields):
        raise InputError("fields must be askew.documents.fields.Fields(id=…, text=…, title=…, metadata=…).")
    if not isinstance(skip_bad, bool):
        raise InputError("skip_bad must be True or False.")
    if not isinstance(limits, Limits):
        raise InputError("limits must be askew.documents.contents.Limits.")


def nothing(met: Sequence[File], skipped: Sequence[Skipped]) -> InputError:
    """Return the error for input that contains no documents."""
    known = [file for file in met if file.fate != Fate.IGNORED]
    names = ", ".join(file.path for file in known[:3]) + (" …" if len(known) > 3 else "")
    if skipped:
        row = skipped[0]
        return InputError(
            f"No documents in {names}: all {len(skipped)} rows were skipped. "
            f"The first: {row.source}:{row.line}: {row.reason}."
        )
    first = known[0]
    return InputError(f"No documents in {names}: {first.path} was skipped ({first.reason}).")
