"""Transactions of one store: a read of one state, or a change that happens at once, for each thread its own.

Reads are REPEATABLE READ, changes READ COMMITTED: a change takes the rows that it replaces, and nothing else, so that
many writers work beside one another. What a change adds to the counters is applied by its last statement, as the row
of counters is the one thing that all changes share.
"""

import random
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import psycopg

from askew.errors import StoreError
from askew.stores.postgres.connections import Connection, Connections
from askew.stores.postgres.refusals import ConflictError, CutError, Doing, explained
from askew.stores.postgres.wire import coded

P = ParamSpec("P")
T = TypeVar("T")

READ_SECONDS, CHANGE_SECONDS = 300, 3600
"""Statement timeouts."""
LOCK_MS = 2000
"""Milliseconds that upkeep waits for others to leave the tables."""
ATTEMPTS = 10
PAUSE = 0.02


@dataclass(frozen=True)
class Counts:
    """The counters of a store, or what a change adds to them. words: terms in all passages.

    dead: passages deleted since the tables were last written anew. longest: maximum norm of all vectors so far.
    """

    documents: int = 0
    passages: int = 0
    tokens: int = 0
    seen: int = 0
    truncated: int = 0
    words: int = 0
    dead: int = 0
    longest: float = 0.0

    def plus(self, other: "Counts") -> "Counts":
        summed = {name: getattr(self, name) + getattr(other, name) for name in ADDED}
        return Counts(**summed, longest=max(self.longest, other.longest))


ADDED = tuple(field.name for field in fields(Counts) if field.name != "longest")
READ = f"SELECT change, {', '.join(ADDED)}, longest{{}} FROM state"
APPLY = f"""UPDATE state SET change = change + 1, {", ".join(f"{name} = {name} + %s" for name in ADDED)},
            longest = greatest(longest, %s)"""


