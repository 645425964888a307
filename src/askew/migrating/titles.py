"""By what people know the documents that a report speaks of: the title, else how the text begins."""

from collections.abc import Sequence

from askew.index import Index
from askew.migrating.replay import Replayed
from askew.stores.steady import steady
from askew.types import Document

LONGEST = 120
CHANGED = 15
"""Queries that a report shows with what each index finds."""
HITS = 3
"""Documents of each side that a report shows for a query."""


def changed(replayed: Sequence[Replayed]) -> list[Replayed]:
    """Those that a report shows: what changed most comes first, and what did not change is left out."""
    return [one for one in replayed if one.overlap < 1 or not one.same_first][:CHANGED]


def titles(old: Index, new: Index, replayed: Sequence[Replayed]) -> dict[str, str]:
    """By id. One that is gone meanwhile is left out."""
    ids = {found.document for one in replayed for side in (one.old, one.new) for found in side[:HITS]}
    known: dict[str, str] = {}
    for index in (old, new):
        known |= {document.id: _title(document) for document in _there(index, sorted(ids - known.keys()))}
    return known


def _there(index: Index, ids: list[str]) -> list[Document]:
    return steady(lambda: index.store.documents(list(index.store.digests(ids))))


def _title(document: Document) -> str:
    line = document.title or " ".join(document.text.split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST].rsplit(' ', 1)[0]} …"
