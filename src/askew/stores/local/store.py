"""The local store: one folder, safe to copy. SQLite is the source of truth, the vectors are in a separate file, and
the text index and the approximate index are derived from both.

    catalog.sqlite   documents, passages, metadata, the sealed contract, counters, checksums  (catalog.py, database.py)
    vectors-1.f32    one row per passage, append-only; .f16, .i8, .b4 in other precisions     (vectors.py)
    sparse-1-…       the inverted file of learned sparse vectors, if there are any            (inverted_file.py)
    text-1/          the text index                                                           (text.py)
    ivf-1-…          the approximate index, once an exact scan takes too long                 (ivf.py)
    write.lock       held by the one process that writes                                      (lock.py)
    reserve          space for deletions on a full disk                                       (folder.py)
    versions/        stores built by migrations, one of which may be active instead           (versions.py)

The number is the generation: a compaction writes new files beside the old ones, then switches.
"""

import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

from askew.errors import StoreError
from askew.files import staging
from askew.lock import LIVE
from askew.progress import Report, silent
from askew.quantisation import Precision, RowFormat
from askew.stores import Account, Entry, Keys, Mask, MetadataField, Neighbours, Sizes, Snapshot, catalog, records
from askew.stores.bookkeeping import Bookkeeping
from askew.stores.engine import Derived
from askew.stores.flat import nothing, scan
from askew.stores.local import database, vectors, versions
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder, explained, with_reserve
from askew.stores.local.snapshot import View, ViewBlocks, Views
from askew.types import Document, FloatMatrix, Passage, Where

if TYPE_CHECKING:
    from askew.stores.impacts import Impacts
    from askew.stores.inverted import Inverted
    from askew.stores.local.columns import Columns
    from askew.stores.local.writer import Writer

WAIT, LOOKS = 10.0, 20  # seconds that a second writer waits; retries of a reader while a writer replaces files


