"""Transactions of one store: a read of one state, or a change that happens at once, for each thread its own.

Reads are REPEATABLE READ, changes READ COMMITTED: a change takes the rows that it replaces, and nothing else, so that
many writers work beside one another. What a change adds to the counters is applied by its last statement, as the row
of counters is the one thing that all changes share.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

import psycopg

from askew.errors import StoreError
from askew.stores.postgres.connections import Connection, Connections
from askew.stores.postgres.refusals import ConflictError, CutError, Doing, explained
from askew.stores.postgres.sessions import NONE, Beginning, Clause, Session, Settings
from askew.stores.postgres.wire import array, coded

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
BEGIN_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
BEGIN_CHANGE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
DURABLE = "SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
"""What was acknowledged is durable, whatever the server's default is."""
SEARCH = "search"
"""Entry of `meta`: the facts about the approximate index."""


def columns(schema: str = "") -> str:
    """Return the columns of a `State`, of the table `state` s. schema: with a dot; "" for that of the transaction."""
    own = (f"s.{name}" for name in ("change", *ADDED, "longest"))
    return ", ".join([*own, f"(SELECT value FROM {schema}meta WHERE name = '{SEARCH}')"])


COLUMNS = columns()
STATED = len(ADDED) + 3
"""How many they are."""
READ = f"SELECT {COLUMNS} FROM state s"
APPLY = f"""UPDATE state SET change = CASE WHEN %s = 0 THEN change + 1 ELSE %s END,
            {", ".join(f"{name} = {name} + %s" for name in ADDED)}, longest = greatest(longest, %s) RETURNING change"""


@dataclass(frozen=True)
class State:
    """One state of a store. change: its number; -1 in a change. facts: about the approximate index, as JSON, or ""."""

    change: int
    counts: Counts
    facts: str


@dataclass
class Own:
    """The transaction of a thread. counts: what it adds. sees: the groups whose documents it sees; None for all."""

    session: Session | None = None
    changing: bool = False
    counts: Counts = Counts()
    sees: frozenset[str] | None = None
    doing: Doing = Doing.READING


