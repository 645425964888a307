"""The local store: one folder, safe to copy. SQLite is the source of truth, the vectors are in a separate file, and
the text index and the approximate index are derived from both.

    catalog.sqlite   documents, passages, metadata, the sealed contract, counters            (catalog.py)
    vectors-1.f32    one row per passage, append-only                                        (vectors.py)
    text-1/          the text index                                                          (text.py)
    ivf-1-…          the approximate index, once an exact scan takes too long                (ivf.py)
    write.lock       held by the one process that writes                                     (lock.py)
    versions/        stores built by migrations, one of which may be active instead          (versions.py)

The number is the generation: a compaction writes new files next to the old ones, then switches to them.
"""

import errno
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from askew.errors import StoreError
from askew.files import staging
from askew.progress import Report, silent
from askew.stores import (
    Account,
    Entry,
    Keys,
    Neighbours,
    Sizes,
    Snapshot,
    catalog,
    records,
    vectors,
    versions,
)
from askew.stores.catalog import Catalog
from askew.stores.exact import Found, merged, nothing, scan
from askew.stores.masks import Mask
from askew.stores.view import Blocks, View, Views
from askew.types import Document, FloatMatrix, Passage, Where

if TYPE_CHECKING:
    from askew.stores.columns import Columns
    from askew.stores.lists import Ivf
    from askew.stores.writer import Writer

# A search needs only what is imported above: the modules for writing, filters and audits load when they are used.

WAIT = 10.0
"""Seconds that a second writer waits for the first."""
LOOKS = 20
"""Retries of a reader when a writer replaces a file during a read."""


