"""Content of a view: the documents that some groups may read, with what is derived from these alone."""

import copy
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from askew.stores import Account, Block, Entry, Keys, Mask, Store
from askew.stores.flat import Matrix
from askew.stores.where import Node, fields, leaves, matches, of_passages, parse, unknown_field
from askew.types import Document, FloatMatrix, Metadata, Passage, Where

if TYPE_CHECKING:
    from askew.stores.inverted import Inverted
    from askew.stores.text import TextIndex

T = TypeVar("T")

IN_MEMORY = 256 << 20
"""Bytes of vectors up to which a view holds a copy of them; others are gathered block by block."""
RECORDS = 50_000
"""Passages up to which a view holds its documents and passages too: read from among others in the base, they take time
that tells of these others (`benchmarks/access.py`).
"""
PAGE = 512
"""Documents read at a time."""
MASKS = 16
SERIALS = count(1)
NOTHING: FloatMatrix = np.empty((0, 0), np.float32)

Readable = Mapping[str, tuple[int, frozenset[str]]]
"""By id, in the order in which they were stored, the number of a document and which of the groups may read it."""


@dataclass(frozen=True)
class Gathered:
    """The vectors of these passages of a store, read when they are used. keys: of the store."""

    find: Callable[[Keys], FloatMatrix]
    keys: Keys
    dim: int

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.keys), self.dim)

    def __len__(self) -> int:
        return len(self.keys)

    def __getitem__(self, rows: Any, /) -> Any:
        return self.find(self.keys[rows])


@dataclass(frozen=True)
class VisibleBlocks:
    """A snapshot of the kept passages of a view; their keys are the rows of the matrix."""

    matrix: Matrix
    kept: Mask
    rows: int

    @property
    def keys(self) -> Keys:
        return np.flatnonzero(self.kept)

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        return np.ascontiguousarray(self.matrix[np.asarray(keys, np.int64).reshape(-1)], np.float32)

    def __iter__(self) -> Iterator[Block]:
        for start in range(0, len(self.kept), self.rows):
            here = np.flatnonzero(self.kept[start : start + self.rows]) + start
            if len(here):
                yield Block(here, self.vectors(here))


@dataclass(frozen=True)
class Records:
    """What a view holds of the catalogue. passages: by own key."""

    documents: Mapping[str, Document]
    passages: Sequence[Passage]


