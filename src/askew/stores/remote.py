"""Remote stores: the engine behind each kind of URL, and the pointer that an index folder holds instead of files.

    NAME.askew/store.json    {"format": 1, "url": "postgresql://host/database", "name": "NAME"}

Everything else of an index works on the pointer as on files: versions, migrations, a FAQ's two halves. A URL is kept
without its password, which engines take from where their own tools do (PGPASSWORD, AWS_SECRET_ACCESS_KEY, …).
"""

import json
import re
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import Protocol, cast
from urllib.parse import urlsplit

import xxhash

from askew.errors import InputError, StoreError
from askew.files import staging
from askew.paths import cache
from askew.stores import POINTER, Layout, Store

FORMAT = 1
WHOLE = 16_384
"""Bytes of a pointer that are read."""
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,47}")
"""Names of remote stores: part of the names of tables, collections and prefixes."""
LONGEST = 40
"""Characters of a name to which a version can still be added."""
VERSION = re.compile(r".*-v\d+")
"""Names of the versions of an index that migrations make."""
ENGINES = {
    "postgresql": "askew.stores.postgres.engine",
    "postgres": "askew.stores.postgres.engine",
    "s3": "askew.stores.lance.engine",
    "lance": "askew.stores.lance.engine",
    "milvus": "askew.stores.milvus.engine",
}
"""The module of each scheme; it has the functions of `RemoteEngine`."""


class UnreachableError(StoreError):
    """A server that does not answer, or has stopped to. What was asked of it can be asked again."""


class RemoteEngine(Protocol):
    """The functions by which a module is an engine. url: may have a password; name: of the store in it."""

    def exists(self, url: str, name: str) -> bool:
        """Return whether there is a store of this name. Raises UnreachableError if the engine cannot be reached."""

    def create(self, url: str, name: str, layout: Layout) -> Store:
        """Create a store, open for writing. Raises StoreError if there is one of this name."""

    def open_store(self, url: str, name: str, *, writable: bool, wait: float) -> Store:
        """Open a store. Raises StoreError if there is none, UnreachableError if the engine cannot be reached."""

    def discard(self, url: str, name: str) -> None:
        """Delete a store, also one of which a killed process has deleted a part."""


_PASSWORDS: dict[str, str] = {}
"""URLs with passwords that this process was given, by what is kept of them."""


def remembered(url: str) -> str:
    """Return the URL without its password, which this process keeps in memory for the engine."""
    kept = without_password(url)
    if kept != url:
        _PASSWORDS[kept] = url
    return kept


@dataclass(frozen=True)
class Pointer:
    """Where a store is. url: without a password."""

    url: str
    name: str

    @property
    def full(self) -> str:
        """The URL with the password, if this process was given one."""
        return _PASSWORDS.get(self.url, self.url)

    def exists(self) -> bool:
        return engine(self.url).exists(self.full, self.name)

    def create(self, layout: Layout) -> Store:
        return engine(self.url).create(self.full, self.name, layout)

    def open(self, *, writable: bool, wait: float) -> Store:
        return engine(self.url).open_store(self.full, self.name, writable=writable, wait=wait)

    def discard(self) -> None:
        engine(self.url).discard(self.full, self.name)

    def save(self, folder: Path) -> None:
        """Make `folder`, which must not exist, a pointer; durable on return."""
        with staging(folder) as made:
            kept = {"format": FORMAT, **asdict(self)}
            (made / POINTER).write_text(json.dumps(kept), "utf-8")


def engine(url: str) -> RemoteEngine:
    """Return the engine of a URL. Raises InputError for an unknown scheme, and if its extra is not installed."""
    return cast("RemoteEngine", import_module(ENGINES[scheme_of(url)]))


def scheme_of(url: str) -> str:
    scheme = url.partition(":")[0].lower() if isinstance(url, str) and "://" in url else ""
    if scheme not in ENGINES:
        raise InputError(
            f"{shown(url)!r} is not the URL of a store. Use postgresql://HOST/DATABASE, s3://BUCKET/PREFIX, "
            "lance:///FOLDER or milvus://HOST:PORT."
        )
    return scheme


def read_pointer(folder: Path) -> Pointer | None:
    """Return the pointer in this folder; None if it has no pointer. Raises StoreError for one that is damaged."""
    path = folder / POINTER
    try:
        with path.open("rb") as file:
            told = json.loads(file.read(WHOLE).decode("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(f"{path} cannot be read: {error}.") from error
    valid = isinstance(told, dict) and told.get("format") == FORMAT
    if not valid or not all(isinstance(told.get(key), str) for key in ("url", "name")):
        raise StoreError(f"{path} does not say where the index is; a newer version of askew may have written it.")
    return Pointer(told["url"], told["name"])


def scratch_folder(url: str, name: str) -> Path:
    """Return where derived data of a store are kept on this machine."""
    return cache() / "derived" / xxhash.xxh3_64_hexdigest(f"{without_password(url)}\n{name}".encode())


def name_of(text: str) -> str:
    """Return the name of the remote store of an index: its own, or if no engine takes that, one in lower case, with -
    for other characters, and with a digest, since two indexes must never share a store.
    """
    name = re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")
    if not name:
        raise InputError(f"{text!r} cannot be the name of a remote store: it needs a letter or a digit from a to z.")
    if name == text and len(name) <= LONGEST and not VERSION.fullmatch(name):
        return name
    return f"{name[: LONGEST - 9]}-{xxhash.xxh3_64_hexdigest(text.encode())[:8]}"


def version_name(text: str, number: int) -> str:
    """Return the name of the remote store of a version of an index, which no index has as its own."""
    return f"{name_of(text)}-v{number}"


def absence(name: str, url: str) -> str:
    """Return what to say of a store that is not there."""
    return (
        f"There is no index {name!r} in {shown(url)}: it was not created there, or was deleted. To create it, delete "
        "the folder that points to it, if there is one, and run askew index … --store URL."
    )


def without_password(url: str) -> str:
    """Return the URL without the password and without parameters that hold secrets."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    kept = [one for one in parts.query.split("&") if one and not re.match(r"(?i)[^=]*(password|secret|token|key)", one)]
    kept = [re.sub(r"=([^:@/]*):[^@/]*@", r"=\1@", one) for one in kept]  # of a server in a parameter
    query = f"?{'&'.join(kept)}" if kept else ""
    return f"{parts.scheme}://{user.partition(':')[0]}{at}{host}{parts.path}{query}"  # urlunsplit drops an empty host


def shown(url: object) -> str:
    """Return a URL for a message."""
    try:
        return without_password(url) if isinstance(url, str) else repr(url)
    except ValueError:
        return "the URL"
