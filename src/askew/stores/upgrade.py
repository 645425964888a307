"""Catalogues of an older format: a writer brings them up to date, a reader sees them as if they were.

Format 2 came with the sources of documents, and keeps the recall that was asked for apart from the approximate index.
Documents of an older catalogue are of no source until they are given again.
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
"""What makes of each format the next one."""

STAND_INS = {
    "documents": "SELECT *, '' AS source FROM main.documents",
    "sources": "SELECT '' AS path, '' AS stamp WHERE false",
}
"""What a reader looks at in place of tables that are older than the newest format."""


def upgrade(connection: sqlite3.Connection, format: int, newest: int) -> None:
    """Inside one transaction of a writer that holds the lock."""
    for step in range(format, newest):
        for statement in STEPS[step]:
            connection.execute(statement)


def stand_in(connection: sqlite3.Connection) -> None:
    """SQLite looks for a name among temporary things first."""
    for name, query in STAND_INS.items():
        connection.execute(f"CREATE TEMP VIEW {name} AS {query}")


def step_aside(connection: sqlite3.Connection) -> None:
    """A writer has brought the catalogue up to date."""
    for name in STAND_INS:
        connection.execute(f"DROP VIEW temp.{name}")
