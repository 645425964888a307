"""Columnar metadata: dictionary-encoded fields in memory, which answer filters that SQLite has not answered before.

SQLite reads a filter's rows at a fifth of a microsecond each; a column marks them a hundred times as fast, but takes as
long to read as two or three filters that keep half of the documents. So a column is read once the filters on its field
have cost about as much (a process with a single query never reads one), is extended when documents are added, and is
dropped when a compaction renumbers the rows. Deleted documents stay in it: their rows are dead, and the caller masks
them. Fields that need more memory than BUDGET, such as ids and URLs, stay with SQLite.
"""

import sqlite3
import sys
import threading
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.stores import Mask
from askew.stores.catalog import DAMAGED, State
from askew.stores.flat import Rows
from askew.stores.where import Compare, Condition, Exists, Kind, Member, Value

Numbers = NDArray[np.int32] | NDArray[np.int64]

BUDGET = 64
"""Bytes for each row of the store that all columns may take together: 4 % of vectors of 384 dimensions."""
FREE = 16 << 20
"""Bytes that they may take in any case."""
SOON = 0.5
"""A column is read once its filters have read this many times as many values as there are documents, …"""
LATE = 8.0
"""… or this many, if the field is WIDE: such a column takes ten times as long to read."""
WIDE, NARROW = 1 / 16, 1000
"""A field is wide if it has more than NARROW distinct values, and more than this share of the documents."""
STATEMENT = 500
"""A statement that finds anything takes as long as reading so many values."""
PARTS = 8
"""Parts of a column before the small ones are read again as one."""
GROWTH = 0.5
"""A column is dropped when it lacks more than this share of its rows: reading them would hold a filter up."""
VALUE, RANGE = 16, 4
"""Bytes for each distinct value besides its own, and for each document that has it."""
FIELDS = 1000
"""Fields whose use is counted."""

READ = """SELECT kind, value, count(*), group_concat(first), group_concat(passages) FROM metadata
          WHERE {} GROUP BY kind, value ORDER BY kind, value"""
WHOLE = READ.format("field = ?")
# The plus keeps SQLite from reading all of the field: the index on `document` finds the new ones.
NEWER = READ.format("+field = ? AND document > ?")


class WideError(Exception):
    """The field has many distinct values, so that its column takes long to read."""


class HeavyError(Exception):
    """The column would take more memory than all columns may."""


@dataclass(frozen=True)
class Part:
    """A field of the documents up to number `last`, which have rows up to `rows`, as far as no earlier part has them.

    plains: the sorted distinct values by kind. codes: the number of each kind's first value. ends: (values + 1,), where
    each value's ranges start in `first`, the first row of each document that has it. passages: how many rows each of
    these documents has; empty if all have one.
    """

    last: int
    rows: int
    plains: dict[str, list[Any]]
    codes: dict[str, int]
    ends: NDArray[np.int64]
    first: Numbers
    passages: Numbers
    bytes: int

    def mark(self, node: Condition, mask: Mask) -> None:
        """Set the rows that satisfy the condition."""
        runs = [slice(self.ends[low], self.ends[high]) for low, high in self._runs(node) if low < high]
        if not runs:
            return
        # NumPy indexes by 64-bit numbers twice as fast as by those of 32 bits, which are stored.
        first = np.concatenate([self.first[run] for run in runs], dtype=np.int64)
        if len(self.passages):
            first = covered(first, np.concatenate([self.passages[run] for run in runs], dtype=np.int64))
        if len(first) and not 0 <= first.min() <= first.max() < len(mask):
            raise StoreError(f"The filter index is damaged; `askew check` names the documents. {DAMAGED}")
        mask[first] = True

    def _runs(self, node: Condition) -> Iterator[tuple[int, int]]:
        """Yield the ranges of value numbers that satisfy the condition."""
        match node:
            case Exists():
                yield 0, len(self.ends) - 1
            case Compare(_, "contains", value):
                code = self.codes.get(value.kind, 0)
                held = enumerate(self.plains.get(value.kind, []), code)
                yield from ((number, number + 1) for number, text in held if value.plain in text)
            case Compare(_, "startswith", value):
                yield self._prefixed(value)
            case Compare(_, operator, value):
                yield self._run(operator, value)
            case Member(_, values):
                yield from (self._run("=", value) for value in values)

    def _prefixed(self, value: Value) -> tuple[int, int]:
        plains, code = self.plains.get(value.kind, []), self.codes.get(value.kind, 0)
        prefix = str(value.plain)
        left = bisect_left(plains, prefix)
        right = bisect_left(plains, True, lo=left, key=lambda text: not text.startswith(prefix))
        return code + left, code + right

    def _run(self, operator: str, value: Value) -> tuple[int, int]:
        plains, code = self.plains.get(value.kind, []), self.codes.get(value.kind, 0)
        left = code + bisect_left(plains, value.plain)
        right = code + bisect_right(plains, value.plain, lo=left - code)
        match operator:
            case "=":
                return left, right
            case ">":
                return right, code + len(plains)
            case ">=":
                return left, code + len(plains)
            case "<":
                return code, left
            case _:
                return code, right


