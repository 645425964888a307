"""The writer of a local store, the order in which its files reach the disk, and compaction.

Vectors are appended and passages added to the text index first; the commit of the catalogue makes them valid.
Anything beyond the catalogue's count is left over from a crash and is truncated by the next writer. A compaction
writes a new generation of files with the live rows only, complete on disk before the catalogue refers to them.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from askew.errors import StoreError
from askew.lock import WriteLock
from askew.progress import Progress, Report
from askew.quantisation import Bytes, RowFormat
from askew.stores import Entry, catalog, flat, impacts, records
from askew.stores.catalog import Files, State
from askew.stores.local import inverted_file, vectors
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder, remove
from askew.stores.local.ivf import NEAREST
from askew.stores.local.ivf_build import without
from askew.stores.local.snapshot import View, fill, last_key
from askew.stores.text import TextIndex, damaged_files, words_of
from askew.types import FloatMatrix

LOCK = "write.lock"
MEASURED = 64 << 20
"""Bytes of given vectors that are kept until the recall of their precision is measured."""
ENOUGH = 1000
"""Vectors without which it is not measured."""
QUERIES = 500
SEED = 1
DUE = 0.1
"""Share of dead rows above which a compaction pays off."""
ROWS = 1 << 15
"""Rows copied at a time; a multiple of `vectors.BLOCK`."""

RENUMBER = """
CREATE TEMP TABLE renumbered AS SELECT key AS old, row_number() OVER (ORDER BY key) - 1 + :base AS new FROM passages;
CREATE UNIQUE INDEX temp.renumbered_old ON renumbered (old);
UPDATE passages SET key = (SELECT new FROM renumbered WHERE old = key);
UPDATE documents SET first = coalesce((SELECT new FROM renumbered WHERE old = first), :base);
UPDATE metadata SET first = coalesce((SELECT new FROM renumbered WHERE old = first), :base);
DELETE FROM dead;
DROP TABLE renumbered;
"""


@dataclass(frozen=True)
class Home:
    """A store's folder and the settings fixed at its creation."""

    folder: Folder
    form: RowFormat
    language: str


def lock(folder: Folder, wait: float) -> WriteLock:
    """Acquire the write lock of a store, waiting up to `wait` seconds."""
    return WriteLock(folder.inside / LOCK, wait, folder.path)


