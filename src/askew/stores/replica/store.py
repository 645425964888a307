"""A store whose truth is in an engine, and which answers from a catalogue on this machine and the engine's vectors."""

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from askew.errors import StoreError
from askew.files import discard
from askew.lock import LIVE
from askew.progress import Report, silent
from askew.stores import (
    Account,
    Entry,
    Keys,
    Layout,
    Mask,
    MetadataField,
    Neighbours,
    Sizes,
    Snapshot,
    catalog,
    records,
)
from askew.stores.bookkeeping import Bookkeeping
from askew.stores.engine import Blocks, Derived
from askew.stores.local.snapshot import Views
from askew.stores.replica import Remote, lease
from askew.stores.replica.catalogue import Replica, latest
from askew.stores.replica.view import View, alive_in, facts_in
from askew.stores.replica.writer import Writer, put_versions, versions_of
from askew.types import Document, FloatMatrix, Passage, Where

if TYPE_CHECKING:
    from askew.stores.impacts import Impacts
    from askew.stores.inverted import Inverted
    from askew.stores.local.columns import Columns

LONG = 3600.0
"""Seconds after which a process may have slept through the beginning of the log."""


class ReplicaStore(Bookkeeping, Derived):
    """The store. Thread-safe. Read-only unless `writable`. A forked child must open it anew."""

    def __init__(
        self,
        remote: Remote,
        layout: Layout,
        scratch: Path,
        *,
        writable: bool,
        wait: float,
        refresh: float = 0.0,
        lease_seconds: float = lease.SECONDS,
    ) -> None:
        """Open a store. scratch: the folder for derived data of this one. refresh: seconds for which a reader does not
        look for new commits again.
        """
        self._remote, self._layout, self._scratch = remote, layout, scratch
        self.access, self._refresh = layout.access, refresh
        self._turn, self._own, self._looked = threading.RLock(), threading.local(), time.monotonic()
        self._latest: View | None = None
        self._writer: Writer | None = None
        self._refusal = ""
        with ExitStack() as undo:
            undo.callback(remote.close)
            self._replica = Replica(scratch, remote, layout)
            undo.callback(self._replica.close)
            if writable:
                self._writer = Writer(remote, self._replica, layout.access, wait, lease_seconds)
                undo.callback(self._writer.close)
            self._replica.follow(slept=True)
            self._texts = Views(self._replica.folder, self._replica.form, layout.language)
            undo.pop_all()
        LIVE.add(self)

    @property
    def manifest(self) -> str:
        return self._layout.manifest

    @property
    def writable(self) -> bool:
        return self._writer is not None

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        with self._read():
            yield self

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        with self._change():
            yield self

    @contextmanager
    def _read(self) -> Iterator[sqlite3.Connection]:
        """Pin one state for this thread: `self._own.view`, made when first asked for."""
        if (joined := getattr(self._own, "connection", None)) is not None:
            yield joined
            return
        if self._refusal:
            raise StoreError(self._refusal)
        now = time.monotonic()
        if now - self._looked >= self._refresh:
            self._replica.follow(slept=now - self._looked > LONG)
            self._looked = now
        with self._replica.reading() as connection:
            self._own.connection, self._own.view, self._own.changing = connection, None, False
            try:
                yield connection
            finally:
                self._own.connection = self._own.view = None

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        writer = self._writing()
        with self._turn:
            own = self._own
            if getattr(own, "changing", False):
                own.view = None
                try:
                    yield own.connection
                finally:
                    own.view = None
                return
            self._replica.follow()
            outer = getattr(own, "connection", None), getattr(own, "view", None)
            with self._replica.writing() as connection:
                own.connection, own.view, own.changing = connection, None, True
                try:
                    with writer.recorded(connection):
                        yield connection
                finally:
                    (own.connection, own.view), own.changing = outer, False

    def change(self) -> int:
        with self._read() as connection:
            return -1 if self._own.changing else catalog.state(connection).change

    def write(self, entries: Sequence[Entry]) -> None:
        writer = self._writing()
        with self._change() as connection:
            writer.write(connection, entries)

    def delete(self, ids: Sequence[str]) -> int:
        writer = self._writing()
        with self._change() as connection:
            return writer.delete(connection, ids)

    def _view(self) -> View:
        """Return the view of the state that this thread has pinned."""
        own = self._own
        if own.view is None:
            connection, latest_view = own.connection, self._latest
            state = catalog.state(connection)
            if latest_view is None or own.changing or latest_view.state.change != state.change:
                versions = versions_of(connection) if own.changing else latest(connection).versions
                alive = alive_in(connection, state, None if own.changing else latest_view)
                view = View(self._remote, state, alive, versions, facts_in(connection), latest_view)
                if not own.changing and (latest_view is None or latest_view.state.change < state.change):
                    self._latest = view
                latest_view = view
            own.view = latest_view
        return own.view  # type: ignore[no-any-return]

    def _kept(self, connection: sqlite3.Connection, view: View, where: Where | None) -> Mask:
        if where is None:
            return view.alive
        from askew.stores.local.filters import kept

        return kept(connection, view, where, None if self._own.changing else self._columns())

    def _columns(self) -> "Columns":
        from askew.stores.local.columns import Columns

        if not hasattr(self, "_held_columns"):
            self._held_columns = Columns()
        return self._held_columns

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        queries = np.ascontiguousarray(vectors, np.float32)
        with self._read() as connection:
            view = self._view()
            return view.nearest(queries, k, self._kept(connection, view, where))

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        with self._read() as connection:
            view = self._view()
            kept, text = self._kept(connection, view, where), self._texts.text(connection, view.state)
            try:
                found = text.search(query, k, view.state.base, kept)
            except StoreError:  # damaged
                text = self._texts.text_made_anew(connection, view.state)
                found = text.search(query, k, view.state.base, kept)
        return Neighbours(found.keys[None], found.scores[None])

    def impacts(self, keys: Sequence[int] | Keys) -> "Impacts":
        from askew.stores import impacts

        with self._read() as connection:
            return impacts.of(connection, [int(key) for key in keys])

    def _inverted(self) -> "Inverted":
        with self._read() as connection:
            return self._texts.inverted(connection, catalog.state(connection), self._own.changing)

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        with self._read() as connection:
            view = self._view()
            return Blocks(np.flatnonzero(self._kept(connection, view, where)), view.rows, rows)

    def fields(self) -> list[MetadataField]:
        from askew.stores.local.filters import metadata_fields

        with self._read() as connection:
            return metadata_fields(connection)

    def extents(self, ids: Sequence[str]) -> list[range]:
        with self._read() as connection:
            return records.extents(connection, ids)

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        with self._read() as connection:
            return records.passages(connection, keys)

    def documents(self, ids: Sequence[str]) -> list[Document]:
        with self._read() as connection:
            return records.documents(connection, ids, self.access)

    def owners(self, keys: Sequence[int]) -> list[str]:
        with self._read() as connection:
            return records.owners(connection, keys)

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        with self._read() as connection:
            return records.digests(connection, ids)

    def losers(self, limit: int) -> list[Account]:
        with self._read() as connection:
            return records.losers(connection, limit)

    def accounts(self, ids: Sequence[str] | None = None) -> Iterable[Account]:
        with self._read() as connection:
            if ids is not None:
                return records.accounts_of(connection, ids)
            last = catalog.state(connection).numbers
        return records.all_accounts(self._read, last)

    def sizes(self) -> Sizes:
        with self._read() as connection:
            state, used = catalog.state(connection), self._remote.bytes(self._view().versions)
        return Sizes(state.documents, state.passages, state.tokens, state.seen, state.truncated, used)

    def scratch(self) -> Path:
        return self._scratch / "derived"

    def check(self, *, quick: bool = False) -> list[str]:
        with self._read() as connection:
            view = self._view()
            missing = np.setdiff1d(np.flatnonzero(view.alive), view.vectors.keys)
            if len(missing):
                ids = list(dict.fromkeys(records.owners(connection, missing.tolist())))
                return [f"Document {id!r} lacks vectors: delete it, and index it again." for id in ids]
            return super().check(quick=quick)

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        writer = self._writing()
        with self._turn:
            with self._change() as connection:
                if recall is not None:
                    catalog.put(connection, "recall", recall)
                self._compact(writer, connection, report)
            with self._replica.writing() as connection:
                writer.settle(connection)

    def _compact(self, writer: Writer, connection: sqlite3.Connection, report: Report) -> None:
        view = self._view()
        keys = np.flatnonzero(view.alive)
        gone = np.setdiff1d(view.vectors.keys, keys)
        versions = self._remote.optimise(view.versions, writer.dead(connection), gone, report)
        vectors = self._remote.vectors(versions, view.vectors)
        versions, facts = self._remote.tune(versions, vectors, keys, catalog.recall(connection))
        if facts != facts_in(connection):
            catalog.put_object(connection, "ivf", facts)
        put_versions(connection, versions)

    def discard(self) -> None:
        with self._turn:
            self._writing().end()
            self._remote.discard()
            self.close()
            discard(self._scratch)

    def close(self) -> None:
        with self._turn:
            if self._refusal:
                return
            self._refusal = f"{self._remote.place} is already closed."
            if self._writer is not None:
                self._writer.close()
            self._replica.close()
            self._remote.close()

    def _writing(self) -> Writer:
        if self._writer is None:
            raise StoreError(f"{self._remote.place} is open read-only; open it with writable=True.")
        if self._refusal:
            raise StoreError(self._refusal)
        self._writer.check()
        return self._writer

    def abandon(self) -> None:
        """Begin anew in a forked child, which has none of the engine's threads."""
        self._turn, self._own = threading.RLock(), threading.local()
        self._refusal = f"{self._remote.place} was opened before this process was forked. Open it in this process."
        self._replica.abandon()
        if self._writer is not None:
            self._writer.abandon()
