"""Sessions: what is asked within one transaction, in as few round trips as can be.

A transaction that reads is begun by the first statement that needs it, in the same round trip; one that is asked once
has no BEGIN and no COMMIT at all. Statements are sent together, by the pipeline of the protocol (libpq 14), and those
that come again are prepared. Nothing is set for longer than a transaction, so that a pooler may stand between.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import psycopg

from askew.stores.postgres.connections import Connection

T = TypeVar("T")
Rows = list[tuple[Any, ...]]
"""What a query returns."""
Settings = Mapping[str, str]
"""Parameters of the server and their values, for the transaction."""
NONE: Settings = {}


@dataclass(frozen=True)
class Clause:
    """A condition or a statement, and the values of its `%s`."""

    sql: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True)
class Beginning:
    """How a transaction begins. statement: "" for one that is a single round trip. another: see
    `Connections.another`. optional: the settings are a matter of names and patience, not of what may be seen.
    """

    statement: str
    settings: Settings
    another: Callable[[Connection], Connection | None]
    optional: bool = False


class Session:
    """A connection within a transaction."""

    def __init__(self, connection: Connection, beginning: Beginning | None = None) -> None:
        """beginning: of a transaction that the first statement begins; None if it has begun."""
        self._held, self._beginning = connection, beginning
        self._alone = beginning is not None and not beginning.statement

    @property
    def held(self) -> Connection:
        """The connection, whether or not the transaction has begun."""
        return self._held

    @property
    def begun(self) -> bool:
        """Whether there is a transaction to be ended."""
        return self._beginning is None

    @property
    def connection(self) -> Connection:
        """The connection, within the transaction."""
        if self._alone:
            raise ValueError("A transaction of one round trip has nothing beside it.")
        if self._beginning is not None:
            self.together()
        return self._held

    def rows(self, query: str, *values: object) -> Rows:
        """Return the rows of a query, each value of which is bound to a `%s`."""
        if self._beginning is not None:
            return self.together(Clause(query, values))[0]
        return _fetched(self._held, Clause(query, values))

    def alone(self, asked: Clause) -> Rows:
        """Return the rows of a statement that names its schemas: by itself, where nothing has begun that it is part of.

        A statement alone costs the client half of what a pipeline does.
        """
        if not self._alone or self._beginning is None or not self._beginning.optional:
            return self.together(asked)[0]
        return self._tried(self._beginning, lambda: _fetched(self._held, asked))

    def together(self, *asked: Clause, settings: Settings = NONE, after: Settings = NONE) -> list[Rows]:
        """Return the rows of each query, in one round trip.

        settings: for these, and what follows in the transaction; after: for what follows.
        """
        beginning = self._beginning
        last = [] if self._alone else _set(after)
        if beginning is None:
            every = [*_set(settings), *asked, *last]
            return _sent(self._held, every)[len(every) - len(asked) - len(last) :][: len(asked)]
        first = [Clause(beginning.statement)] if beginning.statement else []
        every = [*first, *_set({**beginning.settings, **settings}), *asked, *last]
        found = self._tried(beginning, lambda: _sent(self._held, every))
        if not self._alone:
            self._beginning = None
        return found[len(every) - len(asked) - len(last) :][: len(asked)]

    def _tried(self, beginning: Beginning, ask: Callable[[], T]) -> T:
        """Ask, on another connection if this one was cut while it was idle."""
        while True:
            try:
                return ask()
            except psycopg.OperationalError:
                other = beginning.another(self._held) if self._held.closed else None
                if other is None:
                    raise
                self._held = other

    def run(self, statement: str, *values: object) -> int:
        """Execute a statement, or several without values, and return how many rows it changed."""
        return self.connection.execute(statement.encode(), values or None).rowcount

    def many(self, statement: str, rows: Collection[tuple[object, ...]]) -> None:
        if rows:
            self.connection.cursor().executemany(statement.encode(), rows)


def _set(settings: Settings) -> list[Clause]:
    if not settings:
        return []
    calls = ", ".join(["set_config(%s, %s, true)"] * len(settings))
    return [Clause(f"SELECT {calls}", tuple(part for both in settings.items() for part in both))]


def _fetched(connection: Connection, one: Clause) -> Rows:
    return connection.cursor(binary=True).execute(one.sql.encode(), one.values or None).fetchall()


def _sent(connection: Connection, every: Sequence[Clause]) -> list[Rows]:
    cursors = []
    failed: Exception | None = None
    with connection.pipeline():
        try:
            for one in every:
                cursor = connection.cursor(binary=True)
                cursors.append(cursor.execute(one.sql.encode(), one.values or None))
        except (psycopg.Error, UnicodeEncodeError) as error:
            failed = error  # raised where it does not hide how the pipeline ends
    if failed is not None:
        raise failed
    return [cursor.fetchall() if cursor.description else [] for cursor in cursors]
