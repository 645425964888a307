"""Hits: documents with their best passages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from askew.search.ranking import Ranked
from askew.search.rerank import Reranking
from askew.stores import Store
from askew.types import Hit, Passage, Span


@dataclass(frozen=True)
class Hits(Sequence[Hit]):
    """The hits, best first, and what was done to bring them into this order."""

    hits: tuple[Hit, ...]
    reranking: Reranking = field(default_factory=Reranking)

    @overload
    def __getitem__(self, place: int) -> Hit: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Hit, ...]: ...
    def __getitem__(self, place: int | slice) -> Hit | tuple[Hit, ...]:
        return self.hits[place]

    def __len__(self) -> int:
        return len(self.hits)


def hits(store: Store, ranking: Sequence[Ranked], first: int = 1) -> list[Hit]:
    """`first`: the rank of the first of them."""
    documents = store.documents([entry.document for entry in ranking])
    keys = [key for entry in ranking for key in (entry.key, *entry.neighbours)]
    passage = dict(zip(keys, store.passages(keys), strict=True))
    return [
        Hit(rank, entry.score, document, passage[entry.key], entry.method, _shown(entry, passage))
        for rank, (entry, document) in enumerate(zip(ranking, documents, strict=True), start=first)
    ]


def _shown(entry: Ranked, passage: dict[int, Passage]) -> Span:
    """The passages overlap, and their neighbours have no gap between them: they are one stretch."""
    parts = [passage[key] for key in (entry.key, *entry.neighbours)]
    return Span(min(part.start for part in parts), max(part.end for part in parts))
