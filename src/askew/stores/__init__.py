"""The store protocol: documents, passages and vectors, independent of any model.

A store ranks vectors by plain inner product; callers prepare them so that the inner product is the score
(`askew.similarity.prepare`). Passages are identified by `key`, an integer assigned by the store; documents by the
id that the user chose.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from askew.progress import Report, silent
from askew.quantisation import Precision
from askew.types import Document, FloatMatrix, Passage, SparseRows, Where

if TYPE_CHECKING:
    from askew.stores.impacts import Impacts

RECALL = 0.99
"""Default target recall@10 of the approximate index."""

POINTER = "store.json"
"""In the folder of an index whose documents are in an engine: which, and under what name; see `stores.remote`."""

Keys = NDArray[np.int64]
"""Passage keys; -1 marks an empty slot."""

Mask = NDArray[np.bool_]
"""One flag per row of the vectors."""


@dataclass(frozen=True)
class Layout:
    """What is fixed when a store is created. language: the stemmer of the text index; access: with access control."""

    dim: int
    manifest: str
    language: str = ""
    precision: Precision = Precision.FLOAT32
    access: bool = False


@dataclass(frozen=True)
class Entry:
    """A document and everything derived from it. `vectors` has one row per passage, and so has `sparse`, if the store
    is to have learned sparse vectors.
    """

    document: Document
    digest: str
    passages: Sequence[Passage]
    vectors: FloatMatrix
    tokens: int
    seen: int
    sparse: SparseRows | None = None


@dataclass(frozen=True)
class Neighbours:
    """The best passages for each query, best first; short rows are padded with key -1 and score -inf.

    keys: (n, k) int64. scores: (n, k) float32. k is at most the number of stored passages.
    """

    keys: Keys
    scores: NDArray[np.float32]


@dataclass(frozen=True)
class Block:
    """A batch of stored passages. keys: (n,), ascending. vectors: (n, dim)."""

    keys: Keys
    vectors: FloatMatrix


class Snapshot(Protocol):
    """A consistent snapshot of the passages; can be iterated any number of times."""

    def __iter__(self) -> Iterator[Block]:
        """Yield every passage once, in ascending key order, in bounded memory."""

    @property
    def keys(self) -> Keys:
        """All passage keys, ascending."""

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        """Return vectors (n, dim) in the order of `keys`, which may repeat and may have been deleted since."""


@dataclass(frozen=True)
class Account:
    """Token count of one document: total, seen by the encoder, and in how many passages."""

    document: str
    tokens: int
    seen: int
    passages: int

    @property
    def lost(self) -> int:
        return self.tokens - self.seen


@dataclass(frozen=True)
class Sizes:
    """Store statistics: counts, tokens in the documents and tokens seen by the encoder, bytes on disk."""

    documents: int
    passages: int
    tokens: int
    seen: int
    truncated: int
    bytes: int

    @classmethod
    def of(cls, accounts: Iterable[Account], bytes: int) -> Self:
        """Add up the accounts of all documents."""
        every = list(accounts)
        tokens, seen = sum(one.tokens for one in every), sum(one.seen for one in every)
        truncated = sum(one.lost > 0 for one in every)
        return cls(len(every), sum(one.passages for one in every), tokens, seen, truncated, bytes)


@dataclass(frozen=True)
class MetadataField:
    """A field of the documents' metadata. documents: how many have it. types: of its values, such as `number`, `date`.

    least, most: of the values of its first type; "" for lists, objects and null.
    """

    name: str
    documents: int
    types: tuple[str, ...]
    least: str | float
    most: str | float


class VectorStore(Protocol):
    """What an engine does: documents, passages and vectors.

    Methods that take `where` apply it before ranking or counting. A key is never another passage's, though `optimise`
    may give a passage another key.
    """

    @property
    def manifest(self) -> str:
        """The text sealed into the store at creation; opaque to the store."""

    @property
    def writable(self) -> bool: ...

    @property
    def access(self) -> bool:
        """Whether the store has access control: then documents may have readers."""

    def change(self) -> int:
        """Return a number that is another one after each change; -1 in a transaction that writes."""

    def snapshot(self) -> AbstractContextManager[Self]:
        """Read one state in all calls of this thread inside the block, whatever a writer does meanwhile."""

    def transaction(self) -> AbstractContextManager[Self]:
        """Make all changes of this thread inside the block at once, or none if it fails."""

    def write(self, entries: Sequence[Entry]) -> None:
        """Store entries atomically; durable on return. A document with the same id is replaced.

        Drops the stamps of every source that gains or loses a document; call `remember` once everything is written.
        """

    def delete(self, ids: Sequence[str]) -> int:
        """Delete documents and return how many existed. Drops the stamps of their sources."""

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        """Return the k nearest passages of each query. Ties are broken by key.

        In an exact search, a larger k extends the result; an approximate search widens with k and may find passages
        that it missed before.
        """

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        """Rank passages by BM25 over title, heading and text, for one query: keys (1, k).

        Ties are broken by key, and a larger k extends the result.
        """

    def sparse(self, queries: SparseRows, k: int, where: Where | None = None) -> Neighbours:
        """Rank passages by the inner product of their quantised sparse vectors with each query; see `stores.impacts`.

        Exact for the quantised weights; passages that share no term with a query are not found. Ties are broken by key,
        and a larger k extends the result.
        """

    def sparse_moments(self, queries: SparseRows) -> list[tuple[float, float]]:
        """Return the mean and the standard deviation of each query's scores in `sparse` with all passages but the best
        (`search.background.score_moments` says why).
        """

    def impacts(self, keys: Sequence[int] | Keys) -> "Impacts":
        """Return the quantised sparse vectors of these passages, in this order; of none, if the store has none at all.

        Raises KeyError for an unknown key.
        """

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        """Return the passages in blocks of at most `rows`."""

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        """Return passages in the order of `keys`. Raises KeyError for an unknown key."""

    def extents(self, ids: Sequence[str]) -> list[range]:
        """Return each document's passage keys, in the order of `ids`. Raises KeyError for an unknown id."""

    def documents(self, ids: Sequence[str]) -> list[Document]:
        """Return documents in the order of `ids`. Raises KeyError for an unknown id."""

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        """Return the digests of those ids that are stored."""

    def accounts(self, ids: Sequence[str] | None = None) -> Iterable[Account]:
        """Yield the account of each document once, in bounded memory; skips documents changed in the meantime.

        ids: of these documents only, in this order. Raises KeyError for an unknown id.
        """

    def close(self) -> None: ...