class Writer:
    def __init__(self, home: Home, catalogue: Catalog, lock: WriteLock, access: bool = False) -> None:
        """Clean up after a crash. access: whether the store has access control."""
        self.home = home
        self._access = access
        self._catalog = catalogue
        self._lock = lock
        self._given: list[FloatMatrix] = []
        """Vectors as they were given since the store was opened, if they are stored in another precision."""
        catalogue.upgrade()
        with catalogue.reading() as connection:
            state, names = catalog.state(connection), catalog.files(connection)
            self._cut_vectors(state, names)
            self.text = open_text(self.home, names, connection, state)
        sweep(catalogue)

    def write(self, entries: Sequence[Entry]) -> None:
        form = self.home.form
        checked = records.checked_batch(entries, form.dim, self._access)
        ids = [entry.document.id for entry in entries]
        given = np.concatenate([np.empty((0, form.dim), np.float32), *(entry.vectors for entry in entries)])
        rows = form.encode(given)
        longest = float(np.linalg.norm(form.decode(rows), axis=1).max(initial=0))
        with self._catalog.writing() as connection:
            state = catalog.state(connection)
            after = records.insert(connection, records.remove(connection, state, ids), checked)
            self._append(connection, [record.entry for record in checked], rows, state)
            longest = max(state.longest, longest) if state.rows else longest
            catalog.set_state(connection, replace(after, longest=longest))
        if not form.plain:
            self._given.append(given[: max(0, MEASURED // (4 * form.dim) - sum(map(len, self._given)))])

    def delete(self, ids: Sequence[str]) -> int:
        with self._catalog.writing() as connection:
            state = catalog.state(connection)
            after = records.remove(connection, state, ids)
            if after.documents < state.documents:
                catalog.set_state(connection, after)
        return state.documents - after.documents

    def repair_text(self) -> None:
        """Build the text index anew if it is damaged."""
        with self._catalog.reading() as connection:
            names, state = catalog.files(connection), catalog.state(connection)
            if any(damaged_files(self.home.folder.inside / names.text)):
                self.text.close()
                remove(self.home.folder.inside, [names.text])
                self.text = open_text(self.home, names, connection, state)

    def measure_precision(self) -> None:
        """Measure what the precision of the vectors costs, on those given since the store was opened, if these are
        more than at the last time.
        """
        rows = sum(map(len, self._given))
        with self._catalog.reading() as connection:
            known = catalog.get_object(connection, "stored")
        if rows < ENOUGH or rows <= known.get("rows", 0):
            return
        found = recall_of_precision(self.home.form, np.concatenate(self._given))
        with self._catalog.writing() as connection:
            catalog.put_object(connection, "stored", {"recall": found, "rows": rows, "queries": min(QUERIES, rows)})

    def compact(self, view: View, report: Report) -> None:
        """Write a new generation, if a tenth of the rows is dead."""
        if view.state.dead <= DUE * view.state.rows:
            return
        names = self._register(view.state.generation + 1)
        copied = _copy_vectors(self.home, names, view, report)
        with self._catalog.writing() as connection:
            state = catalog.state(connection)
            if state.change != view.state.change:
                raise StoreError("The index changed during compaction; no data was lost. Optimise it again.")
            base = state.base + state.rows
            _renumber(connection, base)
            text = TextIndex(self.home.folder.inside / names.text, self.home.language)
            fill(text, connection)
            _replace_sums(connection, copied.sums)
            catalog.set_files(connection, names)
            catalog.put_object(connection, "ivf", {})
            catalog.put_object(connection, inverted_file.ENTRY, {})
            catalog.set_state(
                connection,
                replace(
                    state,
                    generation=state.generation + 1,
                    base=base,
                    rows=state.passages,
                    deaths=0,
                    longest=copied.longest,
                ),
            )
        self.text.close()
        self.text = text
        sweep(self._catalog)
        with self._catalog.outside() as connection:
            connection.execute("VACUUM")

    def _register(self, generation: int) -> Files:
        """Return the names of a new generation, which the catalogue knows before the files exist.

        Leftovers of a failed attempt are removed: they would add duplicate passages under the same keys.
        """
        with self._catalog.writing() as connection:
            old = catalog.files(connection)
            new = Files.of(generation, old.made, self.home.form.precision)
            catalog.set_files(connection, replace(old, made=new.made))
        remove(self.home.folder.inside, [new.vectors, new.text])
        return new

    def close(self) -> None:
        self.text.close()
        self._lock.release()

    def abandon(self) -> None:
        """Let go of what a forked child inherited: tantivy's threads do not exist there, and waiting for them hangs."""
        self.text.abandon()
        self._lock.release()

    def _append(self, connection: sqlite3.Connection, entries: Sequence[Entry], rows: Bytes, state: State) -> None:
        """Append vectors and texts before the commit. If the commit fails, they are beyond the count and will be
        truncated or overwritten.
        """
        path = self.home.folder.inside / catalog.files(connection).vectors
        sums = vectors.append(path, rows, state.rows, _last_sum(connection, state.rows))
        connection.executemany("INSERT OR REPLACE INTO sums VALUES (?, ?)", sums.items())
        first = state.base + state.rows
        if self.text.end() > first:
            self.text.forget_from(first)
        try:
            self.text.add(zip(range(first, first + len(rows)), words_of(entries), strict=True))
            self.text.commit()
        except BaseException:
            self.text.rollback()
            raise

    def _cut_vectors(self, state: State, names: Files) -> None:
        path = self.home.folder.inside / names.vectors
        if not path.exists():
            raise StoreError(f"The index is damaged: {path} is missing. {catalog.DAMAGED}")
        vectors.cut(path, state.rows, self.home.form.width)


def recall_of_precision(form: RowFormat, given: FloatMatrix) -> float:
    """Return the share of the ten nearest of a vector in float32 that are still its nearest among the stored vectors.

    given: vectors (n, dim), of which up to `QUERIES` are the queries, in float32. Any of several tied vectors counts.
    """
    own = np.random.default_rng(SEED).choice(len(given), min(QUERIES, len(given)), replace=False)
    queries = given[own]
    truth = without(flat.nearest(given, queries, NEAREST + 1), own)
    stored = np.ascontiguousarray(form.decode(form.encode(given)))
    found = without(flat.nearest(stored, queries, NEAREST + 1), own)
    scores = np.einsum("ikj,ij->ik", given[found.rows], queries, dtype=np.float64).astype(np.float32)
    return round(float(np.mean(scores >= truth.scores[:, -1:])), 4)


def _last_sum(connection: sqlite3.Connection, rows: int) -> int | None:
    """Return the checksum of the last block, None if that is full."""
    if rows % vectors.BLOCK == 0:
        return None
    found = connection.execute("SELECT sum FROM sums WHERE block = ?", (rows // vectors.BLOCK,)).fetchone()
    return 0 if found is None else int(found[0])


def _replace_sums(connection: sqlite3.Connection, sums: dict[int, int]) -> None:
    connection.execute("DELETE FROM sums")
    connection.executemany("INSERT INTO sums VALUES (?, ?)", sums.items())


def open_text(home: Home, names: Files, connection: sqlite3.Connection, state: State) -> TextIndex:
    """Open the text index for this state: drop uncommitted passages, and rebuild it if it is incomplete."""
    folder = home.folder.inside / names.text
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
    remove(home.folder.inside, [names.text])
    text = TextIndex(folder, home.language)
    fill(text, connection)
    return text


def sweep(catalogue: Catalog) -> None:
    """Delete the files that the catalogue lists but does not use: outdated ones, and leftovers of a crash."""
    with catalogue.reading() as connection:
        names = catalog.files(connection)
        derived = (catalog.get_object(connection, entry).get("name", "") for entry in ("ivf", inverted_file.ENTRY))
        used = {names.vectors, names.text, *derived}
    left = [name for name in names.made if name not in used]
    if not left:
        return
    inside = catalogue.folder.inside
    remove(inside, left)
    gone = {name for name in left if not (inside / name).exists()}
    if gone:
        with catalogue.writing() as connection:
            names = catalog.files(connection)
            made = tuple(name for name in names.made if name not in gone)
            catalog.set_files(connection, replace(names, made=made))


@dataclass
class _Copied:
    sums: dict[int, int]
    longest: float = 0.0


def _copy_vectors(home: Home, names: Files, view: View, report: Report) -> _Copied:
    """Copy the live vectors; return their checksums and their maximum norm."""
    path = home.folder.inside / names.vectors
    vectors.create(path)
    copied, done, last = _Copied({}), 0, None
    for start in range(0, view.state.rows, ROWS):
        rows = view.vectors.encoded(start + np.flatnonzero(view.alive[start : start + ROWS]))
        copied.sums |= vectors.append(path, rows, done, last)
        copied.longest = max(copied.longest, float(np.linalg.norm(home.form.decode(rows), axis=1).max(initial=0)))
        done += len(rows)
        last = copied.sums[done // vectors.BLOCK] if done % vectors.BLOCK else None
        report(Progress("compact", start + ROWS, view.state.rows))
    return copied


def _renumber(connection: sqlite3.Connection, base: int) -> None:
    statements = RENUMBER.strip().split(";\n")
    if impacts.exist(connection):
        statements.insert(-1, impacts.RENUMBER)
    for statement in statements:
        connection.execute(statement.rstrip(";"), {"base": base} if ":base" in statement else {})
