"""The writer of a local store, and the order in which its files reach the disk.

Vectors are appended and passages added to the text index first; the commit of the catalogue makes them valid.
Anything beyond the catalogue's count is left over from a crash and is truncated by the next writer.
"""

import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from askew.errors import InputError, StoreError
from askew.lock import WriteLock
from askew.stores import Entry, catalog, records, vectors
from askew.stores.catalog import Catalog, State
from askew.stores.records import Record
from askew.stores.text import TextIndex
from askew.stores.view import fill, last_key, text_folder, words

LOCK = "write.lock"


@dataclass(frozen=True)
class Home:
    """A store's folder and the settings fixed at its creation."""

    folder: Path
    dim: int
    language: str


class Writer:
    def __init__(self, home: Home, catalogue: Catalog, wait: float) -> None:
        """Acquire the write lock, waiting up to `wait` seconds, and clean up after a crash."""
        self.home = home
        self._catalog = catalogue
        self._lock = WriteLock(home.folder / LOCK, wait)
        try:
            catalogue.upgrade()
            with catalogue.reading() as connection:
                state = catalog.state(connection)
                self.text = open_text(home, connection, state)
            self._cut_vectors(state)
            sweep(home.folder, catalogue)
        except BaseException:
            self._lock.release()
            raise

    def write(self, entries: Sequence[Entry]) -> None:
        checked = [records.checked(entry, self.home.dim) for entry in entries]
        ids = [entry.document.id for entry in entries]
        if len(set(ids)) < len(ids):
            twice = next(id for id, count in Counter(ids).items() if count > 1)
            raise InputError(f"Duplicate id {twice!r} in one batch. Each document needs a unique id.")
        with self._catalog.writing() as connection:
            state = catalog.state(connection)
            after = records.insert(connection, records.remove(connection, state, ids), checked)
            self._append(checked, state)
            catalog.set_state(connection, after)

    def delete(self, ids: Sequence[str]) -> int:
        with self._catalog.writing() as connection:
            state = catalog.state(connection)
            after = records.remove(connection, state, ids)
            if after.documents < state.documents:
                catalog.set_state(connection, after)
        return state.documents - after.documents

    @contextmanager
    def changing(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction that changes no document, so readers need not reload any file."""
        with self._catalog.writing() as connection:
            yield connection

    def close(self) -> None:
        self.text.close()
        self._lock.release()

    def _append(self, checked: Sequence[Record], state: State) -> None:
        """Append vectors and texts before the commit. If the commit fails, they are beyond the count and will be
        truncated or overwritten.
        """
        entries = [record.entry for record in checked]
        rows = np.concatenate([np.empty((0, self.home.dim), np.float32), *(e.vectors for e in entries)])
        vectors.append(vectors.file_of(self.home.folder, state.generation), rows, state.rows)
        first = state.base + state.rows
        if self.text.end() > first:
            self.text.forget_from(first)
        keys = iter(range(first, first + len(rows)))
        try:
            self.text.add(
                (next(keys), words(entry.document.title, passage.heading, passage.text))
                for entry in entries
                for passage in entry.passages
            )
            self.text.commit()
        except BaseException:
            self.text.rollback()
            raise

    def _cut_vectors(self, state: State) -> None:
        path = vectors.file_of(self.home.folder, state.generation)
        if not path.exists():
            raise StoreError(f"The index is damaged: {path} is missing. {catalog.DAMAGED}")
        vectors.cut(path, state.rows, self.home.dim)


def open_text(home: Home, connection: sqlite3.Connection, state: State) -> TextIndex:
    """Open the text index for this state: drop uncommitted passages, and rebuild it if it is incomplete."""
    folder = text_folder(home.folder, state.generation)
    try:
        text = TextIndex(folder, home.language)
        if text.end() > state.base + state.rows:
            text.forget_from(state.base + state.rows)
            text.commit()
        if text.end() > last_key(connection):
            return text
    except StoreError:
        if not folder.exists():
            raise  # it could not even be created
    shutil.rmtree(folder)
    text = TextIndex(folder, home.language)
    fill(text, connection)
    return text


def sweep(folder: Path, catalogue: Catalog) -> None:
    """Delete files that the catalogue does not refer to: outdated ones, and leftovers of a crash."""
    with catalogue.reading() as connection:
        generation = catalog.state(connection).generation
        named = catalog.get_object(connection, "ivf").get("name", "")
    current = {vectors.file_of(folder, generation).name, text_folder(folder, generation).name, named}
    for pattern in (f"{vectors.PREFIX}*", "text-*", "ivf-*"):
        for left in folder.glob(pattern):
            if left.name in current:
                continue
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)
