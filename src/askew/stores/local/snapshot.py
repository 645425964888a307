"""Snapshots of a local store, and how a process keeps up with a concurrent writer.

Everything here is derived from the catalogue's state. If a derived file is missing, damaged or out of date, a reader
works without it (builds the text index in memory, scans the vectors) and the next writer repairs it.
"""

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from askew.errors import StoreError
from askew.quantisation import Precision, RowFormat
from askew.stores import Block, Keys, Mask, catalog
from askew.stores.catalog import State
from askew.stores.flat import Found, merged, scan
from askew.stores.local.folder import Folder
from askew.stores.local.vectors import VectorFile, Vectors
from askew.types import FloatMatrix

if TYPE_CHECKING:
    from askew.stores.inverted import Inverted
    from askew.stores.local.inverted_file import InvertedFile
    from askew.stores.local.ivf import Ivf
    from askew.stores.text import TextIndex
    from askew.stores.where import Node

SUMMED = 3
"""The first format with checksums of the vectors."""
LOADING = 32 << 20
"""Bytes of vectors that are scanned in less time than it takes to import FAISS and load an approximate index."""

HELD = 16
"""Masks kept in memory, each one byte per row."""


class Masks:
    """A cache of the filter masks of one snapshot: people page through a filtered search, and users share filters."""

    def __init__(self) -> None:
        self._held: dict[Node, Mask] = {}
        self._lock = threading.Lock()

    def get(self, node: "Node", find: Callable[[], Mask]) -> Mask:
        """Return the cached mask for this filter, or compute it. It is shared and therefore read-only."""
        with self._lock:
            mask = self._held.pop(node, None)
        if mask is None:  # not under the lock: two threads may compute the same mask, none waits for another's
            mask = find()
            mask.setflags(write=False)
        with self._lock:
            self._held[node] = mask
            if len(self._held) > HELD:
                del self._held[next(iter(self._held))]
        return mask


class IvfFile:
    """An approximate index on disk, loaded when first needed: a process with a single query may do without it."""

    def __init__(self, folder: Folder, name: str) -> None:
        self.name = name
        self._folder = folder
        self._searched = False

    @cached_property
    def ivf(self) -> "Ivf | None":
        """The index; None if it is damaged or has just been replaced: then every row is scanned."""
        from askew.stores.local.ivf import load

        try:
            return load(self._folder.inside / self.name)
        except (StoreError, FileNotFoundError):
            return None

    def for_queries(self, queries: int, size: int) -> "Ivf | None":
        """Return the index, or None to scan instead: for the first query over `size` bytes, if these are few."""
        first, self._searched = not self._searched, True
        if first and queries == 1 and size <= LOADING and "ivf" not in self.__dict__:
            return None
        ivf = self.ivf
        return ivf if ivf is not None and ivf.intact() else None


@dataclass(frozen=True)
class View:
    """A snapshot. `vectors` has a row for every passage written in this generation, `alive` a flag per row.

    file: the approximate index, if built; it may cover only the first rows. rescored: of binary vectors, the number of
    candidates for k = 10; None for the default (`askew.stores.local.hamming`).
    """

    state: State
    vectors: Vectors
    alive: Mask
    file: IvfFile | None
    masks: Masks = field(default_factory=Masks)
    rescored: int | None = None

    @property
    def ivf(self) -> "Ivf | None":
        return None if self.file is None else self.file.ivf

    def rows(self, keys: Sequence[int] | Keys) -> FloatMatrix:
        """Return the vectors of these passages, in order. Raises KeyError for a dead or unknown key."""
        rows = np.asarray(keys, np.int64).reshape(-1) - self.state.base
        known = (rows >= 0) & (rows < self.state.rows)
        known[known] = self.alive[rows[known]]
        if not known.all():
            raise KeyError(int(rows[~known][0]) + self.state.base)
        return np.ascontiguousarray(self.vectors[rows], np.float32)

    def flat(self, queries: FloatMatrix, k: int, kept: Mask | None) -> Found:
        """Search without the approximate index: score every kept row; of binary vectors, those with similar signs."""
        if self.vectors.file.form.precision is Precision.BINARY:
            from askew.stores.local import hamming

            rescored = self.rescored or hamming.Candidates().rescored
            return hamming.search(self.vectors, queries, k, kept, self.state.longest, rescored)
        return scan(self.vectors, queries, k, kept, self.state.longest)

    def approximate(self, ivf: "Ivf", queries: FloatMatrix, k: int, kept: Mask | None) -> Found:
        """Search the approximate index, and scan the rows that it does not cover yet."""
        found = ivf.search(self.vectors, queries, k, kept)
        if ivf.rows == self.state.rows:
            return found
        return merged(found, scan(self.vectors, queries, k, kept, self.state.longest, start=ivf.rows))


