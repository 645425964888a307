"""Corpora to compare: a list of texts with one vector each, or an index with one vector per passage."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from askew.bound_encoder import BoundEncoder
from askew.confidence.record import (
    DATA,
    NOTE,
    CalibrationRecord,
    Settings,
    digest,
    find,
    is_file_data,
    is_list_data,
    read,
)
from askew.contract import Contract
from askew.dedup.boilerplate import Boilerplate
from askew.dedup.exact.begin import Keep
from askew.dedup.exact.vectors import Part, Vectors
from askew.dedup.texts import KNOWN, Texts
from askew.documents.read import File, Skipped
from askew.errors import ContractError
from askew.models.suitability import sampled
from askew.paths import calibrations
from askew.stores import Snapshot, Store
from askew.types import Document, Role, Where

Places = NDArray[np.int64]
"""Positions of documents in the corpus."""
PART = 4096
"""Texts read at a time."""
CALIBRATE = "askew calibrate NAME|FILE --labels LABELS"


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

    @property
    def whole(self) -> bool:
        """Whether this is all of an index, so that its size can be compared with an earlier one."""

    @property
    def origin(self) -> "Origin":
        """What reading and encoding the texts reported."""

    @property
    def unread(self) -> NDArray[np.bool_]:
        """Whether the model knows less than half of each document."""

    @property
    def cut(self) -> NDArray[np.bool_]:
        """Whether the vectors of each document are of a part of it only."""

    def owners(self, keys: NDArray[np.int64]) -> Places:
        """Return the document of each vector."""

    def present(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return for each vector whether it is still that of its document; writers may work meanwhile."""

    def texts(self, places: Places) -> list[str]:
        """Return the texts, "" for a document deleted since."""

    def compared(self, places: Places) -> list[str]:
        """Return the same without the boilerplate that is left out of the comparison."""

    def documents(self, places: Places | None = None) -> Sequence[Document]:
        """Return these documents, or all, in corpus order, without those deleted since."""

    def only(self, places: Places) -> Vectors:
        """Return the vectors of these documents."""

    def calibrations(self) -> str:
        """Return the calibrations made under this contract, as `askew.confidence.record` writes them."""

    def is_of(self, data: str) -> bool:
        """Return whether this is the data noted with a calibration; other data has none of its guarantees."""


class OpenIndex(Protocol):
    """The parts of an `Index` that a comparison reads."""

    @property
    def store(self) -> Store: ...

    @property
    def sealed(self) -> BoundEncoder: ...