@dataclass(frozen=True)
class Session:
    """A connection within a transaction."""

    connection: Connection

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return the rows of a query, each value of which is bound to a `%s`."""
        return self.connection.cursor(binary=True).execute(query.encode(), values or None).fetchall()

    def run(self, statement: str, *values: object) -> int:
        """Execute a statement, or several without values, and return how many rows it changed."""
        return self.connection.execute(statement.encode(), values or None).rowcount

    def many(self, statement: str, rows: Collection[tuple[object, ...]]) -> None:
        if rows:
            self.connection.cursor().executemany(statement.encode(), rows)


class _Own(threading.local):
    """The transaction of a thread. counts: what it adds. sees: the groups whose documents it sees; None for all."""

    session: Session | None = None
    changing: bool = False
    counts: Counts = Counts()
    sees: frozenset[str] | None = None


class Transactions:
    """The transactions of a store. Thread-safe.

    path: the schemas in which names are looked up. guarded: with access control. wait: seconds that a change waits for
    rows that another one holds.
    """

    def __init__(self, connections: Connections, path: str, *, writable: bool, guarded: bool, wait: float) -> None:
        self.connections, self.place = connections, connections.place
        self.writable, self._guarded = writable, guarded
        self._own = _Own()
        common = f"SET LOCAL search_path = {path}; SET LOCAL statement_timeout = '{{}}s'"
        sees = "; SET LOCAL askew.sees = 'all'" if guarded else ""
        self._begin_read = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {common.format(READ_SECONDS)}{sees}"
        self._begin_change = (
            f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {common.format(CHANGE_SECONDS)}{sees}; "
            f"SET LOCAL lock_timeout = '{max(int(wait * 1000), 1)}ms'; "
            # What was acknowledged is durable, whatever the server's default is.
            "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
        )

    @property
    def inside(self) -> bool:
        """Whether this thread is in a transaction."""
        return self._own.session is not None

    @property
    def partly(self) -> bool:
        """Whether this thread sees what some groups may read, and of the readers only these."""
        return self._guarded and self._own.sees is not None

    @property
    def changing(self) -> bool:
        return self._own.changing

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a read transaction: everything read inside is of one state. Inside another of this thread, join it."""
        if (joined := self._own.session) is not None:
            with self._translating():
                yield joined
            return
        with self._translating():
            connection = self.connections.take(self._begin_read)
            self._own.session = Session(connection)
            try:
                if self.partly:
                    _see(self._own.session, self._own.sees)
                yield self._own.session
                connection.execute(b"COMMIT")
            finally:
                self._own.session = None
                self._end(connection)

    @contextmanager
    def change(self) -> Iterator[Session]:
        """Open a change: atomic, and durable when the block ends. Inside another one it is undone alone if it fails."""
        if not self.writable:
            raise StoreError(f"The index in {self.place} is open read-only; open it with writable=True.")
        if self._own.changing and self._own.session is not None:
            with self._translating(lambda: Doing.CHANGING), self._part(self._own.session):
                yield self._own.session
            return
        own = self._own
        outer = own.session, own.counts
        doing = Doing.CHANGING
        with self._translating(lambda: doing):
            connection = self.connections.take(self._begin_change)
            own.session, own.changing, own.counts = Session(connection), True, Counts()
            try:
                yield own.session
                own.session.run(APPLY, *(getattr(own.counts, name) for name in ADDED), own.counts.longest)
                doing = Doing.COMMITTING
                _commit(connection, self.place)
            finally:
                own.session, own.changing, own.counts = outer[0], False, outer[1]
                self._end(connection)

    def count(self, more: Counts) -> None:
        """Add to the counters when this thread's change is committed."""
        self._own.counts = self._own.counts.plus(more)

    def counts(self, session: Session) -> tuple[int, Counts]:
        """Return the number of the state (-1 in a change) and its counters, with what the change adds to them."""
        return self.counts_and(session, "''")[:2]

    def counts_and(self, session: Session, what: str) -> tuple[int, Counts, Any]:
        """Return these and the value of an SQL expression, in one round trip."""
        [[change, *values, value]] = session.rows(READ.format(f", ({what})"))
        found = Counts(**dict(zip((*ADDED, "longest"), values, strict=True)))
        if self._own.changing:
            return -1, found.plus(self._own.counts), value
        return change, found, value

    @contextmanager
    def seeing(self, groups: frozenset[str]) -> Iterator[None]:
        """Let this thread see what these groups may read and nothing else, by the policies of the tables."""
        own, outer = self._own, self._own.sees
        own.sees = groups
        try:
            if self._guarded and own.session is not None:
                _see(own.session, groups)
            yield
        finally:
            own.sees = outer
            if self._guarded and own.session is not None:
                with suppress(psycopg.Error):  # of a transaction that failed, nothing is read any more
                    _see(own.session, outer)

    @contextmanager
    def apart(self) -> Iterator[Connection]:
        """Open a connection for statements that Postgres allows outside a transaction only."""
        with self._translating():
            connection = self.connections.connect(apart=True)
            try:
                connection.execute(f"SET lock_timeout = {LOCK_MS}".encode())
                yield connection
            finally:
                connection.close()

    def held(self, session: Session) -> Connection:
        """Return a connection with a transaction of its own in the state of a session, and with what that one sees."""
        [[name]] = session.rows("SELECT pg_export_snapshot()")
        connection = self.connections.connect(apart=True)
        connection.execute(self._begin_read.replace("; ", f"; SET TRANSACTION SNAPSHOT '{name}'; ", 1).encode())
        if self.partly:
            _see(Session(connection), self._own.sees)
        connection.execute(b"SET LOCAL idle_in_transaction_session_timeout = 0")
        return connection

    def abandon(self) -> None:
        """Begin anew in a forked child."""
        self._own = _Own()
        self.connections.abandon()

    @contextmanager
    def _part(self, session: Session) -> Iterator[None]:
        before = self._own.counts
        session.run("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._own.counts = before
            with suppress(psycopg.Error):  # of a connection that was cut
                session.run("ROLLBACK TO part; RELEASE part")
            raise
        session.run("RELEASE part")

    @contextmanager
    def _translating(self, doing: Callable[[], Doing] = lambda: Doing.READING) -> Iterator[None]:
        try:
            yield
        except (psycopg.Error, UnicodeEncodeError) as error:
            raise explained(error, self.place, doing()) from error

    def _end(self, connection: Connection) -> None:
        """Give a connection back, without what it has not committed."""
        with suppress(psycopg.Error):
            if connection.info.transaction_status.name != "IDLE":
                connection.execute(b"ROLLBACK")
        self.connections.give(connection)


class Repeating(Protocol):
    """What has transactions, whose methods may be repeated."""

    @property
    def transactions(self) -> Transactions: ...


R = TypeVar("R", bound=Repeating)


def repeated(method: Callable[Concatenate[R, P], T]) -> Callable[Concatenate[R, P], T]:
    """Decorate a method that reads, or that changes what it changes at once: where the connection was cut, or another
    writer was faster, it is called again, unless it is a part of a longer transaction.
    """

    @wraps(method)
    def again(self: R, /, *args: P.args, **kwargs: P.kwargs) -> T:
        for attempt in range(1, ATTEMPTS + 1):
            inside = self.transactions.inside
            try:
                return method(self, *args, **kwargs)
            except (CutError, ConflictError) as error:
                if inside or attempt == ATTEMPTS or (isinstance(error, CutError) and error.sent):
                    raise
                time.sleep(PAUSE * 1.6**attempt * random.random())  # noqa: S311  # no secret
        raise AssertionError

    return again


def _commit(connection: Connection, place: str) -> None:
    done = connection.execute(b"COMMIT").statusmessage
    if done != "COMMIT":
        raise StoreError(f"A part of the change of {place} failed before; nothing was stored.")


def _see(session: Session, groups: frozenset[str] | None) -> None:
    given = sorted(map(coded, groups or ()))
    session.rows(
        "SELECT set_config('askew.sees', %s, true), set_config('askew.groups', %s::text[]::text, true)",
        "all" if groups is None else "groups",
        given,
    )


def after(counts: Counts, gone: Counts) -> Counts:
    """Return what a deletion adds to the counters: what is gone, negative, and as many dead passages."""
    negative = {name: -getattr(gone, name) for name in ADDED}
    return replace(Counts(**negative), dead=gone.passages).plus(counts)
