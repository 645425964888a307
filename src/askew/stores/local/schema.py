"""Schema migration: a writer migrates an older catalogue, a reader sees it through compatible views.

Format 2 added document sources and stores the target recall separately from the approximate index. Documents from an
older catalogue have no source until they are indexed again. Format 3 added checksums, the names of the derived files,
and the moments of dates; what an older version wrote gets its checksum from what the migration finds.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from askew.stores import catalog
from askew.stores.catalog import Files, checksum
from askew.stores.local import vectors
from askew.stores.local.folder import Folder
from askew.stores.moments import starts
from askew.stores.records import spans_sum

OWN = re.compile(r"vectors-\d+\.f32|text-\d+|ivf-\d+-\d+(\.part)?")
"""Derived files of format 2 and before."""

MOMENTS = """SELECT field, 't', moment(value, 0), document, first, passages FROM main.metadata
             WHERE kind = 's' AND moment(value, 0) IS NOT NULL
             UNION SELECT field, 't', moment(value, 1), document, first, passages FROM main.metadata
             WHERE kind = 's' AND moment(value, 1) IS NOT NULL"""

STEPS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE documents ADD COLUMN source TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX documents_source ON documents (source) WHERE source <> ''",
        "CREATE TABLE sources (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta SELECT 'recall', json_extract(value, '$.recall_asked') FROM meta "
        "WHERE name = 'ivf' AND json_extract(value, '$.recall_asked') IS NOT NULL",
    ),
    2: (
        *(f"ALTER TABLE {table} ADD COLUMN sum INTEGER" for table in ("meta", "documents", "texts", "sources")),
        "ALTER TABLE documents ADD COLUMN spans INTEGER",
        "CREATE TABLE sums (block INTEGER PRIMARY KEY, sum INTEGER NOT NULL)",
        f"INSERT OR IGNORE INTO metadata {MOMENTS}",
    ),
}
"""Statements that migrate each format to the next."""

VIEWS: dict[str, dict[int, str]] = {
    "meta": {
        2: """SELECT *, NULL AS sum FROM main.meta UNION ALL
              SELECT 'files', json_object('vectors', 'vectors-' || json_extract(value, '$.generation')
              || '.f32', 'text', 'text-' || json_extract(value, '$.generation'), 'made', json_array()), NULL
              FROM main.meta WHERE name = 'state'""",
    },
    "documents": {
        1: "SELECT *, '' AS source, NULL AS sum, NULL AS spans FROM main.documents",
        2: "SELECT *, NULL AS sum, NULL AS spans FROM main.documents",
    },
    "texts": {2: "SELECT *, NULL AS sum FROM main.texts"},
    "sources": {
        1: "SELECT '' AS path, '' AS stamp, NULL AS sum WHERE false",
        2: "SELECT *, NULL AS sum FROM main.sources",
    },
    "metadata": {2: f"SELECT * FROM main.metadata UNION ALL {MOMENTS}"},
    "sums": {2: "SELECT 0 AS block, 0 AS sum WHERE false"},
}
"""Views that a reader uses in place of tables in an older format: of each, that of the next format for which there
is one.
"""


def upgrade(connection: sqlite3.Connection, folder: Folder, format: int, newest: int) -> None:
    """Migrate the schema. Call inside one transaction, holding the write lock."""
    connection.create_function("moment", 2, _moment, deterministic=True)
    for step in range(format, newest):
        for statement in STEPS[step]:
            connection.execute(statement)
        if step == 2:
            _name_files(connection, folder)
            _add_sums(connection, folder)


def _moment(text: str, number: int) -> float | None:
    """Return one of the moments that a text may mean."""
    found = starts(text)
    return found[number] if number < len(found) else None


def _name_files(connection: sqlite3.Connection, folder: Folder) -> None:
    generation = catalog.state(connection).generation
    made = sorted(entry.name for entry in os.scandir(folder.inside) if OWN.fullmatch(entry.name))
    catalog.set_files(connection, Files.of(generation, made))


def _add_sums(connection: sqlite3.Connection, folder: Folder) -> None:
    connection.create_function("checksum", -1, checksum, deterministic=True)
    connection.create_function("document_sum", -1, _document_sum, deterministic=True)
    for statement in (
        "UPDATE meta SET sum = checksum(name, value)",
        "UPDATE texts SET sum = checksum(text)",
        "UPDATE sources SET sum = checksum(path, stamp)",
        "UPDATE documents SET sum = document_sum(id, title, metadata, digest, tokens, seen, source)",
    ):
        connection.execute(statement)
    connection.executemany("UPDATE documents SET spans = ? WHERE number = ?", list(spans(connection)))
    state, form = catalog.state(connection), catalog.row_format(connection)
    path = folder.inside / catalog.files(connection).vectors
    found = enumerate(vectors.checksums(path, state.rows, form.width))
    connection.executemany("INSERT INTO sums VALUES (?, ?)", found)


def _document_sum(*values: Any) -> int:
    *rest, source = values
    return checksum(*rest) ^ checksum(source)


def spans(connection: sqlite3.Connection) -> Iterator[tuple[int, int]]:
    """Yield the checksum of each document's passages, with the document's number."""
    query = 'SELECT document, number, start, "end", heading FROM passages ORDER BY key'
    for document, rows in groupby(connection.execute(query), key=itemgetter(0)):
        yield spans_sum([row[1:] for row in rows]), document


def stand_in(connection: sqlite3.Connection, format: int) -> None:
    """Create the compatibility views; SQLite resolves names in the temp schema first."""
    connection.create_function("moment", 2, _moment, deterministic=True)
    for name, views in VIEWS.items():
        query = views[min(step for step in views if step >= format)]
        connection.execute(f"CREATE TEMP VIEW {name} AS {query}")
