"""The Postgres store: documents, passages, vectors, terms and bookkeeping in one schema of a database.

Reads are of one state, changes happen at once, and any number of processes may write (`transactions.py`). Nothing is
kept here that the database does not have, but what was found for one state of it.
"""

import json
import shutil
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from askew.errors import StoreError
from askew.lock import LIVE
from askew.progress import Report, silent
from askew.quantisation import RowFormat
from askew.stores import Account, Entry, Keys, MetadataField, Neighbours, Sizes, Snapshot
from askew.stores.engine import Derived
from askew.stores.postgres import blocks, filters, hnsw, lexical, records, search, upkeep
from askew.stores.postgres.bookkeeping import SEARCH, Bookkeeping
from askew.stores.postgres.filters import Clause
from askew.stores.postgres.search import Filter, Plan
from askew.stores.postgres.transactions import Counts, Session, Transactions, after, repeated
from askew.stores.postgres.wire import KINDS
from askew.stores.records import checked_batch
from askew.stores.text import Analysis
from askew.stores.where import Node, parse
from askew.types import Document, FloatMatrix, Passage, SparseRows, Where

if TYPE_CHECKING:
    from askew.stores.impacts import Impacts
    from askew.stores.inverted import Inverted

FILTERS = 1024
"""Filters of which it is remembered how many passages they keep."""


@dataclass(frozen=True)
class Settings:
    """What was fixed when the store was created. schema: quoted. folder: of derived data on this machine."""

    schema: str
    form: RowFormat
    manifest: str
    language: str
    access: bool
    folder: Path


