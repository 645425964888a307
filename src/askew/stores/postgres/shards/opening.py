"""Creation and opening of a store over several servers, each of which knows which part of it it has.

The first server is where a store is looked for: its part is created first and deleted last. So whatever a killed
process left is found there, and ended: a creation when the store is opened for writing, a deletion when it is deleted
again.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from askew.errors import InputError, StoreError
from askew.stores import Layout
from askew.stores.postgres import opening
from askew.stores.postgres.refusals import AbsentError
from askew.stores.postgres.shards.store import ShardedStore
from askew.stores.postgres.store import PostgresStore
from askew.stores.remote import UnreachableError, shown


def create(urls: Sequence[str], name: str, layout: Layout) -> ShardedStore:
    """Create a store, open for writing."""
    if len(set(urls)) < len(urls):
        raise StoreError(f"A server is named twice: {', '.join(map(shown, urls))}.")
    identity = os.urandom(8).hex()
    made: list[PostgresStore] = []
    with opening.alone(urls[0], name):
        try:
            for place, url in enumerate(urls):
                made.append(opening.create(url, name, layout, _part(place, urls, identity)))
                if place:
                    _check_prepares(made[place])
        except BaseException:
            for part in reversed(made):
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
            except AbsentError:
                if not place:
                    raise
                opened.append(_completed(urls, name, place, opened[0], writable=writable, wait=wait))
            else:
                _check_part(opened[place], opened[0], place, len(urls))
                _check_whole(opened[0], degraded)
    except BaseException:
        for part in opened:
            part.close()
        raise
    return ShardedStore(opened, opened[0].settings, _identity(opened[0]), degraded=degraded)


def discard(urls: Sequence[str], name: str) -> None:
    """Delete a store, also one of which a killed process has deleted a part."""
    try:
        open_store(urls, name, degraded=False, writable=True, wait=opening.WAIT).discard()
    except AbsentError:
        first = opening.open_store(urls[0], name, "any", writable=True, wait=opening.WAIT)
        for place in range(1, len(urls)):
            with suppress(AbsentError):
                part = opening.open_store(urls[place], name, "any", writable=True, wait=opening.WAIT)
                _check_part(part, first, place, len(urls))
                part.discard()
        first.discard()


def _completed(
    urls: Sequence[str], name: str, place: int, first: PostgresStore, *, writable: bool, wait: float
) -> PostgresStore:
    """Create a part that a killed process had not come to. Raises AbsentError if that was not how it went."""
    lacking = f"{shown(urls[place])} lacks part {place + 1} of {len(urls)} of the index {name!r}"
    if first.change():
        raise AbsentError(
            f"{lacking}: its deletion was cut off, or that server lost it. Restore it there from a backup, or index "
            "the documents anew."
        )
    if not writable:
        raise AbsentError(f"{lacking}, whose creation was cut off: open it for writing once, with askew index.")
    fixed = first.settings
    layout = Layout(fixed.form.dim, fixed.manifest, fixed.language, fixed.form.precision, fixed.access)
    with opening.alone(urls[0], name):
        with suppress(AbsentError):  # another process was faster
            return opening.open_store(urls[place], name, "any", writable=True, wait=wait)
        made = opening.create(urls[place], name, layout, _part(place, urls, _identity(first)))
        try:
            _check_prepares(made)
        except BaseException:
            made.discard()
            raise
        return made


def _part(place: int, urls: Sequence[str], identity: str) -> str:
    return f"{place + 1} of {len(urls)} {identity}"


def _identity(part: PostgresStore) -> str:
    return part.settings.part.rpartition(" ")[2]


def _check_whole(first: PostgresStore, degraded: bool) -> None:
    """Raise InputError where reads may do without servers, and views would not be told of it."""
    if first.access and degraded:
        raise InputError(
            "An index with access control is read with all its servers: leave degraded=allow out of the URL, as what a "
            "view shows would depend on which of them answer."
        )


def _check_part(part: PostgresStore, first: PostgresStore, place: int, parts: int) -> None:
    """Raise StoreError if a server does not have this part of the store, with the contract of the first one."""
    where, identity = part.transactions.place, _identity(first)
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
