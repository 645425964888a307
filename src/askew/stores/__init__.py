"""What a store is: it keeps documents, passages and vectors, and never sees a model.

A store compares vectors by their plain inner product; whoever writes them prepares them so that this is
their score (`askew.similarity.prepare`). Passages are known by `key`, a whole number the store gives out;
documents by the id that the user gave.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from askew.progress import Report, silent
from askew.types import Document, FloatMatrix, Passage, Where

RECALL = 0.99
"""The share of the ten nearest that an approximate search is built to find, unless another is asked for."""

Keys = NDArray[np.int64]
"""Keys of passages; -1 where there is none."""


@dataclass(frozen=True)
class Entry:
    """A document with all that is derived from it. `vectors` has a row for each passage."""

    document: Document
    digest: str
    passages: Sequence[Passage]
    vectors: FloatMatrix
    tokens: int
    seen: int


@dataclass(frozen=True)
class Neighbours:
    """For each query its best passages, best first; shorter rows end in key -1 and score -inf.

    keys: (n, k) int64. scores: (n, k) float32. k is at most the number of passages that there are.
    """

    keys: Keys
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """A run of stored passages. keys: (n,), ascending. vectors: (n, dim)."""

    keys: Keys
    vectors: FloatMatrix


@dataclass(frozen=True)
class Sizes:
    """Counts of what is stored, tokens given and tokens seen by the encoder, and the bytes on disk."""

    documents: int
    passages: int
    tokens: int
    seen: int
    truncated: int
    bytes: int


class Store(Protocol):
    """Every method that takes `where` obeys it before anything is ranked or counted."""

    @property
    def manifest(self) -> str:
        """The text that was sealed into the store when it was made; the store does not read it."""

    def write(self, entries: Sequence[Entry]) -> None:
        """All of it durable when this returns, or none of it. A document of the same id is replaced."""

    def delete(self, ids: Sequence[str]) -> int:
        """Forgets documents and returns how many there were."""

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """The digests of those ids that are stored."""

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours: ...

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        """BM25 over title, heading and text of the passages, for one query: keys (1, k)."""

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Iterable[Block]:
        """Every passage once, in ascending order of key, in bounded memory. They are those of the moment of the call,
        and may be gone through again and again.
        """

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        """In the order of the keys; a key that is gone raises KeyError."""

    def documents(self, ids: Sequence[str]) -> list[Document]:
        """In the order of the ids; an id that is gone raises KeyError."""

    def owners(self, keys: Sequence[int]) -> list[str]:
        """The document id of each passage, in the order of the keys."""

    def count(self, where: Where | None = None) -> int:
        """How many passages."""

    def sizes(self) -> Sizes: ...

    def facts(self) -> Mapping[str, Any]:
        """How this store searches: the method, what it measured of it, when it was built."""

    def check(self) -> list[str]:
        """Every fault found in what is stored, each a sentence; an empty list is a clean bill."""

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        """Brings all that is derived up to date and gives back the space of what was deleted.

        `recall`: the share of the ten nearest that an approximate search must find, measured when it is built; not
        given, it stays what was asked before, and is `RECALL` at first.
        """

    def discard(self) -> None:
        """Closes the store and removes everything in it. Only the writer may."""

    def close(self) -> None: ...
