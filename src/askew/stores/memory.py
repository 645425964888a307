"""The store in memory: the smallest engine that keeps the contract of `askew.stores`, and the example for others."""

import copy
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from askew.progress import Progress, Report, silent
from askew.stores import Account, Entry, Keys, Mask, Neighbours, Sizes, Snapshot, bookkeeping, catalog, flat, records
from askew.stores.engine import Blocks, Engine
from askew.stores.impacts import Impacts, quantise
from askew.stores.inverted import Inverted, invert
from askew.stores.text import TextIndex, words_of
from askew.stores.where import Node, fields, leaves, matches, of_passages, parse, unknown_field
from askew.types import Document, FloatMatrix, Passage, SparseRows, Where

NOBODY: frozenset[str] = frozenset()


@dataclass
class _Content:
    """What is stored. keys (n,), ascending, and vectors (n, dim): of all passages. end: the next key."""

    text: TextIndex
    vectors: FloatMatrix
    keys: Keys = field(default_factory=lambda: np.empty(0, np.int64))
    end: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    extents: dict[str, range] = field(default_factory=dict)
    passages: dict[int, Passage] = field(default_factory=dict)

    def index(self, keys: Keys, entries: Iterable[Entry]) -> None:
        """Index the words of these entries' passages, which have these keys."""
        with closing(self.text) as text:
            text.forget_from(min(keys, default=self.end))  # left by a transaction that failed
            text.add(zip(keys.tolist(), words_of(entries), strict=True))
            text.commit()


class MemoryStore(Engine):
    """A store in memory, for tests and for what need not last. Thread-safe; it ends with its last object."""

    def __init__(self, dim: int, manifest: str, *, language: str = "", access: bool = False) -> None:
        """Create an empty store. language: the stemmer, one of `askew.stores.text.LANGUAGES`. access: with access
        control.
        """
        super().__init__(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False), manifest, access)
        self._content = _Content(TextIndex(None, language), np.empty((0, dim), np.float32))
        self._language = language

    def _undo(self) -> Callable[[], None]:
        now = vars(self._content)
        before = now | {name: dict(table) for name, table in now.items() if isinstance(table, dict)}
        return lambda: now.update(before)

    def write(self, entries: Sequence[Entry]) -> None:
        content = self._content
        stored = [record.own for record in records.checked_batch(entries, content.vectors.shape[1], self.access)]
        with self._change() as connection:
            self.delete([entry.document.id for entry in stored])
            bookkeeping.enter(connection, [entry.document for entry in stored])
            keys = np.arange(content.end, content.end + sum(len(entry.passages) for entry in stored))
            for entry in stored:
                extent = range(content.end, content.end + len(entry.passages))
                content.entries[entry.document.id], content.extents[entry.document.id] = entry, extent
                content.passages.update(zip(extent, entry.passages, strict=True))
                content.end = extent.stop
            content.keys = np.append(content.keys, keys)
            content.vectors = np.concatenate([content.vectors, *(e.vectors for e in entries)], dtype=np.float32)
            content.index(keys, stored)

    def delete(self, ids: Sequence[str]) -> int:
        content = self._content
        with self._change() as connection:
            gone = [id for id in dict.fromkeys(ids) if id in content.entries]
            bookkeeping.leave(connection, gone)
            dead = [key for id in gone for key in content.extents.pop(id)]
            for id in gone:
                del content.entries[id]
            for key in dead:
                del content.passages[key]
            alive = ~np.isin(content.keys, dead)
            content.keys, content.vectors = content.keys[alive], content.vectors[alive]
        return len(gone)

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        with self._read():
            keys, rows, kept = self._content.keys, self._content.vectors, self._kept(where)
        found = flat.nearest(rows, vectors, k, None if where is None else kept)
        return Neighbours(np.where(found.rows >= 0, keys[found.rows], -1), found.scores)

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        with self._read():
            kept = np.zeros(self._content.end, np.bool_)
            kept[self._content.keys] = self._kept(where)
            found = self._content.text.search(query, k, 0, kept)
        return Neighbours(found.keys[None], found.scores[None])

    def impacts(self, keys: Sequence[int] | Keys) -> Impacts:
        with self._read():
            passages = self.passages([int(key) for key in keys])
            rows = [(self._content.entries[one.document].sparse, one.number) for one in passages]
        found = [sparse.part(slice(number, number + 1)) for sparse, number in rows if sparse is not None]
        return quantise(SparseRows.joined(found))

    def _inverted(self) -> Inverted:
        with self._read():
            held, end = self._content.entries, self._content.end
            extents = sorted(self._content.extents.items(), key=lambda one: one[1].start)
        rows = [(np.array(extent), held[id].sparse) for id, extent in extents]
        pages = [(keys, quantise(sparse)) for keys, sparse in rows if sparse is not None]
        return Inverted(0, end, (invert(pages, 0, end),))

    def _kept(self, where: Where | None) -> Mask:
        """Return a flag for each row of the vectors."""
        if where is None:
            return np.ones(len(self._content.keys), np.bool_)
        node, entries = parse(where), self._content.entries.items()
        known = {leaf.field for _, entry in entries for leaf in leaves(entry.document.metadata)}
        if entries and (missing := set(fields(node)) - known):
            raise unknown_field(min(missing), known)
        if of_passages(node):
            kept: list[Iterable[int]] = [self._matching_passages(node, entry) for _, entry in entries]
        else:
            kept = [self._content.extents[id] for id, entry in entries if matches(node, entry.document.metadata)]
        return np.isin(self._content.keys, list(chain.from_iterable(kept)))

    def _matching_passages(self, node: Node, entry: Entry) -> list[int]:
        document = entry.document
        pairs = zip(self._content.extents[document.id], entry.passages, strict=True)
        return [key for key, passage in pairs if matches(node, document.metadata, passage, document.text)]

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        with self._read():
            keys, vectors, kept = self._content.keys, self._content.vectors, self._kept(where)
        return Blocks(keys[kept], lambda wanted: vectors[np.searchsorted(keys, wanted)], rows)

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        with self._read():
            return [self._content.passages[key] for key in keys]

    def extents(self, ids: Sequence[str]) -> list[range]:
        with self._read():
            return [self._content.extents[id] for id in ids]

    def documents(self, ids: Sequence[str]) -> list[Document]:
        with self._read() as connection:
            source = bookkeeping.sources_of(connection, ids)
            found, named = [self._content.entries[id].document for id in ids], self.readers(ids)
        return [
            replace(one, metadata=copy.deepcopy(one.metadata), source=source[one.id], readers=named.get(one.id, NOBODY))
            for one in found
        ]

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        with self._read():
            return {id: self._content.entries[id].digest for id in ids if id in self._content.entries}

    def accounts(self, ids: Sequence[str] | None = None) -> Iterator[Account]:
        with self._read():
            table = self._content.entries
            held = list(table.values()) if ids is None else [table[id] for id in ids]
        unchanged = (entry for entry in held if self._content.entries.get(entry.document.id) is entry)
        return (Account(e.document.id, e.tokens, e.seen, len(e.passages)) for e in unchanged)

    def sizes(self) -> Sizes:
        with self._read():
            return Sizes.of(self.accounts(), self._content.vectors.nbytes)

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        content = self._content
        with self._change() as connection:
            if recall is not None:
                catalog.put(connection, "recall", recall)
            report(Progress("index words", 0, len(content.keys)))
            content.text = TextIndex(None, self._language)
            content.index(content.keys, content.entries.values())
