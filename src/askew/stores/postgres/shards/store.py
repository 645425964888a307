"""A store over several servers: each document is in one of them, by the hash of its id, with all that belongs to it.

Every server has a whole store of its own documents (`store.py`); the first also has the notes, the numbers of documents
and keys, and the decisions (`commits.py`). What is asked of all is asked of all at once, and merged: the best of each,
by score and key, with the statistics of BM25 over all.
"""

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.lock import LIVE
from askew.progress import Report, silent
from askew.stores import Account, Entry, Keys, MetadataField, Neighbours, Sizes, Snapshot
from askew.stores.engine import Blocks, Derived
from askew.stores.postgres import blocks, filters, lexical, records
from askew.stores.postgres.records import Detour
from askew.stores.postgres.sessions import Clause, Rows, Session
from askew.stores.postgres.shards.commits import Commits
from askew.stores.postgres.shards.parts import Bookkeeping, place_of
from askew.stores.postgres.store import PostgresStore, Settings
from askew.stores.postgres.transactions import Counts, after, repeated
from askew.stores.postgres.wire import decoded
from askew.stores.records import checked_batch
from askew.stores.text import Analysis
from askew.stores.where import parse
from askew.types import Document, FloatMatrix, Passage, SparseRows, Where

if TYPE_CHECKING:
    from askew.stores.impacts import Impacts
    from askew.stores.inverted import Inverted

T = TypeVar("T")

LEFT = 60.0
"""Seconds after which a change that is prepared was left by a writer that was killed."""


