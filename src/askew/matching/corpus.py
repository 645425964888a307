"""Corpora to compare: a list of texts with one vector each, or an index with one vector per passage."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.contract import Contract
from askew.index import Index
from askew.mining.exact.begin import Keep
from askew.mining.exact.vectors import Part, Vectors
from askew.mining.texts import Texts
from askew.stores import Snapshot
from askew.stores.steady import steady
from askew.types import Document, Role, Where

Places = NDArray[np.int64]
"""Positions of documents in the corpus."""


class Corpus(Protocol):
    """Documents and their vectors.

    ids: of the documents, in corpus order. vectors: of their passages.
    """

    @property
    def contract(self) -> Contract: ...

    @property
    def noun(self) -> str:
        """The unit that has a vector."""

    @property
    def ids(self) -> Sequence[str]: ...

    @property
    def vectors(self) -> Vectors: ...

    @property
    def keep(self) -> Keep | None:
        """Where the comparison is checkpointed; None if it would not be reusable."""

    @property
    def folder(self) -> Path:
        """Folder for other cached data."""

    def owners(self, keys: NDArray[np.int64]) -> Places:
        """Return the document of each vector."""

    def texts(self, places: Places) -> list[str]:
        """Return the texts, "" for a document deleted since."""

    def documents(self) -> Sequence[Document]:
        """Return all documents, in the order of the ids."""

    def only(self, places: Places) -> Vectors:
        """Return the vectors of these documents."""


@dataclass(frozen=True)
class ListCorpus:
    listed: Texts
    noun: str = "text"

    @property
    def contract(self) -> Contract:
        return self.listed.contract

    @cached_property
    def ids(self) -> Sequence[str]:
        return [document.id for document in self.listed.documents]

    @property
    def vectors(self) -> Vectors:
        return self.listed.vectors

    @property
    def keep(self) -> Keep | None:
        return self.listed.keep

    @property
    def folder(self) -> Path:
        return self.listed.keep.folder.parent

    def owners(self, keys: NDArray[np.int64]) -> Places:
        return keys

    def documents(self) -> Sequence[Document]:
        return self.listed.documents

    def texts(self, places: Places) -> list[str]:
        return [self.listed.documents[place].text for place in places.tolist()]

    def only(self, places: Places) -> Vectors:
        return Part(self.listed.vectors, places)


@dataclass(frozen=True)
class IndexCorpus:
    """The documents of an index.

    owner: for each key of the snapshot, the position of its document.
    """

    index: Index
    snapshot: Snapshot
    ids: Sequence[str]
    owner: Places
    whole: bool
    noun: str = "passage"

    @property
    def contract(self) -> Contract:
        return self.index.contract

    @property
    def vectors(self) -> Vectors:
        return self.snapshot

    @property
    def keep(self) -> Keep | None:
        return Keep(self.folder / "pairs", self.index.store.manifest) if self.whole else None

    @property
    def folder(self) -> Path:
        return self.index.store.scratch()

    def owners(self, keys: NDArray[np.int64]) -> Places:
        return self.owner[np.searchsorted(self.snapshot.keys, keys)]

    def documents(self) -> Sequence[Document]:
        return steady(lambda: self.index.store.documents(self.ids))

    def texts(self, places: Places) -> list[str]:
        ids = [self.ids[place] for place in places.tolist()]
        here = list(self.index.store.digests(ids))
        text = {document.id: document.text for document in steady(lambda: self.index.store.documents(here))}
        return [text.get(id, "") for id in ids]

    def only(self, places: Places) -> Vectors:
        return Part(self.snapshot, self.snapshot.keys[np.isin(self.owner, places)])


def of_index(index: Index, where: Where | None = None, role: Role | None = None) -> IndexCorpus:
    """Open the documents of an index for comparison by the model's similarity; see `Contract.check_alike`."""
    index.sealed.verify("mining")
    index.contract.check_alike(role)

    def look() -> IndexCorpus:
        snapshot = index.store.blocks(where)
        owners = index.store.owners(snapshot.keys.tolist())
        place = {id: number for number, id in enumerate(dict.fromkeys(owners))}
        owner = np.fromiter((place[id] for id in owners), np.int64, len(owners))
        return IndexCorpus(index, snapshot, list(place), owner, where is None)

    return steady(look)
