"""Commits over several servers: each change is in all of them at once, and a read is of one state of all.

A change is prepared by every server but the first, then committed by the first one together with its name, which
decides it, and then by the others (two-phase commit: Gray 1978, doi 10.1007/3-540-08755-9_9). The first server's row of
counters is locked from before the preparation until the decision, so that changes are decided one after another, and
every server numbers its states alike. What is prepared while nobody has that lock belongs to a writer that was killed:
the next writer commits it if the first server has its name, and else undoes it. A read compares the numbers: where they
differ, a change is on its way, and it looks again.
"""

import threading
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from typing import TypeVar
from uuid import uuid4

import psycopg
from psycopg import errors

from askew.errors import StoreError
from askew.stores.postgres.connections import MOST
from askew.stores.postgres.refusals import CutError
from askew.stores.postgres.sessions import Session
from askew.stores.postgres.transactions import State, Transactions
from askew.stores.remote import UnreachableError

T = TypeVar("T")

LOOKS = 60
"""Times that a read looks for a moment in which no change is on its way."""
PAUSE, LONGEST_PAUSE = 0.002, 0.1
STALE = 10
"""Looks after which a change may be one that nobody will end."""
PREPARED = """SELECT gid FROM pg_prepared_xacts WHERE starts_with(gid, %s) AND database = current_database()
              AND prepared <= clock_timestamp() - make_interval(secs => %s)"""