class Bookkeeping(Protocol):
    """What is remembered beside the documents; `askew.stores.bookkeeping` has the one implementation."""

    def note(self, name: str) -> str:
        """Return the note of this name, or ""."""

    def set_note(self, name: str, text: str) -> None:
        """Replace a note; "" deletes it. Durable on return."""

    def notes(self) -> list[str]:
        """Return the names of all notes, sorted."""

    def sources(self) -> dict[str, str]:
        """Return the stamp of each remembered source, by path."""

    def remember(self, stamps: Mapping[str, str]) -> None:
        """Set a stamp per path: everything the source contains is stored. Durable on return."""

    def forget(self, paths: Sequence[str]) -> None:
        """Drop stamps; leaves the documents alone."""

    def ids_within(self, path: str) -> dict[str, str]:
        """Return id and source of all documents that come from this file or from this folder, at any depth."""

    def assign(self, paths: Mapping[str, str]) -> None:
        """Set the source of stored documents: id to path, "" for none.

        Raises KeyError for an unknown id. A changed source drops the stamps of both the old and the new one.
        """

    def readers(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """Return the groups that may read each document, of those that have some."""

    def set_readers(self, given: Mapping[str, frozenset[str]]) -> int:
        """Replace the readers of stored documents, and return of how many they differed. Durable on return.

        Raises KeyError for an unknown id. Drops the stamps of the sources of documents whose readers change.
        """

    def readable(self, groups: Collection[str]) -> dict[str, tuple[int, frozenset[str]]]:
        """Return the documents that any of these groups may read, in the order in which they were stored.

        By id, a number that is another one whenever the document is written anew, and which of the groups may read it.
        """

    def facts(self) -> Mapping[str, Any]:
        """Return the search method, its measured recall and when it was built."""

    def recall(self) -> float:
        """Return the target recall@10, whether or not an approximate index exists yet."""


class Store(VectorStore, Bookkeeping, Protocol):
    """A store with its bookkeeping, its upkeep, and the reads that `askew.stores.engine` derives from others."""

    @property
    def missing(self) -> Sequence[str]:
        """The servers that do not answer, whose documents the snapshot of this thread lacks; see `docs/postgres.md`."""

    def keys(self, where: Where | None = None) -> Keys:
        """Return all passage keys, ascending."""

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        """Return vectors (n, dim) in the order of `keys`, which may repeat. Raises KeyError for an unknown key."""

    def owners(self, keys: Sequence[int]) -> list[str]:
        """Return the document id of each passage, in the order of `keys`."""

    def count(self, where: Where | None = None) -> int:
        """Count the passages."""

    def sizes(self) -> Sizes: ...

    def fields(self) -> list[MetadataField]:
        """Return the metadata fields of all documents, by name."""

    def losers(self, limit: int) -> list[Account]:
        """Return the truncated documents: most lost tokens first, then longest first."""

    def scratch(self) -> Path:
        """Return the folder for derived, reproducible data. It is deleted with the store and may not exist yet."""

    def check(self, *, quick: bool = False) -> list[str]:
        """Return every integrity problem as a sentence; an empty list means the store is intact.

        quick: without the checksums of texts and files, and with a sample of the vectors.
        """

    def foreign_files(self) -> list[str]:
        """Return the names of files that lie among those of the store but are not part of it."""

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        """Update derived data and reclaim the space of deleted documents.

        recall: target recall@10 of the approximate index, measured when it is built. None keeps the current target
        (initially `RECALL`).
        """

    def discard(self) -> None:
        """Close the store and delete everything of it. Writer only."""
