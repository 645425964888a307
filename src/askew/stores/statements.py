"""Chunked SQL statements, for more values than SQLite accepts at once."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

CHUNK = 500
"""Bound values per statement; SQLite limits them."""

T = TypeVar("T")


def chunks(values: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    for start in range(0, len(values), size):
        yield values[start : start + size]


def marks(values: Sequence[object]) -> str:
    return ",".join("?" * len(values))


def select(connection: sqlite3.Connection, query: str, values: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Run `query` for the distinct values, in chunks. `{}` in the query is replaced by the placeholders."""
    for part in chunks(list(dict.fromkeys(values))):
        yield from connection.execute(query.format(marks(part)), part)
