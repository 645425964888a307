"""The catalogue of a replica: the tables and the text index of the local store, derived from the log of an engine.

All processes of a machine share it. One at a time brings it up to date, in a transaction for all new commits; the
others go on reading. It can be deleted while nobody has it open, and is then made anew.
"""

import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from askew.files import staging
from askew.lock import WriteLock
from askew.quantisation import RowFormat
from askew.stores import Layout, bookkeeping, catalog, impacts, records
from askew.stores.catalog import State, chunks
from askew.stores.local import database
from askew.stores.local.connections import guarded
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder
from askew.stores.replica.changes import ENTRY_NAMES
from askew.stores.replica.log import Commit, Delta, folded

if TYPE_CHECKING:
    from askew.stores.local.writer import Home
    from askew.stores.replica import Remote
    from askew.stores.replica.rows import Row
    from askew.stores.text import TextIndex

LOCK = "catalogue.lock"
PATIENCE = 60.0
"""Seconds that a process waits for another one to bring the catalogue up to date."""
BEHIND = 256
"""Commits behind which a checkpoint is not read, if there are no more."""
LATEST = "commit"
"""Entry of `meta`: the latest commit that is applied."""


def name() -> str:
    """Return the folder of the catalogue, another one whenever its format changes."""
    from askew.stores.text import ANALYSER

    return f"catalogue-{catalog.FORMAT}-{ANALYSER}"


