"""Hits: documents with their best passages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import overload

from askew.search.rerank import Reranking
from askew.types import Hit


@dataclass(frozen=True)
class Hits(Sequence[Hit]):
    """The hits of one query, best first, and how they were reranked."""

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