class ShardedStore(Bookkeeping, Derived):
    """A store over several servers. Thread-safe; a forked child begins anew."""

    def __init__(self, parts: Sequence[PostgresStore], settings: Settings, identity: str, *, degraded: bool) -> None:
        """parts: of each server, the first one first. degraded: reads do without servers that do not answer."""
        super().__init__(parts, Commits([part.transactions for part in parts], identity, degraded))
        self._form, self._analysis, self.access = settings.form, Analysis(settings.language), settings.access
        self._detour = Detour.TABLE if self.access else Detour.NONE
        for part in parts:
            part.transactions.of_several = True
        LIVE.add(self)

    @property
    def manifest(self) -> str:
        return self._first.manifest

    @property
    def writable(self) -> bool:
        return self._first.writable

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        with self._commits.reading():
            yield self

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        with self._commits.change():
            yield self

    @repeated
    def change(self) -> int:
        with self._commits.reading():
            return self._first.change()

    @repeated
    def write(self, entries: Sequence[Entry]) -> None:
        found = checked_batch(entries, self._form.dim, self.access)
        sources = [entry.document.source for entry in entries]
        with self._commits.change():
            gone = self._removed([one.document.id for one in entries])
            placed = records.placed(self._session(0), found)
            by_place = self._placed([one.record.entry.document.id for one in placed])
            batches = {
                place: records.batch_of([placed[at] for at in by_place[place]], self._analysis)
                for place in sorted(by_place)
            }
            for place, batch in batches.items():  # one after another, as in `_removed`
                self._commits.on(place, partial(self._claim, batch))

            def insert(place: int) -> None:
                session, batch = self._session(place), batches.get(place)
                if batch is not None:
                    records.fill(session, batch, self._form, self._detour)
                records.forget(session, sources)
                added = Counts() if batch is None else batch.counts
                self._parts[place].transactions.count(after(added, gone.get(place, Counts())))

            self._commits.each(insert)

    @repeated
    def delete(self, ids: Sequence[str]) -> int:
        with self._commits.change():
            gone = self._removed(ids)
            for place, counts in gone.items():
                self._parts[place].transactions.count(after(Counts(), counts))
        return sum(counts.documents for counts in gone.values())

    def _claim(self, batch: records.Batch, place: int) -> None:
        records.claim(self._session(place), batch, self._detour)

    def _removed(self, ids: Sequence[str]) -> dict[int, Counts]:
        """Remove documents from one server after another, so that two writers wait for one another in one order."""
        by_place = self._placed(ids)

        def remove(place: int) -> Counts:
            return records.remove(self._session(place), [ids[at] for at in by_place[place]])

        return {place: self._commits.on(place, remove) for place in sorted(by_place)}

    @repeated
    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        with self._reading(where):
            found = self._commits.each(lambda place: self._parts[place].nearest(vectors, k, where))
        return _merged(list(found.values()), k)

    @repeated
    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        node = None if where is None else parse(where)
        kept = None if node is None else filters.compiled(node)
        probed = None if node is None else filters.compiled(node, probing=True)

        def ask(asked: Clause) -> list[Rows]:
            return self._asked(asked.sql, *asked.values)

        def words(answers: Sequence[Rows]) -> tuple[int, int]:
            counts = [self._parts[place].words([rows]) for place, rows in zip(self._places(), answers, strict=True)]
            return sum(one for one, _ in counts), sum(one for _, one in counts)

        with self._reading(where):
            return lexical.search(ask, words, self._analysis, query, k, kept, probed)

    @repeated
    def sparse(self, queries: SparseRows, k: int, where: Where | None = None) -> Neighbours:
        with self._reading(where):
            inverted = self._inverted()
            return inverted.nearest(queries, k, blocks.mask(inverted, self.keys(where)))

    @repeated
    def sparse_moments(self, queries: SparseRows) -> list[tuple[float, float]]:
        with self._reading():
            inverted = self._inverted()
            return inverted.moments(queries, blocks.mask(inverted, self.keys()))

    def _inverted(self) -> "Inverted":
        found = self._commits.each(lambda place: list(blocks.sparse_rows(self._session(place))))
        return blocks.inverted(self.keys(), found.values())

    @repeated
    def impacts(self, keys: Sequence[int] | Keys) -> "Impacts":
        from askew.stores.impacts import unpacked

        with self._reading():
            if not any(rows for rows in self._asked("SELECT 1 FROM impacts LIMIT 1")):
                return unpacked([])
            return unpacked(self._by_key([int(key) for key in keys], records.packed))

    @repeated
    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        with self._reading(where):
            held = list(self._commits.each(lambda place: self._parts[place].blocks(where, rows)).values())

        def find(keys: Keys) -> FloatMatrix:
            found = np.empty((len(keys), self._form.dim), np.float32)
            for one in held:
                places = np.flatnonzero(np.isin(keys, one.keys))
                found[places] = one.vectors(keys[places])
            return found

        return Blocks(np.sort(np.concatenate([one.keys for one in held])), find, rows)

    @repeated
    def keys(self, where: Where | None = None) -> Keys:
        with self._reading(where):
            return np.sort(np.concatenate(list(self._all(lambda part: part.keys(where)))))

    @repeated
    def count(self, where: Where | None = None) -> int:
        with self._reading(where):
            return sum(self._all(lambda part: part.count(where)))

    @repeated
    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        wanted = np.asarray(keys, np.int64).reshape(-1)
        with self._reading():
            rows = self._by_key(wanted.tolist(), self._vectors)
        return np.array(rows, np.float32).reshape(len(wanted), self._form.dim)

    def _vectors(self, session: Session, keys: Sequence[int]) -> list[NDArray[np.float32]]:
        return list(records.vectors(session, keys, self._form))

    @repeated
    def passages(self, keys: Sequence[int]) -> list[Passage]:
        with self._reading():
            return self._by_key([int(key) for key in keys], records.passages)

    @repeated
    def owners(self, keys: Sequence[int]) -> list[str]:
        with self._reading():
            return self._by_key([int(key) for key in keys], records.owners)

    @repeated
    def extents(self, ids: Sequence[str]) -> list[range]:
        with self._reading():
            return self._by_id(ids, records.extents)

    @repeated
    def documents(self, ids: Sequence[str]) -> list[Document]:
        with self._reading():
            partly = self.transactions.partly  # of the thread that asks
            return self._by_id(ids, partial(_documents, access=self.access, partly=partly))

    @repeated
    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        with self._reading():
            found = self._routed(ids, records.digests)
        return {id: digest for one in found.values() for id, digest in one.items()}

    def accounts(self, ids: Sequence[str] | None = None) -> Iterable[Account]:
        with self._reading():
            if ids is not None:
                return self._by_id(ids, records.accounts_of)
            lasts = self._commits.each(lambda place: records.last(self._session(place)))
        pages = [records.all_accounts(self._parts[place].transactions.reading, last) for place, last in lasts.items()]
        return (account for _, account in merge(*pages, key=lambda row: row[0]))

    @repeated
    def fields(self) -> list[MetadataField]:
        with self._reading():
            found = self._commits.each(lambda place: filters.field_rows(self._session(place)))
        return filters.metadata_fields(found.values())

    @repeated
    def sizes(self) -> Sizes:
        with self._reading():
            found = [vars(one) for one in self._all(lambda part: part.sizes())]
        return Sizes(**{name: sum(one[name] for one in found) for name in found[0]})

    @repeated
    def facts(self) -> Mapping[str, Any]:
        with self._reading():
            found = list(self._all(lambda part: part.facts()))
            missing = self.missing
        built = [one for one in found if one["method"] == "hnsw"]
        facts = dict(found[0])
        if built:
            worst = min(built, key=lambda one: float(one["recall"]))
            rows, ef = sum(one["rows"] for one in built), max(one["ef_search"] for one in built)
            facts = {**facts, **worst, "rows": rows, "ef_search": ef}
        return {**facts, **({"missing": list(missing)} if missing else {})}

    def scratch(self) -> Path:
        return self._first.scratch()

    def check(self, *, quick: bool = False) -> list[str]:
        """Check each server, and what is between them."""
        with self._reading():
            found = self._commits.each(lambda place: self._parts[place].check(quick=quick))
            missing = self.missing
            strays = self._asked("SELECT id FROM documents")
        told = [f"{self._parts[place].transactions.place}: {one}" for place, every in found.items() for one in every]
        told += [f"{place} does not answer, and was not examined." for place in missing]
        for place, rows in zip(found, strays, strict=True):
            wrong = sum(place_of(id, len(self._parts)) != place for id in [decoded(row[0]) for row in rows])
            if wrong:
                told.append(f"{self._parts[place].transactions.place} has {wrong:,} documents that belong elsewhere.")
        if not missing and self._commits.pending(LEFT):
            told.append("A change was prepared and not ended: open the index for writing, which ends it.")
        return told

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        with self._commits.change():
            pass  # refuses a store that is read-only, and ends what a killed writer left
        if self._commits.inside:
            raise StoreError("An index is not optimised within a transaction: end it first.")
        self._commits.settle()
        for part in self._parts:
            part.optimise(report, recall)

    def discard(self) -> None:
        with self._commits.change():
            pass  # refuses a store that is read-only
        folder = self.scratch()
        for part in (*self._parts[1:], self._first):  # the last one makes it one that does not exist
            part.discard()
        self.close()
        shutil.rmtree(folder, ignore_errors=True)

    def close(self) -> None:
        for part in self._parts:
            part.close()
        self._commits.close()

    def abandon(self) -> None:
        """Begin anew in a forked child; the parts do so by themselves."""
        self._commits.abandon()


def _documents(session: Session, ids: Sequence[str], *, access: bool, partly: bool) -> list[Document]:
    return records.documents(session, ids, access, partly)


def _merged(found: Sequence[Neighbours], k: int) -> Neighbours:
    """Return the k best of several, ties by key."""
    keys = np.concatenate([one.keys for one in found], axis=1)
    scores = np.concatenate([one.scores for one in found], axis=1)
    order = np.lexsort((keys, -scores), axis=1)[:, : max(k, 0)]
    return Neighbours(np.take_along_axis(keys, order, axis=1), np.take_along_axis(scores, order, axis=1))
