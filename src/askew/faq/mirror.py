"""FAQ sync: stores changed entries again and deletes those whose row or file no longer exists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.documents.files import Fate, File
from askew.documents.sources import STDIN, absolute
from askew.faq.entries import Entries
from askew.faq.faq import Faq
from askew.ingest import Added
from askew.progress import Report, silent
from askew.sync import stored_from


@dataclass(frozen=True)
class MirroredFaq:
    """Result of a sync. added: outcome by channel. removed: number of deleted entries."""

    added: Mapping[str, Added]
    removed: int


def mirror_faq(
    faq: Faq, found: Entries, paths: Sequence[str | Path], *, keep: bool = False, report: Report = silent
) -> MirroredFaq:
    """Make the FAQ match the entries just read from these paths. Entries from other paths stay; `keep` deletes none."""
    before = {id: path for index in faq.channels.values() for id, path in stored_from(index, paths).items()}
    added = faq.add(found.entries, report)
    places = _places(found)
    for index in faq.channels.values():
        index.store.assign(places)
    present = {entry.id for entry in found.entries}
    barred = [absolute(file.path) for file in found.reading.files if file.fate == Fate.SKIPPED]
    there = {path for path in set(before.values()) if any(Path(path).is_relative_to(place) for place in barred)}
    vanished = [id for id, path in before.items() if id not in present and path not in there]
    return MirroredFaq(added, 0 if keep or not vanished else faq.delete(vanished))


def _places(found: Entries) -> dict[str, str]:
    files = {id: file for file in found.reading.files for id in file.ids}
    return {entry.id: _absolute(files[entry.id]) for entry in found.entries}


def _absolute(file: File) -> str:
    return "" if file.path == STDIN else str(absolute(file.path))