class LocalStore:
    """A store in a local folder. Thread-safe. Read-only unless `writable`."""

    def __init__(self, folder: Path, *, writable: bool, wait: float, home: Path | None = None) -> None:
        """Open the store in exactly this folder; `open` finds the active one. home: the index folder, if different."""
        self._folder = folder
        self._home = home or folder
        self._changing = threading.RLock()
        with ExitStack() as undo:
            self._held = versions.Held(folder)
            undo.callback(self._held.release)
            self._catalog = Catalog(folder, writable=writable)
            undo.callback(self._catalog.close)
            with self._catalog.reading() as connection:
                self._manifest = str(catalog.get(connection, "manifest"))
                dim, language = int(catalog.get(connection, "dim")), str(catalog.get(connection, "language"))
            self._dim = dim
            self._views = Views(folder, dim, language)
            self._writer: Writer | None = None
            if writable:
                from askew.stores import writer

                self._writer = writer.Writer(writer.Home(folder, dim, language), self._catalog, wait)
            undo.pop_all()

    @classmethod
    def create(cls, folder: Path, dim: int, manifest: str, *, language: str = "") -> Self:
        """Create a store. language: the stemmer of the text index, one of `askew.stores.text.LANGUAGES`."""
        from askew.stores.text import LANGUAGES

        if language not in LANGUAGES:
            raise StoreError(f"The text index has no stemmer for {language!r}. Choose 'english', or '' for none.")
        if folder.exists():
            raise StoreError(f"{folder} already exists; choose another name, or delete it first.")
        with staging(folder) as made:
            catalog.create(made, dim, manifest, language)
            vectors.create(vectors.file_of(made, 1))
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
            if versions.serving(folder) == place:
                return store
            store.close()
        raise StoreError(f"{folder} keeps switching versions while it is being opened; try again.")

    @classmethod
    def _at(cls, place: Path, writable: bool, wait: float, home: Path) -> Self:
        if not (place / catalog.NAME).is_file():
            raise StoreError(f"{place} is not an askew index: it has no {catalog.NAME}.")
        return cls(place, writable=writable, wait=wait, home=home)

    @property
    def manifest(self) -> str:
        return self._manifest

    @property
    def writable(self) -> bool:
        return self._writer is not None

    def write(self, entries: Sequence[Entry]) -> None:
        with self._changing:
            self._writing().write(entries)

    def delete(self, ids: Sequence[str]) -> int:
        with self._changing:
            return self._writing().delete(ids)

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        with self._catalog.reading() as connection:
            return records.digests(connection, ids)

    def sources(self) -> dict[str, str]:
        from askew.stores import sources

        with self._catalog.reading() as connection:
            return sources.stamps(connection)

    def remember(self, stamps: Mapping[str, str]) -> None:
        from askew.stores import sources

        with self._changing, self._writing().changing() as connection:
            sources.remember(connection, stamps)

    def forget(self, paths: Sequence[str]) -> None:
        from askew.stores import sources

        with self._changing, self._writing().changing() as connection:
            sources.forget(connection, paths)

    def ids_within(self, path: str) -> dict[str, str]:
        from askew.stores import sources

        with self._catalog.reading() as connection:
            return sources.ids_within(connection, path)

    def assign(self, paths: Mapping[str, str]) -> None:
        from askew.stores import sources

        with self._changing, self._writing().changing() as connection:
            sources.assign(connection, paths)

    def note(self, name: str) -> str:
        with self._catalog.reading() as connection:
            return catalog.note(connection, name)

    def set_note(self, name: str, text: str) -> None:
        with self._changing, self._writing().changing() as connection:
            catalog.set_note(connection, name, text)

    def notes(self) -> list[str]:
        with self._catalog.reading() as connection:
            return catalog.notes(connection)

    def nearest(self, vectors: FloatMatrix, k: int, where: Where | None = None) -> Neighbours:
        queries = np.ascontiguousarray(vectors, np.float32)
        with self._reading() as (connection, view):
            kept = view.alive if where is None else self._kept(connection, view, where)
        k = max(0, min(k, view.state.rows))
        if not k or not len(queries):
            found = nothing(len(queries), k)
        else:
            everything = None if kept is view.alive and view.state.rows == view.state.passages else kept
            ivf = None if view.file is None else view.file.for_queries(len(queries), view.vectors.nbytes)
            if ivf is not None and ivf.worth_it(everything):
                found = _approximate(view, ivf, queries, k, everything)
            else:
                found = scan(view.vectors, queries, k, everything, view.state.longest)
        return Neighbours(np.where(found.rows >= 0, found.rows + view.state.base, -1), found.scores)

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        with self._reading() as (connection, view):
            text = self._views.text(connection, view.state)
            found = text.search(query, k, view.state.base, self._kept(connection, view, where))
        return Neighbours(found.keys[None], found.scores[None])

    def scratch(self) -> Path:
        return self._folder / "derived"

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        with self._reading() as (connection, view):
            return Blocks(view, self._kept(connection, view, where), rows)

    def keys(self, where: Where | None = None) -> Keys:
        with self._reading() as (connection, view):
            return np.flatnonzero(self._kept(connection, view, where)) + view.state.base

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        with self._reading() as (_, view):
            return view.rows(keys)

    def extents(self, ids: Sequence[str]) -> list[range]:
        with self._catalog.reading() as connection:
            return records.extents(connection, ids)

    def passages(self, keys: Sequence[int]) -> list[Passage]:
        with self._catalog.reading() as connection:
            return records.passages(connection, keys)

    def documents(self, ids: Sequence[str]) -> list[Document]:
        with self._catalog.reading() as connection:
            return records.documents(connection, ids)

    def owners(self, keys: Sequence[int]) -> list[str]:
        with self._catalog.reading() as connection:
            return records.owners(connection, keys)

    def count(self, where: Where | None = None) -> int:
        with self._reading() as (connection, view):
            return int(np.count_nonzero(self._kept(connection, view, where)))

    def sizes(self) -> Sizes:
        with self._catalog.reading() as connection:
            state = catalog.state(connection)
        used = sum(map(_bytes, versions.files(self._folder)))
        return Sizes(state.documents, state.passages, state.tokens, state.seen, state.truncated, used)

    def losers(self, limit: int) -> list[Account]:
        from askew.stores import accounts

        with self._catalog.reading() as connection:
            return accounts.losers(connection, limit)

    def accounts(self) -> Iterable[Account]:
        with self._catalog.reading() as connection:
            last = catalog.state(connection).numbers
        return self._accounts(last)

    def _accounts(self, last: int) -> Iterator[Account]:
        from askew.stores import accounts

        after = 0
        while after < last:
            with self._catalog.reading() as connection:
                page, after = accounts.page(connection, after, last)
            yield from page

    def facts(self) -> Mapping[str, Any]:
        from askew.stores import tuning

        with self._catalog.reading() as connection:
            return tuning.facts(connection)

    def recall(self) -> float:
        from askew.stores import tuning

        return tuning.asked(self._catalog)

    def check(self) -> list[str]:
        from askew.stores import audit

        with self._reading() as (connection, view):
            return audit.faults(connection, view, self._views)

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        from askew.stores import compaction, tuning
        from askew.stores.writer import sweep

        writer = self._writing()
        with self._changing:
            if compaction.due(self._view().state):
                self._compact(writer, self._view(), report)
            tuning.tune(self._catalog, self._view(), self._folder, recall, report)
            sweep(self._folder, self._catalog)
            with self._catalog.outside() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _compact(self, writer: "Writer", view: View, report: Report) -> None:
        from askew.stores import compaction
        from askew.stores.writer import sweep

        old, writer.text = writer.text, compaction.compact(writer.home, self._catalog, view, report)
        old.close()
        sweep(self._folder, self._catalog)
        with self._catalog.outside() as connection:
            connection.execute("VACUUM")

    def discard(self) -> None:
        with self._changing:
            self._writing().text.close()
            self._catalog.close()
            _remove(self._home)
            self.close()

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._catalog.close()
        self._held.release()

    def _view(self) -> View:
        with self._reading() as (_, view):
            return view

    @contextmanager
    def _reading(self) -> Iterator[tuple[sqlite3.Connection, View]]:
        """Open a read transaction and its view. Retries if a writer replaces a file in the meantime."""
        for _ in range(LOOKS):
            with self._catalog.reading() as connection:
                state = catalog.state(connection)
                view = self._views.latest
                if view is None or view.state.change != state.change:
                    try:
                        view = self._views.at(connection, state)
                    except FileNotFoundError as error:
                        missing = error
                        continue
                yield connection, view
                return
        raise StoreError(f"The index is damaged: {missing.filename} is missing. {catalog.DAMAGED}")

    def _kept(self, connection: sqlite3.Connection, view: View, where: Where | None) -> Mask:
        if where is None:
            return view.alive
        from askew.stores.filters import rows_kept
        from askew.stores.where import parse

        node = parse(where)
        return view.masks.get(node, lambda: rows_kept(connection, node, view.state, self._columns) & view.alive)

    @cached_property
    def _columns(self) -> "Columns":
        from askew.stores.columns import Columns

        return Columns()

    def _writing(self) -> "Writer":
        if self._writer is None:
            raise StoreError(f"{self._folder} is open read-only; open it with writable=True.")
        return self._writer


def _approximate(view: View, ivf: "Ivf", queries: FloatMatrix, k: int, kept: Mask | None) -> Found:
    """Search the approximate index, and scan the rows that it does not cover yet."""
    found = ivf.search(view.vectors, queries, k, kept)
    if ivf.rows == view.state.rows:
        return found
    return merged(found, scan(view.vectors, queries, k, kept, view.state.longest, start=ivf.rows))


def _remove(folder: Path) -> None:
    """Delete a folder, retrying while tantivy's background threads still write to it."""
    for _ in range(LOOKS):
        try:
            return shutil.rmtree(folder)
        except OSError as error:
            if error.errno != errno.ENOTEMPTY:
                raise
            time.sleep(0.05)
    return shutil.rmtree(folder)


def _bytes(file: Path) -> int:
    """Return the file size, 0 if the file is gone."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except FileNotFoundError:
        return 0
