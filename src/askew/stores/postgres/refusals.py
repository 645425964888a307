"""Refusals of Postgres, as sentences that say what to do; the errors that a repetition may cure have classes here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto

import psycopg
from psycopg import errors

from askew.errors import AskewError, InputError, StoreError, StoreLockedError
from askew.stores.remote import UnreachableError


class Doing(Enum):
    """What a transaction is about when it fails."""

    READING = auto()
    CHANGING = auto()
    COMMITTING = auto()


AFTER = {
    Doing.READING: "ask again",
    Doing.CHANGING: "nothing of this change was stored",
    Doing.COMMITTING: "what was being stored may or may not be there: store it again, which replaces it",
}


class CutError(UnreachableError):
    """The connection ended in the middle. sent: of a change that was being committed, so that nobody knows."""

    def __init__(self, message: str, sent: bool = False) -> None:
        super().__init__(message)
        self.sent = sent


class AbsentError(StoreError):
    """A server has no store of this name, or lacks its part of one."""


class ConflictError(StoreError):
    """Another writer changed the same at the same time, and nothing of this change was stored."""


CONFLICTS = (errors.SerializationFailure, errors.DeadlockDetected, errors.UniqueViolation)
GONE = (errors.InvalidSchemaName, errors.UndefinedTable, errors.UndefinedColumn, errors.InvalidCatalogName)
FULL = (errors.DiskFull, errors.OutOfMemory)
PASSING = (
    "refused", "starting up", "shutting down", "timeout", "timed out", "closed the connection", "reset by peer",
    "session is", "is not accepting", "in recovery", "recovery mode", "hot standby", "too many clients",
    "remaining connection slots",
)  # fmt: skip
"""What a server that cannot be connected to may say while another takes over, or it restarts."""


def passing(error: psycopg.Error) -> bool:
    """Return whether a connection that failed may succeed in a moment."""
    return any(part in str(error) for part in PASSING)


def unreachable(error: psycopg.Error, place: str) -> UnreachableError:
    """Return what to raise for a connection that failed. place: the URL without a password."""
    said = " ".join(str(error).split())
    for part, advice in (
        (
            "password authentication failed",
            "The server refuses the user or the password: set PGPASSWORD, or ~/.pgpass.",
        ),
        ("no password supplied", "The server asks for a password: set PGPASSWORD, or put it into ~/.pgpass."),
        (
            "pg_hba.conf",
            "The server lets this user in from nowhere here: its administrator can allow it in pg_hba.conf.",
        ),
        ("does not exist", f"{_last(said)}: create it (createdb, CREATE ROLE), or correct the URL."),
        ("too many connections for role", "The user has no connection left: raise its CONNECTION LIMIT."),
        ("too many clients", "The server has no connection left: close some, or raise its max_connections."),
        ("remaining connection slots", "The server has no connection left: close some, or raise max_connections."),
        ("resolve host", "No such host: correct the URL."),
        ("not currently accepting", "The database takes no connections: ALTER DATABASE … ALLOW_CONNECTIONS true."),
        (
            "does not support SSL",
            "The server has no TLS: set it up there, or leave sslmode out.",
        ),
        ("invalid response to SSL", "What answers there is no Postgres: correct host and port."),
        (
            "closed the connection unex",
            "Who answers there hangs up: correct host and port, or see its log.",
        ),
        ("session is read-only", "None of the hosts takes changes: is a standby waiting to be promoted?"),
        ("refused", "No server answers there: start it, or correct host and port."),
        ("timeout", "No server answered in time: check host, port and firewall."),
    ):
        if part in said:
            return UnreachableError(f"Cannot connect to {place}. {advice}")
    return UnreachableError(f"Cannot connect to {place}: {_last(said)}.")


def explained(error: Exception, place: str, doing: Doing = Doing.READING) -> AskewError:
    """Return what to raise for an error within a transaction."""
    if isinstance(error, UnicodeEncodeError):
        return InputError(f"Not valid Unicode text, so it cannot be stored or searched: {error.object[:80]!r}.")
    if isinstance(error, CONFLICTS):
        return ConflictError(f"Another writer changed the same documents of {place}; repeat the change.")
    if isinstance(error, errors.QueryCanceled):
        return StoreError(f"{place} took longer than the statement timeout: ask for less at once, or look at its load.")
    if isinstance(error, errors.LockNotAvailable):
        return StoreLockedError(f"Another process is changing the same documents of {place}; try again later.")
    if isinstance(error, errors.InsufficientPrivilege):
        return StoreError(f"The user of {place} may not do this ({_said(error)}): ask the owner to grant it.")
    if isinstance(error, errors.ReadOnlySqlTransaction):
        return StoreError(f"{place} is a standby, or read-only: open the primary to change the index.")
    if isinstance(error, GONE):
        return StoreError(f"The index in {place} was deleted, or is damaged ({_said(error)}).")
    if isinstance(error, FULL):
        return StoreError(f"{place} has no space left ({_said(error)}); nothing was stored.")
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        message = f"The connection to {place} was cut ({_last(_said(error))}); {AFTER[doing]}."
        return CutError(message, doing is Doing.COMMITTING)
    return StoreError(f"{place} refuses: {_said(error)}.")


@contextmanager
def explaining(place: str) -> Iterator[None]:
    """Translate errors of Postgres."""
    try:
        yield
    except (psycopg.Error, UnicodeEncodeError) as error:
        raise explained(error, place) from error


def _said(error: Exception) -> str:
    told: Callable[[], str | None] = lambda: getattr(getattr(error, "diag", None), "message_primary", None)  # noqa: E731
    return " ".join((told() or str(error)).split()).rstrip(".")


def _last(said: str) -> str:
    """Return what is left of a message without the address, which the URL has."""
    return said.rpartition("failed: ")[2].removeprefix("FATAL: ").strip().rstrip(".")