class Replica:
    """The catalogue of one store on this machine. Thread-safe."""

    def __init__(self, place: Path, remote: "Remote", layout: Layout) -> None:
        """Open the catalogue in the folder `place`, or create an empty one."""
        self._place, self._remote = place, remote
        self.form, self.language = RowFormat(layout.dim, layout.precision), layout.language
        self._turn = threading.RLock()
        with guarded(place):
            place.mkdir(parents=True, exist_ok=True)
            folder = place / name()
            with closing_lock(place / LOCK, PATIENCE):
                if not folder.exists():
                    with staging(folder) as made:
                        database.create(made, self.form, layout.manifest, layout.language, layout.access)
            self.folder = Folder(folder)
        try:
            self.catalog = Catalog(self.folder, writable=False)
        except BaseException:
            self.folder.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self.catalog.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction that no other process of this machine has at the same time."""
        with (
            self._turn,
            closing_lock(self._place / LOCK, PATIENCE),
            closing(Catalog(self.folder, writable=True)) as writer,
            writer.writing() as connection,
        ):
            yield connection

    def follow(self, *, slept: bool = False) -> None:
        """Apply the commits that are not applied yet. Waits for a change of this process only if there are any.

        slept: since the last time, the commit after the one that is known may have been deleted again.
        """
        with self.reading() as connection:
            known = latest(connection)
        newest = [self._remote.head()] if slept else self._remote.after(known.number)
        if not newest or newest[-1].number <= known.number:
            return
        with self.writing() as connection:
            self._apply(connection)

    def _apply(self, connection: sqlite3.Connection) -> None:
        known = latest(connection)  # another process may have been faster
        commits = self._missing(known)
        if not commits:
            return
        last = commits[-1]
        deltas = []
        if known.number < commits[0].number - 1:  # also what was deleted is in the checkpoint only as what is not there
            clear(connection)
            deltas = [self._remote.checkpoint(last.checkpoint).delta]
            commits = self._remote.after(last.checkpoint)
            last = commits[-1]
        total = folded([*deltas, *(one.delta for one in commits)])
        self._insert(connection, last, total)
        apply(connection, total)
        finish(connection, last)

    def _missing(self, known: Commit) -> list[Commit]:
        """Return the commits after this one, or those after a checkpoint: of many, or if others are not there any more.

        A process that has slept long may ask for one that is gone; the latest tells.
        """
        head = self._remote.head()
        if head.number <= known.number:
            return []
        behind = head.number - known.number > BEHIND or not known.number
        found = self._remote.after(max(known.number, head.checkpoint) if behind else known.number)
        return found if found else [head]

    def _insert(self, connection: sqlite3.Connection, last: Commit, total: Delta) -> None:
        """Insert the new documents, without those that are deleted again, and delete old ones."""
        state, dead = catalog.state(connection), set(total.dead)
        state = remove(connection, state, total.dead)
        with self.text(connection, state) as text:
            for rows in self._remote.rows(last.versions, state.numbers):
                kept = [row for row in rows if row.number not in dead and row.number <= last.numbers]
                state = insert(connection, state, kept)
                index(text, kept)
            text.commit()
        catalog.set_state(connection, state)

    @contextmanager
    def text(self, connection: sqlite3.Connection, state: State) -> Iterator["TextIndex"]:
        """Open the text index for adding passages."""
        from askew.stores.local.writer import open_text

        text = open_text(self.home, catalog.files(connection), connection, state)
        try:
            yield text
        except BaseException:
            text.rollback()
            raise
        finally:
            text.close()

    @cached_property
    def home(self) -> "Home":
        from askew.stores.local.writer import Home

        return Home(self.folder, self.form, self.language)

    def close(self) -> None:
        self.catalog.close()
        self.folder.close()

    def abandon(self) -> None:
        """Let go of what a forked child inherited."""
        self.catalog.abandon(
            f"{self._remote.place} was opened before this process was forked. Open it in this process."
        )
        self._turn = threading.RLock()


@contextmanager
def closing_lock(path: Path, wait: float) -> Iterator[None]:
    lock = WriteLock(path, wait)
    try:
        yield
    finally:
        lock.release()


TABLES = ("documents", "texts", "passages", "metadata", "dead", "sources", "readers", impacts.TABLE)


def clear(connection: sqlite3.Connection) -> None:
    """Empty the catalogue."""
    held = {name for (name,) in connection.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")}
    for table in TABLES:
        if table in held:
            connection.execute(f"DELETE FROM {table}")
    for note in catalog.notes(connection):
        catalog.set_note(connection, note, "")
    connection.execute(f"DELETE FROM meta WHERE name IN ({catalog.marks(ENTRY_NAMES)})", ENTRY_NAMES)
    catalog.set_state(connection, State(generation=catalog.state(connection).generation + 1))


def latest(connection: sqlite3.Connection) -> Commit:
    """Return the latest commit that is applied, without its delta; number 0 before the first."""
    found = catalog.get_object(connection, LATEST)
    return Commit(**{**found, "delta": Delta()}) if found else Commit(0)


def finish(connection: sqlite3.Connection, commit: Commit) -> None:
    """Note that the catalogue is that of this commit."""
    catalog.put_object(connection, LATEST, {name: v for name, v in asdict(commit).items() if name != "delta"})
    state = catalog.state(connection)
    state = replace(state, numbers=commit.numbers, rows=commit.rows, longest=commit.longest)
    catalog.set_state(connection, replace(state, change=commit.number - 1))


def remove(connection: sqlite3.Connection, state: State, numbers: Sequence[int]) -> State:
    """Delete those of these documents that are there."""
    for part in chunks(numbers):
        marks = catalog.marks(part)
        ids = [id for (id,) in connection.execute(f"SELECT id FROM documents WHERE number IN ({marks})", part)]
        state = records.remove(connection, state, ids)
    return state


def insert(connection: sqlite3.Connection, state: State, rows: "Sequence[Row]") -> State:
    """Insert rows, whose numbers and keys may leave gaps."""
    ends = [0, *(n for n, (a, b) in enumerate(pairwise(rows), 1) if b.number != a.number + 1), len(rows)]
    for start, end in pairwise(ends):
        if start == end:
            continue
        run = rows[start:end]
        state = replace(state, numbers=run[0].number - 1, rows=run[0].first - state.base)
        state = records.insert(connection, state, [row.record for row in run])
        for row in run:
            if row.sparse is not None:
                impacts.insert_packed(connection, row.first, row.sparse)
    return state


def index(text: "TextIndex", rows: "Sequence[Row]") -> None:
    """Add the words of these rows' passages to the text index, visible after its `commit`."""
    from askew.stores.text import words_of

    for row in rows:
        keys = range(row.first, row.first + row.passages)
        text.add(zip(keys, words_of([row.record.entry]), strict=True))


def apply(connection: sqlite3.Connection, delta: Delta) -> None:
    """Apply what a delta says beside deletions."""
    _move(connection, delta.moved)
    if delta.readers and catalog.has_readers(connection):
        from askew.stores import readers

        held = dict(catalog.select(connection, "SELECT number, id FROM documents WHERE number IN ({})", delta.readers))
        readers.put(connection, {held[n]: frozenset(names) for n, names in delta.readers.items() if n in held})
    for entry, value in delta.entries.items():
        if value is None:
            connection.execute("DELETE FROM meta WHERE name = ?", (entry,))
        else:
            catalog.put(connection, entry, value)
    catalog.forget(connection, delta.sources)
    stamps = {path: stamp for path, stamp in delta.sources.items() if stamp is not None}
    rows = [(path, stamp, catalog.checksum(path, stamp)) for path, stamp in stamps.items()]
    connection.executemany("INSERT OR REPLACE INTO sources (path, stamp, sum) VALUES (?, ?, ?)", rows)


def _move(connection: sqlite3.Connection, moved: Mapping[int, str]) -> None:
    query = "SELECT number, id FROM documents WHERE number IN ({})"
    held = dict(catalog.select(connection, query, moved))
    bookkeeping.move(connection, {held[number]: path for number, path in moved.items() if number in held})
