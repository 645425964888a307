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
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np

from askew.errors import StoreError
from askew.paths import staging_beside
from askew.progress import Report, silent
from askew.stores import (
    Account,
    Block,
    Entry,
    Keys,
    Neighbours,
    Sizes,
    Snapshot,
    accounts,
    audit,
    catalog,
    compaction,
    records,
    sources,
    tuning,
    vectors,
    versions,
)
from askew.stores.catalog import Catalog
from askew.stores.exact import Found, merged, nothing, scan
from askew.stores.filters import rows_kept
from askew.stores.masks import Mask
from askew.stores.text import LANGUAGES
from askew.stores.view import View, Views
from askew.stores.where import parse
from askew.stores.writer import Home, Writer, sweep
from askew.types import Document, FloatMatrix, Passage, Where

T = TypeVar("T")

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
            self._writer = Writer(Home(folder, dim, language), self._catalog, wait) if writable else None
            undo.pop_all()

    @classmethod
    def create(cls, folder: Path, dim: int, manifest: str, *, language: str = "") -> Self:
        """Create a store. language: the stemmer of the text index, one of `askew.stores.text.LANGUAGES`."""
        if language not in LANGUAGES:
            raise StoreError(f"The text index has no stemmer for {language!r}. Choose 'english', or '' for none.")
        if folder.exists():
            raise StoreError(f"{folder} already exists; choose another name, or delete it first.")
        staging = staging_beside(folder)
        try:
            catalog.create(staging, dim, manifest, language)
            vectors.create(vectors.file_of(staging, 1))
            staging.rename(folder)
            vectors.sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(staging, ignore_errors=True)
            raise
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
        with self._catalog.reading() as connection:
            return sources.stamps(connection)

    def remember(self, stamps: Mapping[str, str]) -> None:
        with self._changing, self._writing().changing() as connection:
            sources.remember(connection, stamps)

    def forget(self, paths: Sequence[str]) -> None:
        with self._changing, self._writing().changing() as connection:
            sources.forget(connection, paths)

    def ids_within(self, path: str) -> dict[str, str]:
        with self._catalog.reading() as connection:
            return sources.ids_within(connection, path)

    def assign(self, paths: Mapping[str, str]) -> None:
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
        view, kept = self._look(lambda connection, view: (view, self._kept(connection, view, where)))
        k = max(0, min(k, view.state.rows))
        found = _nearest(view, queries, k, kept) if k and len(queries) else nothing(len(queries), k)
        return Neighbours(np.where(found.rows >= 0, found.rows + view.state.base, -1), found.scores)

    def lexical(self, query: str, k: int, where: Where | None = None) -> Neighbours:
        def search(connection: sqlite3.Connection, view: View) -> Neighbours:
            text = self._views.text(connection, view.state)
            found = text.search(query, k, view.state.base, self._kept(connection, view, where))
            return Neighbours(found.keys[None], found.scores[None])

        return self._look(search)

    def scratch(self) -> Path:
        return self._folder / "derived"

    def blocks(self, where: Where | None = None, rows: int = 8192) -> Snapshot:
        return _Blocks(*self._look(lambda connection, view: (view, self._kept(connection, view, where))), rows)

    def keys(self, where: Where | None = None) -> Keys:
        def found(connection: sqlite3.Connection, view: View) -> Keys:
            return np.flatnonzero(self._kept(connection, view, where)) + view.state.base

        return self._look(found)

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        return self._look(lambda _, view: view.rows(keys))

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
        return self._look(lambda connection, view: int(np.count_nonzero(self._kept(connection, view, where))))

    def sizes(self) -> Sizes:
        with self._catalog.reading() as connection:
            state = catalog.state(connection)
        used = sum(map(_bytes, versions.files(self._folder)))
        return Sizes(state.documents, state.passages, state.tokens, state.seen, state.truncated, used)

    def losers(self, limit: int) -> list[Account]:
        with self._catalog.reading() as connection:
            return accounts.losers(connection, limit)

    def accounts(self) -> Iterable[Account]:
        with self._catalog.reading() as connection:
            last = catalog.state(connection).numbers
        return self._accounts(last)

    def _accounts(self, last: int) -> Iterator[Account]:
        after = 0
        while after < last:
            with self._catalog.reading() as connection:
                page, after = accounts.page(connection, after, last)
            yield from page

    def facts(self) -> Mapping[str, Any]:
        with self._catalog.reading() as connection:
            return tuning.facts(connection)

    def recall(self) -> float:
        return tuning.asked(self._catalog)

    def check(self) -> list[str]:
        return self._look(lambda connection, view: audit.faults(connection, view, self._views))

    def optimise(self, report: Report = silent, recall: float | None = None) -> None:
        writer = self._writing()
        with self._changing:
            view = self._look(lambda _, view: view)
            if compaction.due(view.state):
                self._compact(writer, view, report)
            tuning.tune(self._catalog, self._look(lambda _, view: view), self._folder, recall, report)
            sweep(self._folder, self._catalog)
            with self._catalog.outside() as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _compact(self, writer: Writer, view: View, report: Report) -> None:
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

    def _look(self, act: Callable[[sqlite3.Connection, View], T]) -> T:
        for look in range(LOOKS):
            with self._catalog.reading() as connection:
                try:
                    return act(connection, self._views.at(connection, last=look == LOOKS - 1))
                except FileNotFoundError as error:
                    missing = error
        raise StoreError(f"The index is damaged: {missing.filename} is missing. {catalog.DAMAGED}")

    def _kept(self, connection: sqlite3.Connection, view: View, where: Where | None) -> Mask:
        if where is None:
            return view.alive
        node = parse(where)
        return view.masks.get(node, lambda: rows_kept(connection, node, view.state) & view.alive)

    def _writing(self) -> Writer:
        if self._writer is None:
            raise StoreError(f"{self._folder} is open read-only; open it with writable=True.")
        return self._writer


@dataclass(frozen=True)
class _Blocks:
    """A snapshot of the kept rows."""

    view: View
    kept: Mask
    rows: int

    @property
    def keys(self) -> Keys:
        return np.flatnonzero(self.kept) + self.view.state.base

    def vectors(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        rows = np.asarray(keys, np.int64).reshape(-1) - self.view.state.base
        return np.ascontiguousarray(self.view.vectors[rows], np.float32)

    def __iter__(self) -> Iterator[Block]:
        for start in range(0, self.view.state.rows, self.rows):
            here = np.flatnonzero(self.kept[start : start + self.rows]) + start
            if len(here):
                yield Block(here + self.view.state.base, self.view.vectors[here])


def _nearest(view: View, queries: FloatMatrix, k: int, kept: Mask) -> Found:
    everything = None if view.state.dead == 0 and kept is view.alive else kept
    longest, ivf = view.state.longest, view.ivf
    if ivf is None or not ivf.worth_it(everything):
        return scan(view.vectors, queries, k, everything, longest)
    found = ivf.search(view.vectors, queries, k, everything)
    if ivf.rows == view.state.rows:
        return found
    return merged(found, scan(view.vectors, queries, k, everything, longest, start=ivf.rows))


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
