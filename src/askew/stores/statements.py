"""Statements over more values than SQLite takes at once."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

CHUNK = 500
"""Values in one statement; SQLite has a limit on them."""

T = TypeVar("T")


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def select(connection: sqlite3.Connection, query: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Each value once. `query` has {} where the list of marks goes; the values themselves are bound."""
    for part in chunks(list(dict.fromkeys(values))):
        yield from connection.execute(query.format(marks(part)), part)
