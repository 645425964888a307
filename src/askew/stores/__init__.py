"""What a store is: it keeps documents, passages and vectors, and never sees a model.

A store compares vectors by their plain inner product; whoever writes them prepares them so that this is
their score (`askew.similarity.prepare`). Passages are known by `key`, a whole number the store gives out;
documents by the id that the user gave.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
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


class Snapshot(Protocol):
    """The passages of one moment, however often they are gone through."""

    def __iter__(self) -> Iterator[Block]:
        """Every passage once, in ascending order of key, in bounded memory."""

    @property
    def keys(self) -> Keys:
        """Of every passage, ascending."""

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        """(n, dim), in the order of the keys, which may repeat. Also of those that are gone since."""


@dataclass(frozen=True)
class Sizes:
    """Counts of what is stored, tokens given and tokens seen by the encoder, and the bytes on disk."""

    documents: int
    passages: int
    tokens: int
    seen: int
    truncated: int
    bytes: int


@dataclass(frozen=True)
class Account:
    """Of one document: how many tokens it has, how many of them the encoder saw, and in how many passages."""

    document: str
    tokens: int
    seen: int
    passages: int

    @property
    def lost(self) -> int:
        return self.tokens - self.seen


class Store(Protocol):
    """Every method that takes `where` obeys it before anything is ranked or counted."""

    @property
    def manifest(self) -> str:
        """The text that was sealed into the store when it was made; the store does not read it."""

    def write(self, entries: Sequence[Entry]) -> None:
        """All of it durable when this returns, or none of it. A document of the same id is replaced.

        The stamps of the sources that lose or get a document are gone with it: `remember` them once all is written.
        """

    def delete(self, ids: Sequence[str]) -> int:
        """Forgets documents and returns how many there were. The stamps of their sources are gone with them."""

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """The digests of those ids that are stored."""

    def sources(self) -> dict[str, str]:
        """The stamp of each source remembered, by its path."""

    def remember(self, stamps: Mapping[str, str]) -> None:
        """Of each path a stamp, in place of the one it has: all that it gives is stored. Durable when this returns."""

    def forget(self, paths: Sequence[str]) -> None:
        """Drops stamps, and nothing else."""

    def ids_within(self, path: str) -> dict[str, str]:
        """The ids of all documents whose source is this file or lies in this folder, at any depth; and that source."""

    def assign(self, paths: Mapping[str, str]) -> None:
        """Says from which source documents come that are stored as they are: id to path, "" for none.

        An id that is gone raises KeyError. Where that is news, the stamps of the old and of the new source are gone.
        """

    def note(self, name: str) -> str:
        """A text that belongs to the index, "" where there is none of this name."""

    def set_note(self, name: str, text: str) -> None:
        """In place of what was there; "" takes it away. Durable when this returns."""

    def notes(self) -> list[str]:
        """The names of all that is noted, in their order."""

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        """Equal scores come in ascending order of key, and the best k of an exact search are the first k of more.

        An approximate search looks further the more are wanted, and so may then find what it had missed.
        """

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        """BM25 over title, heading and text of the passages, for one query: keys (1, k).

        Equal scores come in ascending order of key, and the best k are the first k of more.
        """

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot: ...

    def scratch(self) -> Path:
        """A folder for what was derived and can be made again; it goes with the store, and need not exist yet."""

    def keys(self, where: Where | None = None) -> Keys:
        """Of every passage, ascending."""

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        """(n, dim), in the order of the keys, which may repeat; a key that is gone raises KeyError."""

    def extents(self, ids: Sequence[str]) -> list[range]:
        """The keys of each document's passages, in their order; an id that is gone raises KeyError."""

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        """In the order of the keys; a key that is gone raises KeyError."""

    def documents(self, ids: Sequence[str]) -> list[Document]:
        """In the order of the ids; an id that is gone raises KeyError."""

    def owners(self, keys: Sequence[int]) -> list[str]:
        """The document id of each passage, in the order of the keys."""

    def count(self, where: Where | None = None) -> int:
        """How many passages."""

    def sizes(self) -> Sizes: ...

    def losers(self, limit: int) -> list[Account]:
        """The documents of which the encoder did not see all: who lost most first, then who has most tokens."""

    def accounts(self) -> Iterable[Account]:
        """Of each document that there is now, once, in bounded memory; without those that are changed meanwhile."""

    def facts(self) -> Mapping[str, Any]:
        """How this store searches: the method, what it measured of it, when it was built."""

    def recall(self) -> float:
        """What an approximate search must find of the ten nearest, whether there is one yet or not."""

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
