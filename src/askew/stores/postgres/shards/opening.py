"""Creation and opening of a store over several servers, each of which knows which part of it it has."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from askew.errors import StoreError
from askew.stores import Layout
from askew.stores.postgres import opening
from askew.stores.postgres.refusals import UnreachableError
from askew.stores.postgres.shards.store import ShardedStore
from askew.stores.postgres.store import PostgresStore
from askew.stores.remote import shown


def create(urls: Sequence[str], name: str, layout: Layout) -> ShardedStore:
    """Create a store, open for writing; on the first server last, as that is where it is looked for."""
    if layout.access:
        raise StoreError("An index with access control is on one server: leave out the parameter shard, or --access.")
    if len(set(urls)) < len(urls):
        raise StoreError(f"A server is named twice: {', '.join(map(shown, urls))}.")
    identity = os.urandom(8).hex()
    made: list[PostgresStore] = []
    try:
        for place in reversed(range(len(urls))):
            made.insert(0, opening.create(urls[place], name, layout, _part(place, urls, identity)))
            if place:
                _check_prepares(made[0])
    except BaseException:
        for part in made:
            with suppress(StoreError):
                part.discard()
        raise
    return ShardedStore(made, made[0].settings, identity, degraded=False)


def open_store(urls: Sequence[str], name: str, *, degraded: bool, writable: bool, wait: float) -> ShardedStore:
    """Open a store. Raises StoreError if a server has another part of it, or of another store, or another contract."""
    opened: list[PostgresStore] = []
    try:
        for place, url in enumerate(urls):
            takeover = 0.0 if degraded and place else opening.TAKEOVER
            try:
                opened.append(opening.open_store(url, name, "any", writable=writable, wait=wait, takeover=takeover))
            except UnreachableError:
                if not degraded or writable or not place:
                    raise
                opened.append(opening.absent(url, opened[0]))
            else:
                _check_part(opened[place], opened[0], place, len(urls))
    except BaseException:
        for part in opened:
            part.close()
        raise
    identity = opened[0].settings.part.rpartition(" ")[2]
    return ShardedStore(opened, opened[0].settings, identity, degraded=degraded)


def _part(place: int, urls: Sequence[str], identity: str) -> str:
    return f"{place + 1} of {len(urls)} {identity}"


def _check_part(part: PostgresStore, first: PostgresStore, place: int, parts: int) -> None:
    """Raise StoreError if a server does not have this part of the store, with the contract of the first one."""
    where, identity = part.transactions.place, first.settings.part.rpartition(" ")[2]
    if part.settings.part != f"{place + 1} of {parts} {identity}":
        raise StoreError(
            f"{where} was named as server {place + 1} of {parts}, and has part {part.settings.part.rpartition(' ')[0]}"
            f"{'' if part.settings.part.endswith(identity) else ' of another index'}: name the servers of the index in "
            "the order in which it was created."
        )
    fixed = [replace(one.settings, folder=first.settings.folder, part="") for one in (part, first)]
    if fixed[0] != fixed[1]:
        raise StoreError(f"{where} has another contract than {first.transactions.place}: they are not of one index.")


def _check_prepares(part: PostgresStore) -> None:
    with part.transactions.reading() as session:
        [[most]] = session.rows("SELECT current_setting('max_prepared_transactions')::int")
    if not most:
        raise StoreError(
            f"{part.transactions.place} prepares no transactions, which an index over several servers needs. As its "
            "superuser: ALTER SYSTEM SET max_prepared_transactions = 20; then restart the server."
        )
