"""Sources: the file each document was read from, and the stamps that identify unchanged files.

A stamp means that everything in the file is stored and up to date. It is dropped in the same transaction that writes,
replaces or deletes a document of the file, and set again once the whole file is stored. A crash in between leaves a
file without a stamp, which is read again.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from askew.errors import InputError
from askew.stores.catalog import chunks, marks, select


def stamps(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT path, stamp FROM sources ORDER BY path"))


def remember(connection: sqlite3.Connection, stamps: Mapping[str, str]) -> None:
    for path, stamp in stamps.items():
        if not path or not isinstance(path, str) or not isinstance(stamp, str):
            raise InputError(f"Source and stamp must be strings, and the source non-empty: {path!r}, {stamp!r}.")
    connection.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?)", stamps.items())


def forget(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    for part in chunks(list(dict.fromkeys(paths))):
        connection.execute(f"DELETE FROM sources WHERE path IN ({marks(part)})", part)


def assign(connection: sqlite3.Connection, paths: Mapping[str, str]) -> None:
    """Set the source of documents by id. Raises KeyError for an unknown id; drops the stamps of old and new sources."""
    for id, path in paths.items():
        if not isinstance(path, str):
            raise InputError(f"Document {id!r}: source must be a string, not {path!r}.")
    found = dict(select(connection, "SELECT id, source FROM documents WHERE id IN ({})", paths))
    moved = [(path, id) for id, path in paths.items() if found[id] != path]
    connection.executemany("UPDATE documents SET source = ? WHERE id = ?", moved)
    forget(connection, [old_or_new for path, id in moved for old_or_new in (path, found[id])])


def ids_within(connection: sqlite3.Connection, path: str) -> dict[str, str]:
    if not path:
        raise InputError("The path is empty; name a file or a folder (documents added through the API have no source).")
    folder = path.rstrip("/") + "/"
    # Prefix search as a range: up to the folder name with the final "/" replaced by "0", the next character.
    query = """SELECT id, source FROM documents WHERE source <> '' AND source = ?1 UNION ALL
               SELECT id, source FROM documents WHERE source <> '' AND source >= ?2 AND source < ?3"""
    return dict(connection.execute(query, (folder[:-1], folder, folder[:-1] + "0")))


def misplaced(connection: sqlite3.Connection) -> Sequence[str]:
    """Return invalid entries, which no writer produces: non-text sources or stamps, or a stamp without a path."""
    query = """SELECT id FROM documents WHERE typeof(source) <> 'text' UNION ALL
               SELECT path FROM sources WHERE typeof(path) <> 'text' OR path = '' OR typeof(stamp) <> 'text'"""
    return [str(name) for (name,) in connection.execute(query)]