class PostgresStore(Bookkeeping, Derived):
    """A store in Postgres. Thread-safe; a forked child begins anew."""

    def __init__(self, transactions: Transactions, settings: Settings) -> None:
        self._transactions, self._settings = transactions, settings
        self._form, self.access = settings.form, settings.access
        self._analysis = Analysis(settings.language)
        self._turn = threading.Lock()
        self._kept: dict[tuple[int, Node, int], int] = {}
        self._sparse: tuple[int, Inverted] | None = None
        LIVE.add(self)
        weakref.finalize(self, transactions.connections.close)

    @property
    def transactions(self) -> Transactions:
        return self._transactions

    @property
    def manifest(self) -> str:
        return self._settings.manifest

    @property
    def writable(self) -> bool:
        return self._transactions.writable

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        with self._transactions.reading():
            yield self

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        with self._transactions.change():
            yield self

    def seen_by(self, groups: frozenset[str]) -> AbstractContextManager[None]:
        """Let this thread see what these groups may read and nothing else, by the policies of the tables."""
        return self._transactions.seeing(groups)

    @repeated
    def change(self) -> int:
        with self._transactions.reading() as session:
            return self._transactions.counts(session)[0]

    @repeated
    def write(self, entries: Sequence[Entry]) -> None:
        found = checked_batch(entries, self._form.dim, self.access)
        with self._transactions.change() as session:
            gone = records.remove(session, [entry.document.id for entry in entries])
            added = records.insert(session, found, self._form, self._analysis, self.access)
            records.forget(session, [entry.document.source for entry in entries])
            self._transactions.count(after(added, gone))

    @repeated
    def delete(self, ids: Sequence[str]) -> int:
        with self._transactions.change() as session:
            gone = records.remove(session, ids)
            self._transactions.count(after(Counts(), gone))
        return gone.documents

    @repeated
    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        queries = np.ascontiguousarray(vectors, np.float32)
        with self._transactions.reading() as session:
            change, plan = self._plan(session)
            filter = None if where is None else self._filter(session, where, change, plan, k)
            return search.nearest(session, plan, queries, k, filter)

    @repeated
    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        with self._transactions.reading() as session:
            _, counts = self._transactions.counts(session)
            return lexical.search(session, counts, self._analysis, query, k, self._clause(session, where))

    @repeated
    def sparse(self, queries: SparseRows, k: int, where: Where | None = None) -> Neighbours:
        with self._transactions.reading():
            inverted, keys = self._inverted(), self.keys(where)
            return inverted.nearest(queries, k, _mask(inverted, keys))

    @repeated
    def sparse_moments(self, queries: SparseRows) -> list[tuple[float, float]]:
        with self._transactions.reading():
            inverted, keys = self._inverted(), self.keys()
            return inverted.moments(queries, _mask(inverted, keys))

    @repeated
    def impacts(self, keys: Sequence[int] | Keys) -> "Impacts":
        from askew.stores.impacts import unpacked

        with self._transactions.reading() as session:
            exist = session.rows("SELECT 1 FROM impacts LIMIT 1")
            return unpacked(records.packed(session, [int(key) for key in keys]) if exist else [])

    def _inverted(self) -> "Inverted":
        with self._transactions.reading() as session:
            change, _ = self._transactions.counts(session)
            held = self._sparse
            if held is not None and held[0] == change and change >= 0:
                return held[1]
            made = _inverted(session)
        if change >= 0:
            self._sparse = (change, made)
        return made

    @repeated
    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        with self._transactions.reading() as session:
            return blocks.blocks(self._transactions, session, self._form, self._clause(session, where), rows)

    @repeated
    def keys(self, where: Where | None = None) -> Keys:
        with self._transactions.reading() as session:
            return blocks.keys(session, self._clause(session, where))

    @repeated
    def count(self, where: Where | None = None) -> int:
        with self._transactions.reading() as session:
            clause = self._clause(session, where)
            if clause is None:
                return self._transactions.counts(session)[1].passages
            [[found]] = session.rows(f"SELECT count(*) FROM passages p WHERE {clause.sql}", *clause.values)
            return int(found)

    @repeated
    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        with self._transactions.reading() as session:
            return records.vectors(session, keys, self._form)

    @repeated
    def passages(self, keys: Sequence[int]) -> list[Passage]:
        with self._transactions.reading() as session:
            return records.passages(session, keys)

    @repeated
    def owners(self, keys: Sequence[int]) -> list[str]:
        with self._transactions.reading() as session:
            return records.owners(session, keys)

    @repeated
    def extents(self, ids: Sequence[str]) -> list[range]:
        with self._transactions.reading() as session:
            return records.extents(session, ids)

    @repeated
    def documents(self, ids: Sequence[str]) -> list[Document]:
        with self._transactions.reading() as session:
            return records.documents(session, ids, self.access, self._transactions.partly)

    @repeated
    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        with self._transactions.reading() as session:
            return records.digests(session, ids)

    def accounts(self, ids: Sequence[str] | None = None) -> Iterable[Account]:
        with self._transactions.reading() as session:
            if ids is not None:
                return records.accounts_of(session, ids)
            [[last]] = session.rows("SELECT coalesce(max(number), -1) FROM documents")
        return records.all_accounts(self._transactions.reading, last)

    @repeated
    def fields(self) -> list[MetadataField]:
        with self._transactions.reading() as session:
            return filters.metadata_fields(session)

    @repeated
    def sizes(self) -> Sizes:
        with self._transactions.reading() as session:
            _, counts = self._transactions.counts(session)
            used = upkeep.size(session)
        return Sizes(counts.documents, counts.passages, counts.tokens, counts.seen, counts.truncated, used)

    def scratch(self) -> Path:
        return self._settings.folder

    def check(self, *, quick: bool = False) -> list[str]:
        with self._transactions.reading() as session:
            found = list(upkeep.faults(session, self._transactions, quick, self.access))
            return found or super().check(quick=quick)

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        with self._transactions.change():
            pass  # refuses a store that is read-only
        if self._transactions.inside:
            raise StoreError("An index is not optimised within a transaction: end it first.")
        upkeep.reclaim(self._transactions, self._settings.schema, report)
        with self._transactions.reading() as session:
            _, counts = self._transactions.counts(session)
        upkeep.tune(self._transactions, self._exactly(counts), recall, report)

    def discard(self) -> None:
        with self._transactions.change():
            pass  # refuses a store that is read-only
        self._transactions.connections.close_apart()
        with self._transactions.apart() as connection:
            connection.execute(f"DROP SCHEMA {self._settings.schema} CASCADE".encode())
        self.close()
        shutil.rmtree(self._settings.folder, ignore_errors=True)

    def close(self) -> None:
        self._transactions.connections.close()

    def abandon(self) -> None:
        """Begin anew in a forked child, with connections of its own."""
        self._turn = threading.Lock()
        self._transactions.abandon()

    def _exactly(self, counts: Counts) -> Plan:
        return Plan(counts, self._form, KINDS[self._form.precision])

    def _plan(self, session: Session) -> tuple[int, Plan]:
        facts = f"SELECT value FROM meta WHERE name = '{SEARCH}'"
        change, counts, noted = self._transactions.counts_and(session, facts)
        plan = self._exactly(counts)
        if noted:
            plan = Plan(counts, self._form, plan.kind, int(json.loads(noted)["ef_search"]), hnsw.cast(plan))
        return change, plan

    def _clause(self, session: Session, where: Where | None) -> Clause | None:
        if where is None:
            return None
        node = parse(where)
        filters.check_fields(session, node)
        return filters.compiled(node)

    def _filter(self, session: Session, where: Where, change: int, plan: Plan, k: int) -> Filter:
        """Return a filter with how many passages it keeps, which is found once for each state of the store."""
        node, most = parse(where), plan.few(k) + 1
        kept = filters.compiled(node)
        with self._turn:
            known = self._kept.get((change, node, most), -1)
        if known < 0:
            filters.check_fields(session, node)
            limited = f"SELECT count(*) FROM (SELECT 1 FROM passages p WHERE {kept.sql} LIMIT %s) AS found"
            known = int(session.rows(limited, *kept.values, most)[0][0]) if plan.ef else 0
            if change >= 0:
                self._remember((change, node, most), known)
        return Filter(kept, filters.compiled(node, probing=True), known)

    def _remember(self, about: tuple[int, Node, int], known: int) -> None:
        with self._turn:
            if len(self._kept) >= FILTERS or any(change != about[0] for change, _, _ in self._kept):
                self._kept.clear()
            self._kept[about] = known


def _mask(inverted: "Inverted", keys: Keys) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    kept = np.zeros(inverted.rows, np.bool_)
    kept[keys - inverted.base] = True
    return kept


def _inverted(session: Session) -> "Inverted":
    """Invert the sparse vectors of all passages."""
    from askew.stores.impacts import unpacked
    from askew.stores.inverted import Inverted, invert

    [[first, last]] = session.rows("SELECT coalesce(min(key), 0), coalesce(max(key), -1) FROM passages")
    rows, pages = int(last - first + 1), []
    with session.connection.cursor("impacts", binary=True) as cursor:
        cursor.execute(b"SELECT key, sum, packed FROM impacts ORDER BY key")
        while page := cursor.fetchmany(search.ROWS):
            keys = np.array([row[0] for row in page], np.int64) - first
            pages.append((keys, unpacked([records.sound(row[0], row[2], row[1]) for row in page])))
    return Inverted(int(first), rows, (invert(pages, 0, rows),))
