"""Integrity check: every part of a store against the catalogue."""

import json
import os
import re
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter

import numpy as np

from askew.errors import StoreError
from askew.files import HIDDEN
from askew.stores import bookkeeping, catalog, impacts, readers, records
from askew.stores.catalog import checksum
from askew.stores.local import inverted_file, schema, versions
from askew.stores.local.folder import Folder
from askew.stores.local.snapshot import View, Views
from askew.stores.local.vectors import BLOCK
from askew.stores.text import damaged_files
from askew.stores.where import leaves

ROWS = 1 << 15
NAMES = set(re.findall(r"CREATE (?:TABLE|INDEX) (\w+)", catalog.SCHEMA))

SUMS = """SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM passages), (SELECT count(*) FROM texts),
                 (SELECT coalesce(sum(tokens), 0) FROM documents), (SELECT coalesce(sum(seen), 0) FROM documents)"""
TORN = """SELECT id FROM documents LEFT JOIN texts USING (number)
          WHERE text IS NULL OR passages <> (
            SELECT count(*) FROM passages WHERE key BETWEEN first AND first + documents.passages - 1
            AND document = documents.number)"""
BEYOND = """SELECT id FROM passages JOIN documents ON documents.number = document JOIN texts ON texts.number = document
            WHERE "end" > length(text) AND instr(CAST(text AS BLOB), x'00') = 0"""
"""Skips texts that contain NUL: SQLite's length() stops there."""


def catalogue_faults(connection: sqlite3.Connection, quick: bool = False) -> list[str]:
    """Return every problem of the catalogue, one sentence each. quick: without its pages and checksums."""
    found = [*_schema(connection), *_documents(connection), *_sources(connection)]
    if quick:
        return found
    return [*_database(connection), *found, *_sums(connection), *_metadata(connection), *_optional(connection)]


def _optional(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield what is wrong with what only some stores have."""
    yield from impacts.faults(connection)
    yield from readers.faults(connection)


def faults(connection: sqlite3.Connection, view: View, views: Views, folder: Folder, quick: bool = False) -> list[str]:
    """Return every problem of the files against the catalogue. quick: a sample of the vectors, not all."""
    found = [
        *_counts(connection, view),
        *_rows(connection, view, quick),
        *_text(connection, view, views),
        *(problem for problem in [views.fault(connection), inverted_file.fault(connection, folder)] if problem),
        *([] if quick else text_faults(folder, catalog.files(connection).text)),
    ]
    return [folder.shown(problem) for problem in found]


def foreign(connection: sqlite3.Connection, folder: Folder) -> list[str]:
    """Return the names in the folder that are not the store's: they are left alone."""
    made = set(catalog.files(connection).made)
    own = made | versions.OWN
    names = [entry.name for entry in os.scandir(folder.inside)]
    return sorted(name for name in names if name not in own and not name.endswith(HIDDEN))


def _schema(connection: sqlite3.Connection) -> Iterator[str]:
    """Compare the tables with those of this version; migrated ones may have their columns in another order."""
    if catalog.get(connection, "format") < catalog.FORMAT:
        return
    query = "SELECT name FROM main.sqlite_schema WHERE name NOT LIKE 'sqlite_%'"
    found = {name for (name,) in connection.execute(query)}
    if found - {impacts.TABLE, *readers.NAMES} != NAMES:
        yield f"The catalogue's tables are damaged: {', '.join(sorted(map(str, found ^ NAMES)))}."


def _sums(connection: sqlite3.Connection) -> Iterator[str]:
    for name in bookkeeping.damaged(connection):
        yield f"The catalogue's entry {name.removeprefix(catalog.NOTE)!r} is damaged."
    query = """SELECT id, title, metadata, digest, tokens, seen, source, text, documents.sum, texts.sum, spans, number
               FROM documents JOIN texts USING (number)"""
    spans = {number: sum_ for sum_, number in schema.spans(connection)}
    empty = records.spans_sum([])
    named = readers.every_digest(connection)
    for id, title, data, digest, tokens, seen, source, text, sum_, text_sum, span_sum, number in connection.execute(
        query
    ):
        if sum_ is None:
            continue
        row = checksum(id, title, data, digest, tokens, seen) ^ checksum(source) ^ named.get(number, 0)
        if (row, checksum(text), spans.get(number, empty)) != (sum_, text_sum, span_sum):
            yield f"Document {id!r} is damaged (its checksum differs): delete it, and index it again."


def _metadata(connection: sqlite3.Connection) -> Iterator[str]:
    """Compare the rows for filters with the metadata that they are made of."""
    rows = connection.execute("SELECT document, field, kind, value, first, passages FROM metadata ORDER BY document")
    stored = {number: sorted(map(repr, (row[1:] for row in group))) for number, group in groupby(rows, itemgetter(0))}
    for number, id, data, first, passages in connection.execute(
        "SELECT number, id, metadata, first, passages FROM documents"
    ):
        try:
            found = {(leaf.field, str(leaf.value.kind), leaf.value.plain) for leaf in leaves(json.loads(data))}
        except (ValueError, TypeError, AttributeError):
            found = set()
        made = {(*row, first, passages) for row in found}
        if len(made) != len(stored.get(number, [])) or sorted(map(repr, made)) != stored.get(number, []):
            yield f"Document {id!r}: its metadata in the filter index is damaged: delete it, and index it again."
    for number in stored.keys() - {number for (number,) in connection.execute("SELECT number FROM documents")}:
        yield f"The filter index has metadata of a document that does not exist (number {number})."


def text_faults(folder: Folder, name: str) -> Iterator[str]:
    """Return the damaged files of the text index, one sentence each."""
    place = folder.inside / name
    for path in damaged_files(place) if place.is_dir() else [place]:
        yield f"The text index is damaged: {path}. Run `askew index` to rebuild it."


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
    for name in bookkeeping.misplaced(connection):
        yield f"The source or stamp of {name!r} is invalid."


def _rows(connection: sqlite3.Connection, view: View, quick: bool) -> Iterator[str]:
    keys = np.array([key for (key,) in connection.execute("SELECT key FROM passages ORDER BY key")], np.int64)
    if not np.array_equal(keys - view.state.base, np.flatnonzero(view.alive)):
        yield "The live vector rows do not match the passages."
    parts = range(0, view.state.rows, ROWS)
    for start in (parts[0], parts[-1]) if quick and len(parts) > 2 else parts:
        yield from _damaged_blocks(view, start)
        block = view.vectors.unverified(start, start + ROWS)
        if not np.isfinite(block).all():
            yield f"Vectors {start:,} to {start + len(block) - 1:,}: at least one contains NaN or infinity."
        if np.linalg.norm(block, axis=1).max(initial=0) > view.state.longest * (1 + 1e-5):
            yield f"Vectors {start:,} to {start + len(block) - 1:,}: at least one exceeds the recorded maximum norm."


def _damaged_blocks(view: View, start: int) -> Iterator[str]:
    for row in range(start, min(start + ROWS, view.state.rows), BLOCK):
        try:
            view.vectors[row : row + BLOCK]
        except StoreError as error:
            yield str(error)


def _text(connection: sqlite3.Connection, view: View, views: Views) -> Iterator[str]:
    if problem := views.text_fault(connection):
        yield problem
        return
    try:
        indexed = views.text(connection, view.state).keys()
    except StoreError as error:
        yield str(error)
        return
    missing = np.setdiff1d(np.flatnonzero(view.alive) + view.state.base, indexed)
    if len(missing):
        yield f"The text index is missing {len(missing):,} passages; run `askew index` to repair it."
