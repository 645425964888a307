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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.lock import LIVE
from askew.progress import Report, silent
from askew.quantisation import RowFormat
from askew.stores import Account, Entry, Keys, MetadataField, Neighbours, Sizes, Snapshot
from askew.stores.engine import Derived
from askew.stores.flat import Found
from askew.stores.postgres import blocks, filters, lexical, records, search, upkeep
from askew.stores.postgres.bookkeeping import Bookkeeping
from askew.stores.postgres.records import Detour
from askew.stores.postgres.search import UNKNOWN, Filter, Names, Plan
from askew.stores.postgres.sessions import Clause, Rows, Session
from askew.stores.postgres.transactions import STATED, Counts, State, Transactions, after, repeated
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
    """What was fixed when the store was created. schema: quoted. folder: of derived data on this machine.

    part: of a store on several servers, which of them this is; "" for a store on one.
    """

    schema: str
    form: RowFormat
    manifest: str
    language: str
    access: bool
    folder: Path
    part: str = ""


class PostgresStore(Bookkeeping, Derived):
    """A store in Postgres. Thread-safe; a forked child begins anew."""

    def __init__(self, transactions: Transactions, settings: Settings) -> None:
        self._transactions, self._settings = transactions, settings
        self._form, self.access = settings.form, settings.access
        self._analysis = Analysis(settings.language)
        self._detour = Detour.TEMPORARY if self.access else Detour.NONE
        schema, _, extension = transactions.path.partition(", ")
        self._names = Names(schema, extension.replace("%", "%%"))
        self._turn = threading.Lock()
        self._state: State | None = None
        self._kept: dict[tuple[int, Node, int], int] = {}
        self._fields: set[tuple[int, str]] = set()
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
    def settings(self) -> Settings:
        return self._settings

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
            placed = records.placed(session, found)
            added = records.insert(session, placed, self._form, self._analysis, self._detour)
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
        node = None if where is None else parse(where)
        if len(queries) != 1 or self._transactions.changing:  # of a state that is not one yet, nothing is remembered
            with self._transactions.reading() as session:
                return self._several(session, queries, k, node)
        with self._transactions.reading(alone=True) as session:
            while True:
                found = self._single(session, queries[0], k, node)
                if found is not None:
                    return Neighbours(found.rows, found.scores)

    def _single(self, session: Session, query: NDArray[np.float32], k: int, node: Node | None) -> Found | None:
        """Search by what is remembered of the state; None if that turns out to be another."""
        state = self._state or self._transactions.state(session)
        plan, filter, names = self._plan(state), None, []
        if node is None and plan.approximates(k, None):
            answer = search.best(session, plan, query, k, self._names, self._transactions.stated)
            self._remember(answer.state, None, 0, UNKNOWN, [])
            if self._plan(answer.state).ef != plan.ef:
                return None
            if answer.found is not None:
                return answer.found
            plan = replace(plan, ef=0)  # the index led to too few
        if node is not None:
            filter = Filter(
                filters.compiled(node), filters.compiled(node, probing=True), self._known(state, node, plan.few(k))
            )
            names = [name for name in filters.named(node) if (state.change, name) not in self._fields]
        beside = [filters.unknown(names)] if names else []
        answer = search.single(session, plan, query, k, filter, self._transactions.stated, beside)
        if answer.others and not self._transactions.of_several:
            filters.check_fields(answer.others[0])
        self._remember(answer.state, node, plan.few(k), answer.kept, names)
        fits = not plan.approximates(k, filter) or self._plan(answer.state).ef == plan.ef
        return answer.found if fits else None

    def _several(self, session: Session, queries: FloatMatrix, k: int, node: Node | None) -> Neighbours:
        state = self._transactions.state(session)
        plan = self._plan(state)
        if node is None:
            return search.several(session, plan, queries, k, None)
        kept, most = filters.compiled(node), plan.few(k)
        known = self._known(state, node, most)
        if known == UNKNOWN:
            limited = f"SELECT count(*) FROM (SELECT 1 FROM passages p WHERE {kept.sql} LIMIT {most} + 1) AS found"
            missing, [[known]] = session.together(filters.unknown(filters.named(node)), Clause(limited, kept.values))
            if not self._transactions.of_several:
                filters.check_fields(missing)
            self._remember(state, node, most, known, filters.named(node))
        return search.several(session, plan, queries, k, Filter(kept, filters.compiled(node, probing=True), known))

    @repeated
    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        probed = None if where is None else filters.compiled(parse(where), probing=True)
        with self._transactions.reading() as session:
            kept = self._clause(session, where)

            def ask(asked: Clause) -> list[Rows]:
                return session.together(asked)

            return lexical.search(ask, self.words, self._analysis, query, k, kept, probed)

    def words(self, answers: Sequence[Rows]) -> tuple[int, int]:
        """Return how many passages and words there are, from rows that begin with the state."""
        counts = [self._transactions.stated(rows[0][:STATED]).counts for rows in answers]
        return sum(one.passages for one in counts), sum(one.words for one in counts)

    @repeated
    def sparse(self, queries: SparseRows, k: int, where: Where | None = None) -> Neighbours:
        with self._transactions.reading():
            inverted, keys = self._inverted(), self.keys(where)
            return inverted.nearest(queries, k, blocks.mask(inverted, keys))

    @repeated
    def sparse_moments(self, queries: SparseRows) -> list[tuple[float, float]]:
        with self._transactions.reading():
            inverted, keys = self._inverted(), self.keys()
            return inverted.moments(queries, blocks.mask(inverted, keys))

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
            made = blocks.inverted(self.keys(), [blocks.sparse_rows(session)])
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
            last = records.last(session)
        return (account for _, account in records.all_accounts(self._transactions.reading, last))

    @repeated
    def fields(self) -> list[MetadataField]:
        with self._transactions.reading() as session:
            return filters.metadata_fields([filters.field_rows(session)])

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
        upkeep.reclaim(self._transactions, self._settings.schema, self._detour, report)
        with self._transactions.reading() as session:
            _, counts = self._transactions.counts(session)
        upkeep.tune(self._transactions, Plan(counts, self._form), recall, report)

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

    def _plan(self, state: State) -> Plan:
        ef = int(json.loads(state.facts)["ef_search"]) if state.facts else 0
        return Plan(state.counts, self._form, ef)

    def _clause(self, session: Session, where: Where | None) -> Clause | None:
        if where is None:
            return None
        node = parse(where)
        if (names := filters.named(node)) and not self._transactions.of_several:
            filters.check_fields(session.together(filters.unknown(names))[0])
        return filters.compiled(node)

    def _known(self, state: State, node: Node, most: int) -> int:
        """Return how many passages a filter keeps in this state; UNKNOWN if that was not counted yet."""
        with self._turn:
            return self._kept.get((state.change, node, most), UNKNOWN)

    def _remember(self, state: State, node: Node | None, most: int, kept: int, names: Sequence[str]) -> None:
        """Remember what was found for one state, unless that is of a change."""
        with self._turn:
            if state.change < 0:
                self._state = None
                return
            if self._state is None or self._state.change != state.change or len(self._kept) >= FILTERS:
                self._kept, self._fields = {}, set()
            self._state = state
            self._fields.update((state.change, name) for name in names)
            if node is not None and kept != UNKNOWN:
                self._kept[state.change, node, most] = kept
