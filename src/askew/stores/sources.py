"""From which file each document was read, and the stamps by which a file that has not changed is known.

A stamp says: all that this file gives is stored, as it is in the file now. So it goes, in the same transaction, as
soon as a document of the file is written, replaced or deleted, and is put back when all of the file is stored. What a
crash leaves half done is then a file without a stamp, which is read again.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from askew.errors import InputError
from askew.stores.statements import chunks, marks, select


def stamps(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT path, stamp FROM sources ORDER BY path"))


def remember(connection: sqlite3.Connection, stamps: Mapping[str, str]) -> None:
    for path, stamp in stamps.items():
        if not path or not isinstance(path, str) or not isinstance(stamp, str):
            raise InputError(f"A source and its stamp are strings, and the source not empty: {path!r}, {stamp!r}.")
    connection.executemany("INSERT OR REPLACE INTO sources VALUES (?, ?)", stamps.items())


def forget(connection: sqlite3.Connection, paths: Iterable[str]) -> None:
    for part in chunks(list(dict.fromkeys(paths))):
        connection.execute(f"DELETE FROM sources WHERE path IN ({marks(part)})", part)


def assign(connection: sqlite3.Connection, paths: Mapping[str, str]) -> None:
    """Of ids. KeyError for one that is not stored. The stamps of the files that a document leaves or joins are gone."""
    for id, path in paths.items():
        if not isinstance(path, str):
            raise InputError(f"Document {id!r}: its source is a string, not {path!r}.")
    found = dict(select(connection, "SELECT id, source FROM documents WHERE id IN ({})", paths))
    moved = [(path, id) for id, path in paths.items() if found[id] != path]
    connection.executemany("UPDATE documents SET source = ? WHERE id = ?", moved)
    forget(connection, [old_or_new for path, id in moved for old_or_new in (path, found[id])])


def ids_within(connection: sqlite3.Connection, path: str) -> dict[str, str]:
    if not path:
        raise InputError("Documents that came through the API are of no file; name a file or a folder.")
    folder = path.rstrip("/") + "/"
    # All that begins with the folder lies before the folder with the character after "/" in place of it.
    query = """SELECT id, source FROM documents WHERE source <> '' AND source = ?1 UNION ALL
               SELECT id, source FROM documents WHERE source <> '' AND source >= ?2 AND source < ?3"""
    return dict(connection.execute(query, (folder[:-1], folder, folder[:-1] + "0")))


def misplaced(connection: sqlite3.Connection) -> Sequence[str]:
    """What no writer leaves: sources and stamps that are not text, or a stamp of no file."""
    query = """SELECT id FROM documents WHERE typeof(source) <> 'text' UNION ALL
               SELECT path FROM sources WHERE typeof(path) <> 'text' OR path = '' OR typeof(stamp) <> 'text'"""
    return [str(name) for (name,) in connection.execute(query)]
