"""Integrity check: every part of a store against the catalogue."""

import sqlite3
from collections.abc import Iterator

import numpy as np

from askew.errors import StoreError
from askew.stores import sources
from askew.stores.view import View, Views

ROWS = 1 << 15

SUMS = """SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages), (SELECT count(*) FROM texts),
                 (SELECT coalesce(sum(tokens), 0) FROM documents), (SELECT coalesce(sum(seen), 0) FROM documents)"""
TORN = """SELECT id FROM documents LEFT JOIN texts USING (number)
          WHERE text IS NULL OR passages <> (
            SELECT count(*) FROM passages WHERE key BETWEEN first AND first + documents.passages - 1
            AND document = documents.number)"""
BEYOND = """SELECT id FROM passages JOIN documents ON documents.number = document JOIN texts ON texts.number = document
            WHERE "end" > length(text) AND instr(CAST(text AS BLOB), x'00') = 0"""
"""Skips texts that contain NUL: SQLite's length() stops there."""


def faults(connection: sqlite3.Connection, view: View, views: Views) -> list[str]:
    """Return every problem found, one sentence each."""
    return [
        *_database(connection),
        *_counts(connection, view),
        *_documents(connection),
        *_sources(connection),
        *_rows(connection, view),
        *_text(connection, view, views),
        *(problem for problem in [views.fault(connection)] if problem),
    ]


def _database(connection: sqlite3.Connection) -> Iterator[str]:
    for (line,) in connection.execute("PRAGMA integrity_check"):
        if line != "ok":
            yield f"The catalogue is damaged: {line}."


def _counts(connection: sqlite3.Connection, view: View) -> Iterator[str]:
    state = view.state
    found = connection.execute(SUMS).fetchone()
    names = ("documents", "passages", "texts", "tokens", "tokens seen")
    counted = (state.documents, state.passages, state.documents, state.tokens, state.seen)
    for name, stored, count in zip(names, found, counted, strict=True):
        if stored != count:
            yield f"The catalogue contains {stored:,} {name}, but its counter says {count:,}."


def _documents(connection: sqlite3.Connection) -> Iterator[str]:
    for (id,) in connection.execute(TORN):
        yield f"Document {id!r} is incomplete: its text or some of its passages are missing."
    for (id,) in connection.execute(BEYOND):
        yield f"Document {id!r} has a passage that extends past the end of its text."


def _sources(connection: sqlite3.Connection) -> Iterator[str]:
    for name in sources.misplaced(connection):
        yield f"The source or stamp of {name!r} is invalid."


def _rows(connection: sqlite3.Connection, view: View) -> Iterator[str]:
    keys = np.array([key for (key,) in connection.execute("SELECT key FROM passages ORDER BY key")], np.int64)
    if not np.array_equal(keys - view.state.base, np.flatnonzero(view.alive)):
        yield "The live vector rows do not match the passages."
    for start in range(0, view.state.rows, ROWS):
        block = view.vectors[start : start + ROWS]
        if not np.isfinite(block).all():
            yield f"Vectors {start:,} to {start + len(block) - 1:,}: at least one contains NaN or infinity."
        if np.linalg.norm(block, axis=1).max(initial=0) > view.state.longest * (1 + 1e-5):
            yield f"Vectors {start:,} to {start + len(block) - 1:,}: at least one exceeds the recorded maximum norm."


def _text(connection: sqlite3.Connection, view: View, views: Views) -> Iterator[str]:
    try:
        indexed = views.text(connection, view.state).keys()
    except StoreError as error:
        yield str(error)
        return
    missing = np.setdiff1d(np.flatnonzero(view.alive) + view.state.base, indexed)
    if len(missing):
        yield f"The text index is missing {len(missing):,} passages; run `askew index` to repair it."