class LocalStore(Bookkeeping, Derived):
    """A store in a local folder. Thread-safe. Read-only unless `writable`. For forked children, see `abandon`."""

    def __init__(self, folder: Path, *, writable: bool, wait: float, home: Path | None = None) -> None:
        """Open the store in exactly this folder; `open` finds the active one. home: the index folder, if different."""
        self._home = (home or folder).absolute()
        self._changing = threading.RLock()
        self._own = threading.local()
        self._writer: Writer | None = None
        self._foreign = False
        with ExitStack() as undo:
            self._folder = Folder(folder)
            undo.callback(self._folder.close)
            with explained(self._folder):
                if writable:
                    from askew.stores.local import writer
                    from askew.stores.local.writer import Home

                    lock = writer.lock(self._folder, wait)
                    undo.callback(lock.release)
                self._catalog = Catalog(self._folder, writable=writable)
                undo.callback(self._catalog.close)
                with self._catalog.reading() as connection:
                    self._manifest = str(catalog.get(connection, "manifest"))
                    form, language = catalog.row_format(connection), str(catalog.get(connection, "language"))
                    self.access = catalog.has_readers(connection)
                self._views = Views(self._folder, form, language)
                if writable:
                    self._writer = writer.Writer(Home(self._folder, form, language), self._catalog, lock, self.access)
                    self._folder.reserve()
            undo.pop_all()
        LIVE.add(self)

    @classmethod
    def create(
        cls,
        folder: Path,
        dim: int,
        manifest: str,
        *,
        language: str = "",
        precision: Precision = Precision.FLOAT32,
        access: bool = False,
    ) -> Self:
        """Create a store. language: the stemmer, one of `askew.stores.text.LANGUAGES`. precision: of the vectors."""
        from askew.stores.text import LANGUAGES

        if language not in LANGUAGES:
            raise StoreError(f"The text index has no stemmer for {language!r}. Choose 'english', or '' for none.")
        if os.path.lexists(folder):
            raise StoreError(f"{folder} already exists; choose another name, or delete it first.")
        with staging(folder) as made:
            names = database.create(made, RowFormat(dim, precision), manifest, language, access)
            vectors.create(made / names.vectors)
        return cls.open(folder, writable=True)

    @classmethod
    def open(cls, folder: Path, *, writable: bool = False, wait: float = WAIT) -> Self:
        """Open the active store. Retries if a migration switches versions in the meantime."""
        if not folder.exists():
            raise StoreError(f"No index at {folder}. Create it with: askew index {folder} PATH… --task TASK")
        for _ in range(LOOKS):
            place = versions.serving(folder)
            try:
                store = cls._at(place, writable, wait, folder)
            except StoreError:
                if versions.serving(folder) == place:
                    raise
                continue
            try:
                if versions.serving(folder) == place:
                    return store
            except BaseException:
                store.close()
                raise
            store.close()
        raise StoreError(f"{folder} keeps switching versions while it is being opened; try again.")

    @classmethod
    def _at(cls, place: Path, writable: bool, wait: float, home: Path) -> Self:
        if not (place / catalog.NAME).is_file():
            raise StoreError(f"{place} is not an askew index: it has no {catalog.NAME}.")
        return with_reserve(place, lambda: cls(place, writable=writable, wait=wait, home=home))

    @property
    def manifest(self) -> str:
        return self._manifest

    @property
    def writable(self) -> bool:
        return self._writer is not None

    @contextmanager
    def snapshot(self) -> Iterator[Self]:
        """View and connection are in `self._own` and `self._catalog.own`; a file that is replaced begins it anew."""
        own, changing = self._own, getattr(self._catalog.own, "changing", False)
        outer: View | None = getattr(own, "view", None)
        if outer is not None and not changing:
            yield self
            return
        for _ in range(LOOKS):
            with self._catalog.reading() as connection:
                state, view = catalog.state(connection), self._views.latest
                if view is None or view.state.change != state.change or changing:
                    try:
                        view = self._views.at(connection, state, changing)
                    except FileNotFoundError as error:
                        missing = error
                        continue
                own.view = view
                try:
                    yield self
                finally:
                    own.view = outer
                return
        name = self._folder.shown(str(missing.filename))
        raise StoreError(f"The index is damaged: {name} is missing. {catalog.DAMAGED}")

    @contextmanager
    def transaction(self) -> Iterator[Self]:
        with self._changing, self._change():
            yield self

    def write(self, entries: Sequence[Entry]) -> None:
        with self._changing, explained(self._folder):
            self._writing().write(entries)

    def delete(self, ids: Sequence[str]) -> int:
        with self._changing, explained(self._folder):
            writer = self._writing()
            return with_reserve(self._folder.inside, lambda: writer.delete(ids))

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        with self._catalog.reading() as connection:
            return records.digests(connection, ids)

    def set_readers(self, given: Mapping[str, frozenset[str]]) -> int:
        with self._change() as connection:
            catalog.set_state(connection, catalog.state(connection))
            return super().set_readers(given)

    def change(self) -> int:
        return -1 if getattr(self._catalog.own, "changing", False) else self._view().state.change

    def _read(self) -> AbstractContextManager[sqlite3.Connection]:
        return self._catalog.reading()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        self._writing()
        with self._changing, self._catalog.writing() as connection:
            yield connection

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        queries = np.ascontiguousarray(vectors, np.float32)
        with self.snapshot():
            view: View = self._own.view
            kept = view.alive if where is None else self._kept(self._catalog.own.connection, view, where)
        k = max(0, min(k, view.state.rows))
        if not k or not len(queries):
            found = nothing(len(queries), k)
        else:
            everything = None if kept is view.alive and view.state.rows == view.state.passages else kept
            ivf = None if view.file is None else view.file.for_queries(len(queries), view.vectors.nbytes)
            if ivf is not None and ivf.worth_it(everything):
                found = view.approximate(ivf, queries, k, everything)
            elif view.vectors.plain is None or not view.vectors.file.sound:
                found = view.flat(queries, k, everything)
            else:
                found = scan(view.vectors.plain, queries, k, everything, view.state.longest)
        return Neighbours(np.where(found.rows >= 0, found.rows + view.state.base, -1), found.scores)

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        with self.snapshot(), self._catalog.reading() as connection:
            view: View = self._own.view
            kept, text = self._kept(connection, view, where), self._views.text(connection, view.state)
            try:
                found = text.search(query, k, view.state.base, kept)
            except StoreError:  # damaged
                text = self._views.text_made_anew(connection, view.state)
                found = text.search(query, k, view.state.base, kept)
        return Neighbours(found.keys[None], found.scores[None])

    def impacts(self, keys: Sequence[int] | Keys) -> "Impacts":
        from askew.stores import impacts

        with self._catalog.reading() as connection:
            return impacts.of(connection, [int(key) for key in keys])

    def _inverted(self) -> "Inverted":
        with self.snapshot(), self._catalog.reading() as connection:
            changing = getattr(self._catalog.own, "changing", False)
            return self._views.inverted(connection, self._own.view.state, changing)

    def scratch(self) -> Path:
        if not self._catalog.refusal:
            self._catalog.check_current()
        return self._folder.path / "derived"

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        with self.snapshot(), self._catalog.reading() as connection:
            view: View = self._own.view
            return ViewBlocks(view, self._kept(connection, view, where), rows)

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        with self.snapshot():
            return self._own.view.rows(keys)  # type: ignore[no-any-return]

    def fields(self) -> list[MetadataField]:
        from askew.stores.local.filters import metadata_fields

        with self._catalog.reading() as connection:
            return metadata_fields(connection)

    def extents(self, ids: Sequence[str]) -> list[range]:
        with self._catalog.reading() as connection:
            return records.extents(connection, ids)

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        with self._catalog.reading() as connection:
            return records.passages(connection, keys)

    def documents(self, ids: Sequence[str]) -> list[Document]:
        with self._catalog.reading() as connection:
            return records.documents(connection, ids, self.access)

    def owners(self, keys: Sequence[int]) -> list[str]:
        with self._catalog.reading() as connection:
            return records.owners(connection, keys)

    def sizes(self) -> Sizes:
        with self._read() as connection:
            state, used = catalog.state(connection), versions.size(self._folder.inside)
        return Sizes(state.documents, state.passages, state.tokens, state.seen, state.truncated, used)

    def losers(self, limit: int) -> list[Account]:
        with self._read() as connection:
            return records.losers(connection, limit)

    def accounts(self, ids: Sequence[str] | None = None) -> Iterable[Account]:
        with self._read() as connection:
            if ids is not None:
                return records.accounts_of(connection, ids)
            last = catalog.state(connection).numbers
        return records.all_accounts(self._read, last)

    def check(self, *, quick: bool = False) -> list[str]:
        from askew.stores.local import integrity

        with explained(self._folder), self._read() as connection:
            found = integrity.catalogue_faults(connection, quick)
            try:
                view = self._view()
            except StoreError as error:
                return [*found, str(error)]
            return [*found, *integrity.faults(connection, view, self._views, self._folder, quick)]

    def foreign_files(self) -> list[str]:
        from askew.stores.local import integrity

        with explained(self._folder), self._read() as connection:
            return integrity.foreign(connection, self._folder)

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        from askew.stores.local import inverted_file, ivf_build
        from askew.stores.local.writer import sweep

        writer = self._writing()
        with self._changing, explained(self._folder):
            writer.repair_text()
            writer.compact(self._view(), report)
            ivf_build.tune(self._catalog, self._view(), recall, report)
            ivf_build.tune_candidates(self._catalog, self._view(), report)
            writer.measure_precision()
            inverted_file.tune(self._catalog)
            sweep(self._catalog)
            with self._catalog.outside() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._folder.reserve()

    def discard(self) -> None:
        with self._changing:
            self._writing().text.close()
            self._catalog.check_current()
            self._catalog.close()
            versions.discard(self._home)
            self.close()

    def close(self) -> None:
        if self._foreign:
            return
        with ExitStack() as closing:  # whatever fails, the locks are released
            closing.callback(self._folder.close)
            if self._writer is not None:
                closing.callback(self._writer.close)
            closing.callback(self._catalog.close)
            self._views = self._views.anew()
            if self._writer is not None and self._catalog.current:
                self._writer.text.close()
                self._folder.reserve()

    def _view(self) -> View:
        with self.snapshot():
            return self._own.view  # type: ignore[no-any-return]

    def _kept(self, connection: sqlite3.Connection, view: View, where: Where | None) -> Mask:
        if where is None:
            return view.alive
        from askew.stores.local.filters import kept

        return kept(connection, view, where, self._columns)

    @cached_property
    def _columns(self) -> "Columns":
        from askew.stores.local.columns import Columns

        return Columns()

    def _writing(self) -> "Writer":
        if self._writer is None or self._foreign:
            raise StoreError(
                self._catalog.refusal or f"{self._folder.path} is open read-only; open it with writable=True."
            )
        return self._writer

    def abandon(self) -> None:
        """Begin anew in a forked child, where a read-only store works and a writable one raises StoreError."""
        self._changing, self._own = threading.RLock(), threading.local()
        refusal = (
            f"{self._folder.path} was opened for writing by another process, before this one was forked from it. "
            "Open it in this process."
        )
        self._catalog.abandon(refusal if self._writer is not None else "")
        self._views = self._views.anew()
        if self._writer is not None:
            self._writer.abandon()
            self._foreign = True