class Transactions:
    """The transactions of a store. Thread-safe.

    path: the schemas in which names are looked up. guarded: with access control. wait: seconds that a change waits for
    rows that another one holds. of_several: of a part of a store, whose states are numbered by all of it; a change of
    this part alone is no change of the store.
    """

    def __init__(self, connections: Connections, path: str, *, writable: bool, guarded: bool, wait: float) -> None:
        self.connections, self.place = connections, connections.place
        self.writable, self._guarded = writable, guarded
        self._thread = threading.local()
        self.of_several = False
        self.path = path
        self._common = {"search_path": path, **({"askew.sees": "all"} if guarded else {})}
        self._wait = f"{max(int(wait * 1000), 1)}ms"

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
    def reading(self, *, alone: bool = False) -> Iterator[Session]:
        """Open a read transaction: everything read inside is of one state. Inside another of this thread, join it.

        alone: each round trip is of one state by itself, as long as it has one query.
        """
        if (joined := self._own.session) is not None:
            with self._translating():
                yield joined
            return
        with self._translating():
            statement = "" if alone else BEGIN_READ
            session = Session(self.connections.take(), self._beginning(statement, READ_SECONDS))
            self._own.session = session
            try:
                yield session
                if session.begun:
                    session.run("COMMIT")
            finally:
                self._own.session = None
                self._end(session.held)

    def _beginning(self, statement: str, seconds: int, settings: Settings = NONE) -> Beginning:
        common = {**self._common, "statement_timeout": f"{seconds}s", **settings}
        sees = _seen(self._own.sees) if self.partly else {}
        return Beginning(statement, {**common, **sees}, self.connections.another, not self._guarded)

    @contextmanager
    def change(self) -> Iterator[Session]:
        """Open a change: atomic, and durable when the block ends. Inside another one it is undone alone if it fails."""
        if self._own.changing and self._own.session is not None:
            with self._translating(lambda: Doing.CHANGING), self._part(self._own.session):
                yield self._own.session
            return
        with self.opened() as session:
            yield session
            if not self.of_several:
                self.apply(session)
            self.commit(session)

    @contextmanager
    def opened(self) -> Iterator[Session]:
        """Open a change that is undone unless the caller ends it: `apply`, and then `commit` or PREPARE TRANSACTION."""
        if not self.writable:
            raise StoreError(f"The index in {self.place} is open read-only; open it with writable=True.")
        own = self._own
        outer, own.doing = (own.session, own.counts), Doing.CHANGING
        try:
            with self._translating(lambda: own.doing):
                settings = {"lock_timeout": self._wait}
                session = Session(self.connections.take(), self._beginning(BEGIN_CHANGE, CHANGE_SECONDS, settings))
                own.session, own.changing, own.counts = session, True, Counts()
                try:
                    session.together(Clause(DURABLE))
                    yield session
                finally:
                    self._end(session.held)
        finally:
            own.session, own.changing, own.counts, own.doing = outer[0], False, outer[1], Doing.READING

    def apply(self, session: Session, change: int = 0) -> int:
        """Add what was counted to the counters, and return the number of the new state; 0: the next one."""
        own = self._own.counts
        added = (getattr(own, name) for name in ADDED)
        return int(session.rows(APPLY, change, change, *added, own.longest)[0][0])

    def commit(self, session: Session) -> None:
        self._own.doing = Doing.COMMITTING
        _commit(session.connection, self.place)

    @property
    def own(self) -> Own:
        return self._own

    @contextmanager
    def lent(self, own: Own) -> Iterator[None]:
        """Let this thread work in the transaction of another one, which waits for it."""
        mine, self._thread.own = self._own, own
        try:
            with self._translating(lambda: own.doing):
                yield
        finally:
            self._thread.own = mine

    @property
    def _own(self) -> Own:
        found: Own | None = getattr(self._thread, "own", None)
        if found is None:
            found = self._thread.own = Own()
        return found

    def count(self, more: Counts) -> None:
        """Add to the counters when this thread's change is committed."""
        self._own.counts = self._own.counts.plus(more)

    def state(self, session: Session) -> State:
        return self.stated(session.rows(READ)[0])

    def stated(self, row: Sequence[Any]) -> State:
        """Return the state of a row of `COLUMNS`, with what this thread's change adds to it."""
        change, *values, facts = row
        found = Counts(**dict(zip((*ADDED, "longest"), values, strict=True)))
        if self._own.changing:
            return State(-1, found.plus(self._own.counts), facts or "")
        return State(change, found, facts or "")

    def counts(self, session: Session) -> tuple[int, Counts]:
        """Return the number of the state (-1 in a change) and its counters."""
        found = self.state(session)
        return found.change, found.counts

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
        connection.execute(f"{BEGIN_READ}; SET TRANSACTION SNAPSHOT '{name}'".encode())
        settings = {**self._beginning("", READ_SECONDS).settings, "idle_in_transaction_session_timeout": "0"}
        Session(connection).together(settings=settings)
        return connection

    def abandon(self) -> None:
        """Begin anew in a forked child."""
        self._thread = threading.local()
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


def _seen(groups: frozenset[str] | None) -> Settings:
    """Return the settings by which a transaction sees what these groups may read, and no more; None: everything."""
    if groups is None:
        return {"askew.sees": "all"}
    return {"askew.sees": "groups", "askew.groups": array(map(coded, sorted(groups)))}


def _see(session: Session, groups: frozenset[str] | None) -> None:
    session.together(settings=_seen(groups))


def after(counts: Counts, gone: Counts) -> Counts:
    """Return what a deletion adds to the counters: what is gone, negative, and as many dead passages."""
    negative = {name: -getattr(gone, name) for name in ADDED}
    return replace(Counts(**negative), dead=gone.passages).plus(counts)
