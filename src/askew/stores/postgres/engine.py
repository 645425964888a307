"""The engine behind `postgresql://` URLs: whether there is a store of a name, its creation, and its opening."""

from askew.environment import require
from askew.errors import InputError
from askew.stores import Layout, Store
from askew.stores.remote import shown

require("psycopg", "psycopg", "postgres", "A store in Postgres")

OURS = ("shard", "degraded")
"""Parameters of a URL that are not for libpq."""


def exists(url: str, name: str) -> bool:
    """Return whether there is a store of this name. Raises StoreError if the server cannot be reached."""
    from askew.stores.postgres import opening

    return opening.exists(servers(url)[0], name)


def create(url: str, name: str, layout: Layout) -> Store:
    """Create a store, open for writing. Raises StoreError if there is one of this name, or Postgres cannot hold it."""
    from askew.stores.postgres import opening

    several = servers(url)
    if len(several) == 1:
        return opening.create(several[0], name, layout)
    from askew.stores.postgres.shards import opening as over_several

    return over_several.create(several, name, layout)


def open_store(url: str, name: str, *, writable: bool, wait: float) -> Store:
    """Open a store. Raises StoreError if there is none, or the server cannot be reached."""
    from askew.stores.postgres import opening

    several = servers(url)
    if len(several) == 1:
        return opening.open_store(several[0], name, writable=writable, wait=wait)
    from askew.stores.postgres.shards import opening as over_several

    return over_several.open_store(several, name, degraded=degraded(url), writable=writable, wait=wait)


def discard(url: str, name: str) -> None:
    """Delete a store, also one of which a killed process has deleted a part. Raises StoreError if there is none."""
    from askew.stores.postgres import opening

    several = servers(url)
    if len(several) == 1:
        opening.open_store(several[0], name, writable=True, wait=opening.WAIT).discard()
        return
    from askew.stores.postgres.shards import opening as over_several

    over_several.discard(several, name)


def servers(url: str) -> list[str]:
    """Return the URL of each server, the first one first. Those of a parameter `shard` say what differs from it.

    Raises InputError for one that is empty: it stands for a server, without which documents would be elsewhere.
    """
    shards = _parameters(url, "shard")
    if not all(shards):
        raise InputError(f"A parameter shard of {shown(url)} names no server: USER@HOST/DATABASE, or leave it out.")
    return [_without(one) for one in (url, *(_beside(url, shard) for shard in shards))]


def degraded(url: str) -> bool:
    """Return whether reads do without servers that do not answer. Raises InputError for anything but `allow`."""
    given = _parameters(url, "degraded")
    if given not in ([], ["allow"]):
        raise InputError(f"degraded is 'allow' or left out, not {given[-1]!r}, in {shown(url)}.")
    return bool(given)


def _parameters(url: str, name: str) -> list[str]:
    query = url.partition("?")[2]
    return [value for key, _, value in (one.partition("=") for one in query.split("&")) if key == name]


def _without(url: str) -> str:
    """Return a URL without the parameters that libpq does not know."""
    place, _, query = url.partition("?")
    kept = [one for one in query.split("&") if one and one.partition("=")[0] not in OURS]
    return f"{place}?{'&'.join(kept)}" if kept else place


def _beside(url: str, shard: str) -> str:
    """Return the URL of another server, `USER:PASSWORD@HOST:PORT/DATABASE`, with the parameters of the first one."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{shard}?{rest.partition('?')[2]}"
