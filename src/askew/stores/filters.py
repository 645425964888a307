"""Metadata filters compiled to SQL: the rows of the vector file that a filter keeps.

Each condition on a field is one statement on the index of the metadata table, with every name and value bound; and,
or and not operate on row masks. The table stores each document's passage range, so nothing else is read: selecting
half of 100,000 documents takes 10 ms, a thousandth 0.3 ms.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from askew.stores.catalog import State, chunks, marks
from askew.stores.masks import Mask
from askew.stores.where import Compare, Either, Every, Exists, Member, Node, Not


@dataclass(frozen=True)
class Statement:
    condition: str
    values: tuple[str | int | float, ...]


def rows_kept(connection: sqlite3.Connection, node: Node, state: State) -> Mask:
    """Return the mask of rows that match the filter. It may include dead rows, which the metadata table ignores."""
    match node:
        case Every(parts):
            kept = np.ones(state.rows, np.bool_)
            for part in parts:
                kept &= rows_kept(connection, part, state)
            return kept
        case Either(parts):
            kept = np.zeros(state.rows, np.bool_)
            for part in parts:
                kept |= rows_kept(connection, part, state)
            return kept
        case Not(part):
            return ~rows_kept(connection, part, state)
        case Compare() | Member() | Exists():
            kept = np.zeros(state.rows, np.bool_)
            for statement in statements(node):
                kept |= _rows_of(connection, statement, state)
            return kept


def statements(node: Compare | Member | Exists) -> Iterator[Statement]:
    """Yield alternative conditions on the metadata table (combined with OR)."""
    match node:
        case Exists(field):
            yield Statement("field = ?", (field,))
        case Compare(field, operator, value):
            # `operator` is one of five constants; user input is never interpolated into SQL.
            yield Statement(f"field = ? AND kind = ? AND value {operator} ?", (field, value.kind, value.plain))
        case Member(field, values):
            for kind, group in groupby(sorted(values, key=lambda value: value.kind), key=lambda value: value.kind):
                for part in chunks([value.plain for value in group]):
                    yield Statement(f"field = ? AND kind = ? AND value IN ({marks(part)})", (field, kind, *part))


def _rows_of(connection: sqlite3.Connection, statement: Statement, state: State) -> Mask:
    # Concatenated by SQLite into two strings: four times as fast as fetching the rows.
    query = f"SELECT group_concat(first), group_concat(passages) FROM metadata WHERE {statement.condition}"
    firsts, counts = connection.execute(query, statement.values).fetchone()
    if firsts is None:
        return np.zeros(state.rows, np.bool_)
    start = np.fromstring(firsts, np.int64, sep=",") - state.base
    stop = start + np.fromstring(counts, np.int64, sep=",")
    # Mark the rows between start and stop of any range; ranges repeat if a list field has several matching values.
    opened = np.bincount(start, minlength=state.rows + 1)
    closed = np.bincount(stop, minlength=state.rows + 1)
    return np.asarray(np.cumsum(opened - closed)[: state.rows] > 0)