@dataclass(frozen=True)
class ViewBlocks:
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


class Views:
    """A cache of the latest view; rereads the disk only when the catalogue's change counter moves. Thread-safe."""

    def __init__(self, folder: Folder, form: RowFormat, language: str) -> None:
        self._folder = folder
        self._form = form
        self._language = language
        self.latest: View | None = None
        """The cached view, which may be out of date."""
        self._turn = threading.RLock()
        self._vectors: VectorFile | None = None
        self._file: IvfFile | None = None
        self._sparse: InvertedFile | None = None
        self._text: TextIndex | None = None
        self._text_state: State | None = None
        self._doubted = False
        """Whether the text index was found changed by another program, so that it is verified before it is used."""

    def at(self, connection: sqlite3.Connection, state: State, changing: bool = False) -> View:
        """Return the view of this state. Raises FileNotFoundError if a writer has just replaced a file: retry.

        changing: the transaction is one that writes, and may be undone.
        """
        with self._turn:
            old = self.latest
            if old is not None and old.state.change == state.change and not changing:
                return old
            if changing:
                return self.anew()._view(connection, state)
            view = self._view(connection, state)
            if old is None or old.state.change < state.change:
                self.latest = view
            return view

    def anew(self) -> "Views":
        """Return an empty cache of the same store."""
        return Views(self._folder, self._form, self._language)

    def _view(self, connection: sqlite3.Connection, state: State) -> View:
        names = catalog.files(connection)
        path = self._folder.inside / names.vectors
        file = self._vectors
        if file is None or file.path.name != path.name:
            file = VectorFile(path, self._form)
        sums = None
        if catalog.get(connection, "format") >= SUMMED:
            sums = dict(connection.execute("SELECT block, sum FROM sums WHERE block >= ?", (file.known,)))
        vectors = file.at(state.rows, sums)
        self._vectors = file
        alive, ivf = self._alive(connection, state), self._current_file(connection)
        noted = {} if self._form.precision is not Precision.BINARY else catalog.get_object(connection, "hamming")
        return View(state, vectors, alive, ivf, rescored=noted.get("rescored"))

    def inverted(self, connection: sqlite3.Connection, state: State, changing: bool) -> "Inverted":
        """Return the sparse vectors of this state. changing: as for `at`; then nothing is kept."""
        from askew.stores.local.inverted_file import InvertedFile

        with self._turn:
            if changing:
                return InvertedFile(self._folder).at(connection, state)
            if self._sparse is None:
                self._sparse = InvertedFile(self._folder)
            return self._sparse.at(connection, state)

    def text(self, connection: sqlite3.Connection, state: State) -> "TextIndex":
        """Return a text index that is at least as recent as this state."""
        with self._turn:
            if self._text is not None and not self._text.intact():
                self._text, self._doubted = None, True
            if self._text is None or self._text_state != state:
                self._text = self._current_text(connection, state)
                self._text_state = state
            return self._text

    def text_made_anew(self, connection: sqlite3.Connection, state: State) -> "TextIndex":
        """Return a text index in memory, in place of one that turned out to be damaged."""
        with self._turn:
            self._text, self._text_state, self._doubted = self._made_text(connection), state, True
            return self._text

    def _alive(self, connection: sqlite3.Connection, state: State) -> Mask:
        old = self.latest
        if old is not None and old.state.generation == state.generation and old.state.change < state.change:
            flags, known = np.ones(state.rows, np.bool_), old.state.deaths
            flags[: old.state.rows] = old.alive
        else:
            flags, known = np.ones(state.rows, np.bool_), 0
        query = "SELECT first, passages FROM dead WHERE sequence > ?"
        for first, passages in connection.execute(query, (known,)):
            flags[first - state.base : first - state.base + passages] = False
        return flags

    def fault(self, connection: sqlite3.Connection) -> str:
        """Return what is wrong with the approximate index; "" if it is intact or absent."""
        from askew.stores.local.ivf import load

        name = catalog.get_object(connection, "ivf").get("name")
        try:
            if name is not None:
                load(self._folder.inside / name)
        except (StoreError, FileNotFoundError) as error:
            return f"The approximate index is missing or damaged ({error}); run `askew index` to rebuild it."
        return ""

    def text_fault(self, connection: sqlite3.Connection) -> str:
        """Return what is wrong with the files of the text index, in whose place readers build one in memory."""
        from askew.stores.text import TextIndex

        folder = self._folder.inside / catalog.files(connection).text
        try:
            end = TextIndex(folder, self._language, existing=True).end()
        except (StoreError, FileNotFoundError) as error:
            if not os.access(folder.parent, os.W_OK):
                return ""  # tantivy cannot create its lock file
            return f"The text index cannot be opened ({error}); run `askew index` to rebuild it."
        return "" if end > last_key(connection) else "The text index is incomplete; run `askew index` to rebuild it."

    def _current_file(self, connection: sqlite3.Connection) -> IvfFile | None:
        name = catalog.get_object(connection, "ivf").get("name")
        if name is None:
            return None
        if self._file is None or self._file.name != name:
            self._file = IvfFile(self._folder, name)
        return self._file

    def _current_text(self, connection: sqlite3.Connection, state: State) -> "TextIndex":
        from askew.stores.text import TextIndex, sound

        folder = self._folder.inside / catalog.files(connection).text
        last = last_key(connection)
        if folder.is_dir():
            try:
                if sound(folder, thorough=self._doubted):
                    found = TextIndex(folder, self._language, existing=True)
                    if found.end() > last:
                        return found
            except (StoreError, FileNotFoundError):
                pass  # just replaced, damaged, or on a read-only disk, where tantivy cannot create its lock file
        return self._made_text(connection)

    def _made_text(self, connection: sqlite3.Connection) -> "TextIndex":
        from askew.stores.text import TextIndex

        made = TextIndex(None, self._language)
        fill(made, connection)
        return made


def last_key(connection: sqlite3.Connection) -> int:
    """Return the highest live key; -1 if there is none."""
    found = connection.execute("SELECT max(key) FROM passages").fetchone()[0]
    return -1 if found is None else int(found)


def fill(text: "TextIndex", connection: sqlite3.Connection) -> None:
    text.add(words_of_passages(connection))
    text.commit()


def words_of_passages(connection: sqlite3.Connection) -> Iterator[tuple[int, str]]:
    """Yield each passage's key and the text to index for it, in key order."""
    from askew.stores.text import file_name, words

    query = """SELECT key, id, source, title, heading, start, "end", text FROM passages
               JOIN documents ON documents.number = document JOIN texts ON texts.number = document ORDER BY key"""
    for key, id, source, title, heading, start, end, text in connection.execute(query):
        yield key, words(file_name(id, source), title, heading, text[start:end])  # SQLite's substr stops at a NUL
