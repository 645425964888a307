"""Schema migration: a writer migrates an older catalogue, a reader sees it through compatible views.

Format 2 added document sources and stores the target recall separately from the approximate index. Documents from an
older catalogue have no source until they are indexed again.
"""

import sqlite3

STEPS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE documents ADD COLUMN source TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX documents_source ON documents (source) WHERE source <> ''",
        "CREATE TABLE sources (path TEXT PRIMARY KEY, stamp TEXT NOT NULL) WITHOUT ROWID",
        "INSERT INTO meta SELECT 'recall', json_extract(value, '$.recall_asked') FROM meta "
        "WHERE name = 'ivf' AND json_extract(value, '$.recall_asked') IS NOT NULL",
    ),
}
"""Statements that migrate each format to the next."""

STAND_INS = {
    "documents": "SELECT *, '' AS source FROM main.documents",
    "sources": "SELECT '' AS path, '' AS stamp WHERE false",
}
"""Views that a reader uses in place of tables in an older format."""


def upgrade(connection: sqlite3.Connection, format: int, newest: int) -> None:
    """Migrate the schema. Call inside one transaction, holding the write lock."""
    for step in range(format, newest):
        for statement in STEPS[step]:
            connection.execute(statement)


def stand_in(connection: sqlite3.Connection) -> None:
    """Create the compatibility views; SQLite resolves names in the temp schema first."""
    for name, query in STAND_INS.items():
        connection.execute(f"CREATE TEMP VIEW {name} AS {query}")


def step_aside(connection: sqlite3.Connection) -> None:
    """Drop the compatibility views after a writer has migrated the catalogue."""
    for name in STAND_INS:
        connection.execute(f"DROP VIEW temp.{name}")
