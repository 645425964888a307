"""Connections to one server, for many threads: taken for a transaction, given back after it, made anew when cut.

No thread keeps them alive, so that a process may fork, and end at any moment. A connection that was idle is tried by
the first statement of its next transaction; if that fails, another is made, on whichever host of the URL takes it, for
as long as a standby needs to take over.
"""

import threading
import time
import weakref
from typing import Any

import psycopg
from psycopg import conninfo
from psycopg.pq import TransactionStatus

from askew.errors import InputError, StoreError
from askew.lock import immortal
from askew.stores.postgres.refusals import passing, unreachable
from askew.stores.postgres.wire import Vector, VectorDumper
from askew.stores.remote import shown

MOST = 16
"""Connections of a store that are in a transaction at a time; threads beyond wait."""
BUSY = 60.0
"""Seconds that such a thread waits."""
PREPARED = 3
"""Times that a connection is asked the same before it prepares that."""
PAUSE = 0.1
DEFAULTS = {"connect_timeout": "10", "application_name": "askew", "keepalives_idle": "30", "tcp_user_timeout": "60000"}

Connection = psycopg.Connection[tuple[Any, ...]]


class Connections:
    """Connections by one URL. Thread-safe. Not to be used in a forked child before `abandon` was called there."""

    def __init__(self, url: str, *, writable: bool, takeover: float = 0.0) -> None:
        """writable: of several hosts, connect to one that takes changes. takeover: seconds for
        which a server is looked for again that was there before, as it restarts, or a standby is promoted.
        """
        self.place, self._takeover = shown(url), takeover
        self._parameters = _parameters(url, self.place, writable)
        self._opened = False
        self._closed = ""
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._turn = threading.Lock()
        self._places = threading.BoundedSemaphore(MOST)
        self._idle: list[Connection] = []
        self._apart: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._now: weakref.WeakSet[Connection] = weakref.WeakSet()  # those that were never idle
        self._end = weakref.finalize(self, _close, self._idle)  # of a store that nobody closed

    def take(self) -> Connection:
        """Return a connection, to be given back. One that was idle may have been cut: see `another`."""
        if not self._places.acquire(timeout=BUSY):
            raise StoreError(f"All {MOST} connections to {self.place} are in use; ask for less at once.")
        try:
            return self._idle_one() or self._made_now()
        except BaseException:
            self._places.release()
            raise

    def another(self, cut: Connection) -> Connection | None:
        """Return a connection in place of one that was cut while it was idle; None for one that was not."""
        if cut in self._now:
            return None
        cut.close()
        return self._idle_one() or self._made_now()

    def _made_now(self) -> Connection:
        made = self.connect()
        self._now.add(made)
        return made

    def give(self, connection: Connection) -> None:
        """Take a connection back; one that is still in a transaction is closed."""
        sound = not connection.closed and connection.info.transaction_status == TransactionStatus.IDLE
        self._now.discard(connection)
        with self._turn:
            if sound and not self._closed:
                self._idle.append(connection)
            else:
                connection.close()
        self._places.release()

    def connect(self, *, apart: bool = False) -> Connection:
        """Make a connection. apart: that is not given back; `close` closes it."""
        if self._closed:
            raise StoreError(self._closed)
        end = time.monotonic() + (self._takeover if self._opened else 0.0)
        while True:
            try:
                made = psycopg.connect(**self._parameters, autocommit=True, prepare_threshold=PREPARED)
                break
            except psycopg.Error as error:
                if time.monotonic() >= end or not passing(error):
                    raise unreachable(error, self.place) from error
                time.sleep(PAUSE)
        self._opened = True
        made.adapters.register_dumper(Vector, VectorDumper)
        if apart:
            self._apart.add(made)
        return made

    def close(self) -> None:
        with self._turn:
            self._closed = self._closed or f"The index in {self.place} is already closed."
            for connection in (*self._idle, *self._apart):
                connection.close()
            self._idle.clear()

    def close_apart(self) -> None:
        """Close the connections that are not given back: snapshots end."""
        for connection in list(self._apart):
            connection.close()

    def abandon(self) -> None:
        """Let go of what a forked child inherited: the connections are the parent's."""
        for connection in (*self._idle, *self._apart):
            immortal(connection)
        self._end.detach()  # the end of the child would close them for the parent, too
        self._begin_anew()

    def _idle_one(self) -> Connection | None:
        with self._turn:
            return self._idle.pop() if self._idle else None


def _close(connections: list[Connection]) -> None:
    for connection in connections:
        connection.close()


def _parameters(url: str, place: str, writable: bool) -> dict[str, Any]:
    """Return the parameters of a connection: those of the URL, and ours where it is silent."""
    try:
        given = conninfo.conninfo_to_dict(url)
    except psycopg.Error as error:
        said = " ".join(str(error).replace(url, place).split())
        raise InputError(f"{place} is not a URL of Postgres ({said}). Use postgresql://USER@HOST/DATABASE.") from error
    several = "," in str(given.get("host", ""))
    own = {**DEFAULTS, **({"target_session_attrs": "read-write"} if writable and several else {})}
    return {**own, **given}