@dataclass(frozen=True)
class Column:
    """A field of all documents of one generation, as the catalogue had it at change `since`."""

    generation: int
    since: int
    parts: tuple[Part, ...]

    @property
    def rows(self) -> int:
        return self.parts[-1].rows

    @property
    def bytes(self) -> int:
        return sum(part.bytes for part in self.parts)

    def current(self, state: State) -> bool:
        """Return whether the column holds every live document of this state. An older state may have had others."""
        return self.generation == state.generation and self.since <= state.change and self.rows == state.rows

    def kept(self, node: Condition) -> Mask:
        """Return the mask of rows that satisfy the condition; rows dead since the column was read may be among them."""
        for value in node.values if isinstance(node, Member) else (node.value,) if isinstance(node, Compare) else ():
            if value.kind is Kind.STRING:
                str(value.plain).encode()  # SQLite, too, refuses half a character
        mask = np.zeros(self.rows, np.bool_)
        for part in self.parts:
            part.mark(node, mask)
        return mask


class Columns:
    """The columns of a store, for any number of threads."""

    def __init__(self) -> None:
        self._held: dict[str, Column] = {}
        self._used: dict[str, float] = {}
        self._spent: dict[str, int] = {}
        self._price: dict[str, float] = {}
        self._turn = threading.Lock()
        """Held while a column is read. Others ask SQLite in the meantime."""

    def find(self, connection: sqlite3.Connection, field: str, state: State) -> Column | None:
        """Return the field's column, reading what it lacks; None if SQLite answers sooner."""
        column = self._held.get(field)
        if column is None and self._spent.get(field, 0) < self._price.get(field, SOON) * max(1, state.documents):
            return None
        if column is None or not column.current(state):
            if (column is not None and state.change < column.since) or not self._turn.acquire(blocking=False):
                return None
            try:
                column = self._read(connection, field, state)
            finally:
                self._turn.release()
        if column is not None:
            self._used[field] = time.monotonic()
        return column

    def spend(self, field: str, values: int) -> None:
        """Count the values that SQLite has read for a filter on the field."""
        if len(self._spent) >= FIELDS:
            self._spent.clear()
        if values:
            self._spent[field] = self._spent.get(field, 0) + values + STATEMENT

    def _read(self, connection: sqlite3.Connection, field: str, state: State) -> Column | None:
        old = self._held.pop(field, None)
        try:
            if old is not None:
                column = _extended(connection, field, state, old)
            else:
                distinct = sys.maxsize if field in self._price else max(NARROW, int(WIDE * state.documents))
                column = Column(state.generation, state.change, (_part(connection, field, state, distinct),))
        except WideError:
            self._price[field] = LATE
            return None
        except HeavyError:
            self._price[field] = np.inf
            return None
        self._spent.pop(field, None)
        if column is not None:
            self._held[field] = column
            self._make_room(field, state)
        return column

    def _make_room(self, field: str, state: State) -> None:
        """Drop the columns that were used longest ago until the rest, and this one, fit."""
        others = sorted((name for name in self._held if name != field), key=lambda name: self._used.get(name, 0.0))
        for name in others:
            if sum(column.bytes for column in self._held.values()) <= budget(state):
                return
            del self._held[name]


def budget(state: State) -> int:
    return max(FREE, BUDGET * state.rows)


def _extended(connection: sqlite3.Connection, field: str, state: State, old: Column) -> Column | None:
    """Return the column with what it lacks; None if that is too much, or its rows have other numbers now."""
    if old.generation != state.generation or state.rows - old.rows > GROWTH * old.rows:
        return None
    kept = old.parts if len(old.parts) < PARTS else old.parts[:1]
    part = _part(connection, field, state, sys.maxsize, kept[-1].last)
    column = replace(old, since=state.change, parts=(*kept, part))
    if column.bytes > budget(state):
        raise HeavyError
    return column


def _part(connection: sqlite3.Connection, field: str, state: State, distinct: int, after: int = 0) -> Part:
    """Read the field of the documents with numbers above `after`, if it has at most so many distinct values."""
    query, values = (NEWER, (field, after)) if after else (WHOLE, (field,))
    plains: dict[str, list[Any]] = {}
    counts, firsts, passages, bytes = [0], [], [], 0
    for kind, value, count, first, passage in connection.execute(query, values):
        plains.setdefault(kind, []).append(value)
        counts.append(count)
        firsts.append(first)
        passages.append(passage)
        bytes += sys.getsizeof(value) + VALUE + RANGE * count
        if len(counts) > distinct + 1:
            raise WideError
        if bytes > budget(state):
            raise HeavyError
    first_rows, lengths = _numbers(firsts) - state.base, _numbers(passages)
    if (lengths == 1).all():
        lengths = np.empty(0, np.int64)
    bytes += RANGE * len(lengths)
    starts = accumulate((len(found) for found in plains.values()), initial=0)
    codes = dict(zip(plains, starts, strict=False))
    ends = np.cumsum(counts)
    return Part(state.numbers, state.rows, plains, codes, ends, _small(first_rows), _small(lengths), bytes)


def _numbers(lists: Sequence[str]) -> NDArray[np.int64]:
    """Parse lists of numbers that are separated by commas."""
    return np.fromstring(",".join(lists), np.int64, sep=",") if lists else np.empty(0, np.int64)


def _small(numbers: NDArray[np.int64]) -> Numbers:
    return numbers.astype(np.int32) if numbers.max(initial=0) < 2**31 else numbers


def covered(first: Rows, count: Rows) -> Rows:
    """Return every row of these ranges."""
    if (count == 1).all():
        return first
    before = np.cumsum(count) - count
    return np.repeat(first - before, count) + np.arange(int(count.sum()))
