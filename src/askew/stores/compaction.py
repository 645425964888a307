"""Compaction: a new generation of files with the live rows only, to reclaim the space of replaced and deleted ones.

Live passages get new keys above every key ever assigned, so an old key becomes unknown and is never reused. The new
files are complete on disk before the catalogue refers to them.
"""

import shutil
import sqlite3
from dataclasses import replace

import numpy as np

from askew.errors import StoreError
from askew.progress import Progress, Report
from askew.stores import catalog, vectors
from askew.stores.catalog import Catalog, State
from askew.stores.text import TextIndex
from askew.stores.view import View, fill, text_folder
from askew.stores.writer import Home
from askew.types import FloatMatrix

DUE = 0.1
"""Share of dead rows above which a compaction pays off."""
ROWS = 1 << 15

RENUMBER = """
CREATE TEMP TABLE renumbered AS SELECT key AS old, row_number() OVER (ORDER BY key) - 1 + :base AS new FROM passages;
CREATE UNIQUE INDEX temp.renumbered_old ON renumbered (old);
UPDATE passages SET key = (SELECT new FROM renumbered WHERE old = key);
UPDATE documents SET first = coalesce((SELECT new FROM renumbered WHERE old = first), :base);
UPDATE metadata SET first = coalesce((SELECT new FROM renumbered WHERE old = first), :base);
DELETE FROM dead;
DROP TABLE renumbered;
"""


def due(state: State) -> bool:
    return state.dead > DUE * state.rows


def compact(home: Home, catalogue: Catalog, view: View, report: Report) -> TextIndex:
    """Write a new generation and return its text index. Writer only; the caller removes the old files afterwards."""
    generation = view.state.generation + 1
    longest = _copy_vectors(home, view, generation, report)
    with catalogue.writing() as connection:
        state = catalog.state(connection)
        if state.change != view.state.change:
            raise StoreError("The index changed during compaction; no data was lost. Optimise it again.")
        base = state.base + state.rows
        _renumber(connection, base)
        # Leftovers of a failed attempt would add duplicate passages under the same keys.
        shutil.rmtree(text_folder(home.folder, generation), ignore_errors=True)
        text = TextIndex(text_folder(home.folder, generation), home.language)
        fill(text, connection)
        after = replace(state, generation=generation, base=base, rows=state.passages, deaths=0, longest=longest)
        catalog.put_object(connection, "ivf", {})
        catalog.set_state(connection, after)
    return text


def _copy_vectors(home: Home, view: View, generation: int, report: Report) -> float:
    """Copy the live vectors and return their maximum norm."""
    path = vectors.file_of(home.folder, generation)
    path.unlink(missing_ok=True)
    vectors.create(path)
    longest, done = 0.0, 0
    for start in range(0, view.state.rows, ROWS):
        rows: FloatMatrix = view.vectors[start : start + ROWS][view.alive[start : start + ROWS]]
        vectors.append(path, rows, done)
        longest = max(longest, float(np.linalg.norm(rows, axis=1).max(initial=0)))
        done += len(rows)
        report(Progress("compact", start + ROWS, view.state.rows))
    return longest


def _renumber(connection: sqlite3.Connection, base: int) -> None:
    for statement in RENUMBER.strip().split(";\n"):
        connection.execute(statement.rstrip(";"), {"base": base} if ":base" in statement else {})
