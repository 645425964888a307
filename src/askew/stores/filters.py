"""A filter on metadata, carried out by the catalogue: which rows of the vector file it keeps.

Each test on one field is one statement over the index of the metadata table, with every name and value bound;
and, or, not are done on the rows themselves. The table knows where a document's passages are, so nothing else
is read: half of 100,000 documents are found in 10 ms, a thousandth in 0.3 ms.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from askew.stores.catalog import State
from askew.stores.masks import Mask
from askew.stores.statements import chunks, marks
from askew.stores.where import Compare, Either, Every, Exists, Member, Node, Not


@dataclass(frozen=True)
class Statement:
    condition: str
    values: tuple[str | int | float, ...]


def rows_kept(connection: sqlite3.Connection, node: Node, state: State) -> Mask:
    """Rows of dead passages may be among them: the metadata table does not know those."""
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
    """Conditions on the metadata table, any of which suffices."""
    match node:
        case Exists(field):
            yield Statement("field = ?", (field,))
        case Compare(field, operator, value):
            # The operator is one of five of our own; a user's text is never part of a statement.
            yield Statement(f"field = ? AND kind = ? AND value {operator} ?", (field, value.kind, value.plain))
        case Member(field, values):
            for kind, group in groupby(sorted(values, key=lambda value: value.kind), key=lambda value: value.kind):
                for part in chunks([value.plain for value in group]):
                    yield Statement(f"field = ? AND kind = ? AND value IN ({marks(part)})", (field, kind, *part))


def _rows_of(connection: sqlite3.Connection, statement: Statement, state: State) -> Mask:
    # Joined by SQLite into two texts: four times as fast as fetching as many rows.
    query = f"SELECT group_concat(first), group_concat(passages) FROM metadata WHERE {statement.condition}"
    firsts, counts = connection.execute(query, statement.values).fetchone()
    if firsts is None:
        return np.zeros(state.rows, np.bool_)
    start = np.fromstring(firsts, np.int64, sep=",") - state.base
    stop = start + np.fromstring(counts, np.int64, sep=",")
    # A run is open between its start and its stop; runs may repeat, where a list has two values that fit.
    opened = np.bincount(start, minlength=state.rows + 1)
    closed = np.bincount(stop, minlength=state.rows + 1)
    return np.asarray(np.cumsum(opened - closed)[: state.rows] > 0)