@dataclass(frozen=True)
class Origin:
    """What reading and encoding the texts reported; empty for an index.

    truncated: number of texts that the model saw only in part. unread: number of texts of which the model knows less
    than half, which are not compared by meaning. sample: some of the texts. boilerplate: what the comparison leaves
    out. files, skipped: see `askew.documents.read.Reading`.
    """

    truncated: int = 0
    files: tuple[File, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unread: int = 0
    sample: tuple[str, ...] = ()
    boilerplate: Boilerplate = field(default_factory=Boilerplate)


@dataclass(frozen=True)
class ListCorpus:
    """Texts, each encoded as a whole."""

    listed: Texts
    files: tuple[File, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    boilerplate: Boilerplate = field(default_factory=Boilerplate)
    noun: str = "text"
    whole: bool = False

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

    @property
    def origin(self) -> Origin:
        sample = tuple(document.text for document in sampled(self.listed.documents))
        unread = int(self.unread.sum())
        return Origin(int(self.cut.sum()), self.files, self.skipped, unread, sample, self.boilerplate)

    @property
    def cut(self) -> NDArray[np.bool_]:
        cut: NDArray[np.bool_] = self.listed.cut
        return cut

    @property
    def unread(self) -> NDArray[np.bool_]:
        unread: NDArray[np.bool_] = self.listed.unread
        return unread

    def owners(self, keys: NDArray[np.int64]) -> Places:
        return keys

    def present(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        return np.ones(len(keys), bool)

    def documents(self, places: Places | None = None) -> Sequence[Document]:
        listed = self.listed.documents
        return listed if places is None else [listed[place] for place in places.tolist()]

    def texts(self, places: Places) -> list[str]:
        return [self.listed.documents[place].text for place in places.tolist()]

    def compared(self, places: Places) -> list[str]:
        return [self.listed.compared[place] for place in places.tolist()]

    def only(self, places: Places) -> Vectors:
        return Part(self.listed.vectors, places)

    def calibrations(self) -> str:
        path = calibration_file(pair_settings(self.contract))
        return path.read_text("utf-8") if path.exists() else ""

    def is_of(self, data: str) -> bool:
        return is_file_data(data, [file.path for file in self.files])


@dataclass(frozen=True)
class IndexCorpus:
    """The documents of an index.

    owner: for each key of the snapshot, the position of its document.
    """

    store: Store
    contract: Contract
    snapshot: Snapshot
    ids: Sequence[str]
    owner: Places
    whole: bool
    unread: NDArray[np.bool_]
    noun: str = "passage"

    @property
    def origin(self) -> Origin:
        return Origin(unread=int(self.unread.sum()))

    @property
    def vectors(self) -> Vectors:
        return self.snapshot

    @property
    def cut(self) -> NDArray[np.bool_]:
        return np.zeros(len(self.ids), np.bool_)  # a long document has several passages

    @property
    def keep(self) -> Keep | None:
        return Keep(self.folder / "pairs", self.store.manifest) if self.whole else None

    @property
    def folder(self) -> Path:
        return self.store.scratch()

    def owners(self, keys: NDArray[np.int64]) -> Places:
        return self.owner[np.searchsorted(self.snapshot.keys, keys)]

    def present(self, keys: NDArray[np.int64]) -> NDArray[np.bool_]:
        alive = np.isin(keys, self.store.keys())
        if alive.any() or not len(keys):
            return alive
        # A compaction gave every passage a new key, so only documents can be missing.
        owners = [self.ids[place] for place in self.owners(keys).tolist()]
        left = self.store.digests(list(dict.fromkeys(owners)))
        return np.array([owner in left for owner in owners], bool)

    def documents(self, places: Places | None = None) -> Sequence[Document]:
        ids = self.ids if places is None else [self.ids[place] for place in places.tolist()]
        with self.store.snapshot():
            here = self.store.digests(ids)
            return self.store.documents([id for id in ids if id in here])

    def texts(self, places: Places) -> list[str]:
        ids = [self.ids[place] for place in places.tolist()]
        with self.store.snapshot():
            text = {document.id: document.text for document in self.store.documents(list(self.store.digests(ids)))}
        return [text.get(id, "") for id in ids]

    def compared(self, places: Places) -> list[str]:
        return self.texts(places)

    def only(self, places: Places) -> Vectors:
        return Part(self.snapshot, self.snapshot.keys[np.isin(self.owner, places)])

    def calibrations(self) -> str:
        return self.store.note(NOTE)

    def is_of(self, data: str) -> bool:
        return is_list_data(data, stored_digests(self.store))


def of_index(index: OpenIndex, where: Where | None = None, role: Role | None = None) -> IndexCorpus:
    """Open the documents of an index for comparison by the model's similarity; see `Contract.check_alike`."""
    index.sealed.verify("mining")
    index.sealed.contract.check_alike(role)
    return of_store(index.store, index.sealed.contract, where)


def of_store(store: Store, contract: Contract, where: Where | None = None) -> IndexCorpus:
    """Take a snapshot of a store. Owners are read before anything is compared, as a compaction changes every key."""
    with store.snapshot():
        snapshot = store.blocks(where)
        owners = store.owners(snapshot.keys.tolist())
        lost = store.losers(store.sizes().truncated)
    place = {id: number for number, id in enumerate(dict.fromkeys(owners))}
    owner = np.fromiter((place[id] for id in owners), np.int64, len(owners))
    unread = np.zeros(len(place), np.bool_)
    for one in lost:
        given = min(one.tokens, one.passages * contract.encoder.max_tokens)
        if one.document in place and one.seen < KNOWN * given:
            unread[place[one.document]] = True
    return IndexCorpus(store, contract, snapshot, list(place), owner, where is None, unread)


def every_text(corpus: Corpus) -> Iterator[str]:
    """Yield all texts in corpus order, a part at a time; "" for a document deleted since."""
    for start in range(0, len(corpus.ids), PART):
        yield from corpus.texts(np.arange(start, min(start + PART, len(corpus.ids))))


def pair_settings(contract: Contract) -> Settings:
    """Return what a calibration of pairs depends on."""
    return {"contract": digest(contract.seal())}


def calibration_file(settings: Settings) -> Path:
    """Return where the calibration for files that are compared under a contract is kept."""
    return calibrations() / f"{settings['contract']}.json"


def stored_digests(store: Store) -> list[str]:
    """Return the digests of all documents, oldest first: a document that changes becomes the newest."""
    with store.snapshot():
        ids = list(dict.fromkeys(store.owners(store.keys().tolist())))
        found = store.digests(ids)
    return [found[id] for id in ids if id in found]


def calibrated(corpus: Corpus) -> CalibrationRecord:
    """Return the calibration of pairs for this corpus; see `askew.confidence.record.find`.

    Raises ContractError if it was made on other data, whose guarantee says nothing of this.
    """
    settings = pair_settings(corpus.contract)
    mine = [
        one for one in read(corpus.calibrations()) if one.of == "pairs" and settings.items() <= one.settings.items()
    ]
    for one in reversed(mine):
        if corpus.is_of(one.settings.get(DATA, "")):
            return one
    if mine:
        raise ContractError(
            "The calibration was made on other data, so its guarantee does not hold here. Label pairs of this data, "
            f"and calibrate with: {CALIBRATE}",
            [],
        )
    return find(corpus.calibrations(), "pairs", settings, CALIBRATE)