class Commits:
    """The transactions of the parts of a store, of which the first decides. Thread-safe."""

    def __init__(self, parts: Sequence[Transactions], identity: str, degraded: bool) -> None:
        """identity: of the store, to name its changes. degraded: reads do without parts that do not answer."""
        self.parts, self._prefix, self._degraded = parts, f"askew_{identity}_", degraded
        self._begin_anew()

    def _begin_anew(self) -> None:
        self._thread = threading.local()
        self._pool = ThreadPoolExecutor(MOST, thread_name_prefix="askew-shards")

    def abandon(self) -> None:
        """Begin anew in a forked child, which has no threads."""
        self._begin_anew()

    def close(self) -> None:
        self._pool.shutdown(wait=False)

    @property
    def inside(self) -> bool:
        return self.parts[0].inside

    @property
    def states(self) -> Sequence[State | None]:
        """The states that this thread reads; None for a part that does not answer."""
        found: Sequence[State | None] = getattr(self._thread, "states", ())
        return found

    def each(self, act: Callable[[int], T]) -> dict[int, T]:
        """Act on every part that answers at once, in the transactions of this thread, and return what came of it."""
        return self._done(act, self.answering())

    def on(self, place: int, act: Callable[[int], T]) -> T:
        """Act on one part."""
        return self._done(act, [place])[place]

    def answering(self) -> list[int]:
        """Return the numbers of the parts that this thread reads."""
        return [place for place, state in enumerate(self.states) if state] or list(range(len(self.parts)))

    def _done(self, act: Callable[[int], T], places: Sequence[int]) -> dict[int, T]:
        found, failed = self._tried(act, places)
        for error in failed.values():
            raise error
        return found

    def _tried(self, act: Callable[[int], T], places: Sequence[int]) -> tuple[dict[int, T], dict[int, Exception]]:
        owns = {place: self.parts[place].own for place in places}

        def lent(place: int) -> T:
            with self.parts[place].lent(owns[place]):
                return act(place)

        tasks = {place: self._pool.submit(lent, place) for place in places[1:]}
        found: dict[int, T] = {}
        failed: dict[int, Exception] = {}
        for place in places:
            try:
                found[place] = tasks[place].result() if place in tasks else lent(place)
            except Exception as error:  # what each part had to say is told when all have ended
                failed[place] = error
        return found, failed

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Open a read of one state of all parts. Inside another transaction of this thread, join it."""
        if self.inside:
            yield
            return
        with ExitStack() as stack:
            self._thread.states = self._begun(stack)
            try:
                yield
            finally:
                self._thread.states = ()

    def _begun(self, stack: ExitStack) -> Sequence[State | None]:
        """Open reads on the stack until they are of one state."""
        down: dict[int, Exception] = {}
        found: dict[int, State] = {}
        for look in range(LOOKS):
            with ExitStack() as trial:
                sessions, failed = self._opened(trial, down)
                if not failed:
                    found, failed = self._read(sessions)
                down |= self._bearable(failed)
                if not failed and len({state.change for state in found.values()}) == 1:
                    stack.push(trial.pop_all())
                    return [found.get(place) for place in range(len(self.parts))]
            if look and look % STALE == 0:
                self._unstick()
            time.sleep(min(PAUSE * 1.3**look, LONGEST_PAUSE))
        raise StoreError(
            f"{self.parts[0].place} and the other servers of the index differ: a change that was decided is not on all "
            "of them yet. Open the index for writing once, with all of them running."
        )

    def _opened(self, stack: ExitStack, without: Container[int]) -> tuple[dict[int, Session], dict[int, Exception]]:
        sessions: dict[int, Session] = {}
        failed: dict[int, Exception] = {}
        for place, part in enumerate(self.parts):
            if place not in without:
                try:
                    sessions[place] = stack.enter_context(part.reading())
                except StoreError as error:
                    failed[place] = error
        return sessions, failed

    def _read(self, sessions: Mapping[int, Session]) -> tuple[dict[int, State], dict[int, Exception]]:
        return self._tried(lambda place: self.parts[place].state(sessions[place]), list(sessions))

    def _bearable(self, failed: dict[int, Exception]) -> dict[int, Exception]:
        """Return the failures of parts without which a read goes on; raise any other."""
        for place, error in failed.items():
            if not self._degraded or place == 0 or not isinstance(error, UnreachableError):
                raise error
        return failed

    def _unstick(self) -> None:
        """End changes that a killed writer left, if this user may."""
        with suppress(StoreError):
            if self.parts[0].writable and self.pending():
                self.settle()

    @contextmanager
    def change(self) -> Iterator[None]:
        """Open a change of all parts: at once, and durable when the block ends. Inside another one, a part of it."""
        if self.parts[0].changing:
            with ExitStack() as stack:
                for part in self.parts:
                    stack.enter_context(part.change())
                yield
            return
        if self.parts[0].writable and self.pending():
            self.settle()
        outer, self._thread.states = self.states, ()
        try:
            with ExitStack() as stack:
                sessions = [stack.enter_context(part.opened()) for part in self.parts]
                yield
                self._commit(sessions)
        finally:
            self._thread.states = outer

    def _commit(self, sessions: Sequence[Session]) -> None:
        name = f"{self._prefix}{uuid4().hex}"
        first, others = self.parts[0], list(range(1, len(self.parts)))
        number = self.on(0, lambda _: first.apply(sessions[0]))
        left = self._done(lambda place: sessions[place].rows(PREPARED, self._prefix, 0.0), others)
        if any(left.values()):  # of a writer that was killed, as this one has the lock; it would wait for that
            self._end_prepared(sessions[0])

        def prepare(place: int) -> None:
            self.parts[place].apply(sessions[place], number)
            done = sessions[place].connection.execute(f"PREPARE TRANSACTION '{name}'".encode()).statusmessage
            if done != "PREPARE TRANSACTION":
                raise StoreError(f"A part of the change in {self.parts[place].place} failed; nothing was stored.")

        try:
            self._done(prepare, others)
            self.on(0, lambda _: sessions[0].run("INSERT INTO commits VALUES (%s)", name))
        except BaseException:
            self._tried(lambda place: self._end(sessions[place], f"ROLLBACK PREPARED '{name}'"), others)
            raise
        self.on(0, lambda _: first.commit(sessions[0]))
        self._done(lambda place: self._finish(sessions[place], place, f"COMMIT PREPARED '{name}'"), others)

    def _end(self, session: Session, statement: str) -> None:
        with suppress(errors.UndefinedObject):  # the next writer was faster
            session.held.execute(statement.encode())

    def _finish(self, session: Session, place: int, statement: str) -> None:
        """Commit what is decided; a server that was cut is asked again, for as long as a restart takes."""
        try:
            self._end(session, statement)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            try:
                with self.parts[place].apart() as connection:
                    self._end(Session(connection), statement)
            except StoreError as error:
                raise CutError(
                    f"{self.parts[place].place} does not answer. The change is stored, and is seen once it does.", True
                ) from error

    def pending(self, seconds: float = 0.0) -> bool:
        """Return whether any part has a change that was prepared so long ago, and is not ended."""
        return any(self._prepared(part, seconds) for part in self.parts[1:])

    def _prepared(self, part: Transactions, seconds: float = 0.0) -> list[str]:
        with part.reading(alone=True) as session:
            return [name for (name,) in session.rows(PREPARED, self._prefix, seconds)]

    def settle(self) -> None:
        """Commit or undo what was prepared by writers that were killed. Waits for one that is committing."""
        first = self.parts[0]
        with first.opened() as session:
            session.rows("SELECT change FROM state FOR UPDATE")
            self._end_prepared(session)
            session.run("DELETE FROM commits")
            first.commit(session)

    def _end_prepared(self, session: Session) -> None:
        """Commit or undo what is prepared anywhere. session: of the first part, with the lock."""
        decided = {name for (name,) in session.rows("SELECT name FROM commits")}
        for part in self.parts[1:]:
            with part.apart() as connection:
                for name in self._prepared(part):
                    how = "COMMIT" if name in decided else "ROLLBACK"
                    self._end(Session(connection), f"{how} PREPARED '{name}'")
