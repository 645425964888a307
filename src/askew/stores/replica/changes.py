"""What a transaction changed in the catalogue beside the rows that it added, as a delta for the log."""

import sqlite3
from collections.abc import Iterable
from typing import Any

from askew.stores.catalog import NOTE, has_readers, select
from askew.stores.replica.log import Delta

DEAD, MOVED, READERS, ENTRIES, SOURCES = "dead", "moved", "readers", "entries", "sources"
ENTRY_NAMES = ("recall", "ivf")
"""Entries of `meta` that are the same for all replicas, beside the notes."""

SHARED = f"(substr({{row}}.name, 1, {len(NOTE)}) = '{NOTE}' OR {{row}}.name IN {ENTRY_NAMES})"
LOG = "INSERT OR IGNORE INTO changed VALUES ('{kind}', {key})"
TRIGGER = "CREATE TEMP TRIGGER {name} AFTER {event} ON main.{table} {condition} BEGIN {log}; END"


def watch(connection: sqlite3.Connection) -> None:
    """Note every change that the open transaction makes from now on."""
    connection.execute("CREATE TEMP TABLE changed (kind TEXT, key, PRIMARY KEY (kind, key)) WITHOUT ROWID")
    wanted = [
        ("DELETE", "documents", "", DEAD, "old.number"),
        ("UPDATE OF source", "documents", "WHEN new.source <> old.source", MOVED, "new.number"),
        *((event, "sources", "", SOURCES, f"{row}.path") for event, row in _events()),
        *((event, "meta", f"WHEN {SHARED.format(row=row)}", ENTRIES, f"{row}.name") for event, row in _events()),
    ]
    if has_readers(connection):
        wanted += [(event, "readers", "", READERS, f"{row}.document") for event, row in _events()]
    for number, (event, table, condition, kind, key) in enumerate(wanted):
        log = LOG.format(kind=kind, key=key)
        connection.execute(
            TRIGGER.format(name=f"watch{number}", event=event, table=table, condition=condition, log=log)
        )


def _events() -> tuple[tuple[str, str], ...]:
    return ("INSERT", "new"), ("UPDATE", "new"), ("DELETE", "old")


def leave_out_readers(connection: sqlite3.Connection, after: int) -> None:
    """Forget the readers of documents with greater numbers: their rows have them."""
    connection.execute("DELETE FROM changed WHERE kind = ? AND key > ?", (READERS, after))


def noted(connection: sqlite3.Connection) -> Delta:
    """Return what was changed since `watch`."""
    keys: dict[str, list[Any]] = {}
    for kind, key in connection.execute("SELECT kind, key FROM changed"):
        keys.setdefault(kind, []).append(key)
    entries: dict[str, Any] = dict.fromkeys(keys.get(ENTRIES, ()))
    entries |= dict(select(connection, "SELECT name, value FROM meta WHERE name IN ({})", entries))
    sources: dict[str, Any] = dict.fromkeys(keys.get(SOURCES, ()))
    sources |= dict(select(connection, "SELECT path, stamp FROM sources WHERE path IN ({})", sources))
    query = "SELECT number, source FROM documents WHERE number IN ({})"
    moved: dict[int, str] = dict(select(connection, query, keys.get(MOVED, ())))
    dead = tuple(sorted(keys.get(DEAD, ())))
    return Delta(dead, moved, _readers(connection, keys.get(READERS, ())), entries, sources)


def _readers(connection: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, tuple[str, ...]]:
    held = [number for (number,) in select(connection, "SELECT number FROM documents WHERE number IN ({})", numbers)]
    found: dict[int, list[str]] = {number: [] for number in held}
    for number, name in select(connection, "SELECT document, reader FROM readers WHERE document IN ({})", held):
        found[number].append(name)
    return {number: tuple(sorted(names)) for number, names in found.items()}
