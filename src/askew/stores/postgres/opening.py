"""Creation and opening of a store on one server of Postgres."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from askew.errors import StoreError
from askew.stores import Layout
from askew.stores.remote import absence, scratch_folder, shown

if TYPE_CHECKING:
    from askew.stores.postgres.connections import Connections
    from askew.stores.postgres.sessions import Session
    from askew.stores.postgres.store import PostgresStore, Settings
    from askew.stores.postgres.transactions import Transactions

TAKEOVER = 15.0
"""Seconds for which a store that was open looks for a server again, as one restarts, or a standby is promoted."""
WAIT = 10.0
"""Seconds that a change waits for rows that another one holds, where nobody says."""
ALONE = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 2))"
NONE_YET = "pg_catalog"
"""Where names are looked up before the schema of the store is known."""


def exists(url: str, name: str) -> bool:
    """Return whether there is a store of this name. Raises StoreError if the server cannot be reached."""
    connections = _connections(url, writable=False)
    try:
        with _transactions(connections, NONE_YET).reading() as session:
            return _has(session, name)
    finally:
        connections.close()


@contextmanager
def alone(url: str, name: str) -> Iterator[None]:
    """Be the one process that creates, completes or deletes a store of this name, of those that ask. Raises
    StoreLockedError if another one is, for longer than a moment.
    """
    connections = _connections(url, writable=True)
    try:
        with _transactions(connections, NONE_YET).apart() as connection, connection.transaction():
            connection.execute(ALONE.encode(), [name])
            yield
    finally:
        connections.close()


def create(url: str, name: str, layout: Layout, part: str = "") -> "PostgresStore":
    """Create a store on one server. part: of one that is on several, which it is; see `shards.opening`."""
    from askew.stores.postgres import access, schema
    from askew.stores.text import LANGUAGES

    if layout.language not in LANGUAGES:
        raise StoreError(f"The text index has no stemmer for {layout.language!r}. Choose 'english', or '' for none.")
    schema.form_of(layout.dim, layout.precision)
    connections = _connections(url, writable=True)
    try:
        with _transactions(connections, NONE_YET, writable=True).opened() as session:
            if _has(session, name):
                raise StoreError(
                    f"{shown(url)} already has an index {name!r}; choose another name, or delete it first."
                )
            schema.add_extension(session)
            place = schema.check_server(session, shown(url))
            if layout.access:
                access.check_role(session, shown(url))
            schema.create(session, schema.named(name), layout, place, part)
            session.run("COMMIT")
        return _opened(connections, url, name, part, writable=True, wait=WAIT)
    except BaseException:
        connections.close()
        raise


def open_store(
    url: str, name: str, part: str = "", *, writable: bool, wait: float, takeover: float = TAKEOVER
) -> "PostgresStore":
    """Open a store on one server. Raises AbsentError if there is none, StoreError if it is not a part of one on
    several, or is, as `part` says.
    """
    connections = _connections(url, writable=writable, takeover=takeover)
    try:
        return _opened(connections, url, name, part, writable=writable, wait=wait)
    except BaseException:
        connections.close()
        raise


def _opened(
    connections: "Connections", url: str, name: str, part: str, *, writable: bool, wait: float
) -> "PostgresStore":
    from askew.stores.postgres import schema
    from askew.stores.postgres.refusals import AbsentError
    from askew.stores.postgres.store import PostgresStore

    with _transactions(connections, NONE_YET).reading() as session:
        if not _has(session, name):
            raise AbsentError(absence(name, url))
        path = f"{schema.named(name)}, {schema.check_server(session, shown(url))}"
        if writable and session.rows("SELECT 1 WHERE pg_is_in_recovery()"):
            raise StoreError(f"{shown(url)} is a standby: open the primary to change the index.")
        session.run(f"SET LOCAL search_path = {path}")
        settings, old = _settings(session, url, name, writable)
    if bool(part) != bool(settings.part):
        raise StoreError(
            f"The index {name!r} in {shown(url)} is "
            + (f"part of one over several servers ({settings.part}); name all of them." if settings.part else "whole.")
        )
    transactions = _transactions(connections, path, writable, settings.access, wait)
    if old:
        with transactions.change() as session:
            schema.upgrade(session)
    return PostgresStore(transactions, settings)


def _settings(session: "Session", url: str, name: str, writable: bool) -> "tuple[Settings, bool]":
    """Return the settings of a store, and whether its schema must be upgraded."""
    from askew.quantisation import Precision
    from askew.stores.postgres import access, schema
    from askew.stores.postgres.store import Settings

    place = shown(url)
    format = schema.get(session, "format")
    if not format.isdigit():
        raise StoreError(f"The index {name!r} in {place} is damaged: it does not say its format.")
    old = schema.check_format(int(format), place, writable)
    guarded = schema.get(session, "access") == "yes"
    if guarded:
        access.check_role(session, place)
    try:
        dim, precision = int(schema.get(session, "dim")), Precision(schema.get(session, "precision"))
    except ValueError as error:
        raise StoreError(f"The index {name!r} in {place} is damaged: {error}. Restore it from a backup.") from error
    form = schema.form_of(dim, precision)
    folder = scratch_folder(url, f"{name}-{schema.get(session, 'identity')}")
    manifest, language = schema.get(session, "manifest"), schema.get(session, "language")
    part = schema.get(session, "part")
    return Settings(schema.named(name), form, manifest, language, guarded, folder, part), old


def absent(url: str, first: "PostgresStore") -> "PostgresStore":
    """Return the part of a store that is on a server which does not answer now, as the first part says it is."""
    from askew.stores.postgres.store import PostgresStore

    transactions = _transactions(_connections(url, writable=False, takeover=0.0), first.transactions.path)
    return PostgresStore(transactions, first.settings)


def _connections(url: str, *, writable: bool, takeover: float = TAKEOVER) -> "Connections":
    from askew.stores.postgres.connections import Connections

    return Connections(url, writable=writable, takeover=takeover)


def _transactions(
    connections: "Connections", path: str, writable: bool = False, guarded: bool = False, wait: float = WAIT
) -> "Transactions":
    from askew.stores.postgres.transactions import Transactions

    return Transactions(connections, path, writable=writable, guarded=guarded, wait=wait)


def _has(session: "Session", name: str) -> bool:
    """Return whether there is a store of this name. Raises StoreError if this user may not read it."""
    from askew.stores.postgres.schema import named

    schema = named(name)
    query = "SELECT has_schema_privilege(oid, 'USAGE'), current_user::text FROM pg_namespace WHERE nspname = %s"
    for may, user in session.rows(query, f"askew_{name}"):
        if not may:
            raise StoreError(
                f"The user {user} may not read the index {name!r}; its owner can let them: "
                f"GRANT USAGE ON SCHEMA {schema} TO {user}; "
                f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {user};"
            )
        return True
    return False