class Content:
    """The documents of a view in one state of the store, and what was derived from them so far. Thread-safe.

    Methods read from `base`, which must be in a snapshot of that state. readable: the documents. keys: of their
    passages in the base, ascending; a passage's own key is its place among them.
    """

    def __init__(self, base: Store, readable: Readable, keys: Keys, language: str) -> None:
        self.readable, self.keys = readable, keys
        self._language = language
        self._dim = int(base.vectors(keys[:0]).shape[1])
        self.serial = next(SERIALS)
        self._made: dict[object, Any] = {}
        self._turn = threading.RLock()

    def with_keys(self, keys: Keys) -> "Content":
        """Return the same content under other keys of the base; all that was derived has keys of its own."""
        moved: Content = object.__new__(Content)
        vars(moved).update(vars(self), keys=keys)
        return moved

    def _once(self, name: object, make: Callable[[], T]) -> T:
        """Return what has this name, and make it if it is not there yet."""
        with self._turn:
            if name not in self._made:
                self._made[name] = make()
            found: T = self._made[name]
            return found

    def places(self, keys: Sequence[int] | Keys) -> Keys:
        """Return own keys as an array. Raises KeyError for an unknown one."""
        given = np.asarray(keys, np.int64).reshape(-1)
        unknown = given[(given < 0) | (given >= len(self.keys))]
        if len(unknown):
            raise KeyError(int(unknown[0]))
        return given

    def base_keys(self, keys: Sequence[int] | Keys) -> Keys:
        """Return the keys of the base for own keys. Raises KeyError for an unknown one."""
        return self.keys[self.places(keys)]

    def documents(self, base: Store, ids: Sequence[str]) -> list[Document]:
        for id in ids:
            if id not in self.readable:
                raise KeyError(id)
        if (held := self._records(base)) is not None:
            found = (held.documents[id] for id in ids)
            return [replace(one, metadata=copy.deepcopy(one.metadata)) for one in found]
        return [replace(one, readers=self.readable[one.id][1]) for one in base.documents(ids)]

    def passages(self, base: Store, keys: Sequence[int] | Keys) -> list[Passage]:
        places = self.places(keys)
        if (held := self._records(base)) is not None:
            return [held.passages[place] for place in places.tolist()]
        return base.passages(self.keys[places].tolist())

    def owners(self, base: Store, keys: Sequence[int] | Keys) -> list[str]:
        if self._records(base) is not None:
            return [passage.document for passage in self.passages(base, keys)]
        return base.owners(self.base_keys(keys).tolist())

    def _records(self, base: Store) -> "Records | None":
        """Return the documents and passages; None if they are too many to be held."""
        return self._once("records", lambda: self._read(base)) if len(self.keys) <= RECORDS else None

    def _read(self, base: Store) -> "Records":
        documents: dict[str, Document] = {}
        passages: list[Passage] = []
        for entries in self._entries(base):
            for entry in entries:
                readers = self.readable[entry.document.id][1]
                documents[entry.document.id] = replace(entry.document, readers=readers)
                passages += entry.passages
        return Records(documents, passages)

    def accounts(self, base: Store) -> dict[str, Account]:
        return self._once("accounts", lambda: {one.document: one for one in base.accounts(list(self.readable))})

    def extents(self, base: Store) -> dict[str, range]:
        """Return the own keys of each document's passages."""

        def made() -> dict[str, range]:
            found, start = {}, 0
            for account in self.accounts(base).values():
                found[account.document] = range(start, start := start + account.passages)
            return found

        return self._once("extents", made)

    def bytes(self, base: Store) -> int:
        """Return the bytes of the vectors."""
        return len(self.keys) * self._dim * NOTHING.itemsize

    def matrix(self, base: Store) -> Matrix:
        """Return the vectors, valid within the snapshot of the base."""
        if self.bytes(base) <= IN_MEMORY:
            return self._once("vectors", lambda: base.vectors(self.keys))
        return Gathered(base.vectors, self.keys, self._dim)

    def rows(self, base: Store) -> Matrix:
        """Return the vectors, valid for as long as they are held."""
        if self.bytes(base) <= IN_MEMORY:
            return self.matrix(base)
        return Gathered(base.blocks().vectors, self.keys, self._dim)

    def longest(self, base: Store) -> float:
        """Return the maximum norm of the vectors."""

        def made() -> float:
            blocks = VisibleBlocks(self.matrix(base), np.ones(len(self.keys), np.bool_), 1 << 15)
            return max((float(np.linalg.norm(block.vectors, axis=1).max()) for block in blocks), default=0.0)

        return self._once("longest", made)

    def text(self, base: Store) -> "TextIndex":
        """Return the text index of the passages by own keys."""
        return self._once("text", lambda: self._text(base))

    def _text(self, base: Store) -> "TextIndex":
        from askew.stores.text import TextIndex, words_of

        made, start = TextIndex(None, self._language), 0
        with closing(made) as text:
            for entries in self._entries(base):
                words = list(words_of(entries))
                text.add(enumerate(words, start))
                start += len(words)
            text.commit()
        return made

    def _entries(self, base: Store) -> Iterator[list[Entry]]:
        """Yield the documents with their passages and nothing else, in pages."""
        ids, extents = list(self.readable), self.extents(base)
        for start in range(0, len(ids), PAGE):
            page = base.documents(ids[start : start + PAGE])
            keys = [key for one in page for key in extents[one.id]]
            passages = iter(base.passages(self.base_keys(keys).tolist()))
            yield [Entry(one, "", [next(passages) for _ in extents[one.id]], NOTHING, 0, 0) for one in page]

    def inverted(self, base: Store) -> "Inverted":
        """Return the sparse vectors by own keys."""
        return self._once("inverted", lambda: self._inverted(base))

    def _inverted(self, base: Store) -> "Inverted":
        from askew.stores.inverted import Inverted, invert

        found, rows = base.impacts(self.keys), len(self.keys)
        pages = [(np.arange(rows), found)] if len(found.scales) else []
        return Inverted(0, rows, (invert(pages, 0, rows),))

    def kept(self, base: Store, where: Where | None) -> Mask:
        """Return a flag for each passage. Raises InputError for a field that none of the documents has."""
        if where is None:
            return np.ones(len(self.keys), np.bool_)
        node, known = parse(where), self._metadata(base)
        names = self._once("fields", lambda: {leaf.field for one in known.values() for leaf in leaves(one)})
        for name in fields(node):
            if known and name not in names:
                raise unknown_field(name, names)
        with self._turn:
            masks: dict[Node, Mask] = self._once("masks", dict)
            mask = masks.pop(node, None)
            masks[node] = self._matching(base, node, known) if mask is None else mask
            if len(masks) > MASKS:
                del masks[next(iter(masks))]
            return masks[node]

    def _metadata(self, base: Store) -> Mapping[str, Metadata]:
        ids = list(self.readable)

        def made() -> dict[str, Metadata]:
            pages = (base.documents(ids[start : start + PAGE]) for start in range(0, len(ids), PAGE))
            return {document.id: document.metadata for page in pages for document in page}

        return self._once("metadata", made)

    def _matching(self, base: Store, node: Node, known: Mapping[str, Metadata]) -> Mask:
        kept = np.zeros(len(self.keys), np.bool_)
        extents = self.extents(base)
        if not of_passages(node):
            for id, metadata in known.items():
                kept[extents[id].start : extents[id].stop] = matches(node, metadata)
        else:
            for entry in (entry for page in self._entries(base) for entry in page):
                one, first = entry.document, extents[entry.document.id].start
                for passage in entry.passages:
                    kept[first + passage.number] = matches(node, one.metadata, passage, one.text)
        kept.setflags(write=False)
        return kept
