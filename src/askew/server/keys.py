"""API keys: secrets of 256 bits with rights, of which keys.json in the folder of the indexes holds the hashes.

A key is random, so that its SHA-256 is as good as a slow hash: there is nothing to guess. The file is read again when
it changes, so that a key that is revoked is refused from the next request on.
"""

import hashlib
import hmac
import json
import os
import re
import secrets
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from askew import validation
from askew.errors import InputError, StoreError
from askew.files import replace_text
from askew.lock import WriteLock
from askew.server.rights import Rights

FILE = "keys.json"
LOCK = "keys.lock"
WAIT = 10.0
FORMAT = 1
KEY = re.compile(r"askew_([0-9a-f]{12})_([A-Za-z0-9_-]{43})")
LARGEST = 16 << 20
"""Bytes of keys.json that are read."""


@dataclass(frozen=True)
class Key:
    """A key as it is stored. digest: SHA-256 of the whole key, hexadecimal. created: a time in UTC, ISO 8601."""

    id: str
    name: str
    digest: str
    created: str
    rights: Rights

    def as_json(self) -> dict[str, Any]:
        rights = {name: sorted(getattr(self.rights, name)) for name in ("indexes", "actions", "groups")}
        return {"id": self.id, "name": self.name, "sha256": self.digest, "created": self.created, **rights}

    def fields(self) -> dict[str, Any]:
        """Return what may be shown."""
        return {name: value for name, value in self.as_json().items() if name != "sha256"}


def add(
    folder: Path, name: str, indexes: Iterable[str], actions: Iterable[str], groups: Iterable[str] = ()
) -> tuple[str, Key]:
    """Make a key, and return it with what is stored of it. It cannot be shown again."""
    rights, id = Rights.of(indexes, actions, groups), secrets.token_hex(6)
    secret = f"askew_{id}_{secrets.token_urlsafe(32)}"
    now = datetime.now(UTC).isoformat(timespec="seconds")
    made = Key(id, validation.string(name, "name"), _digest(secret), now, rights)
    with _changing(folder):
        _put(folder, [*read(folder), made])
    return secret, made


def revoke(folder: Path, id: str) -> Key:
    """Remove a key by its id. Raises InputError if there is none."""
    with _changing(folder):
        held = read(folder)
        gone = next((key for key in held if key.id == id), None)
        if gone is None:
            raise InputError(f"There is no key {id!r}. `askew keys list` shows the ids.")
        _put(folder, [key for key in held if key is not gone])
    return gone


def read(folder: Path) -> list[Key]:
    """Return the keys in the order in which they were made. Raises StoreError if the file is damaged."""
    try:
        with (folder / FILE).open("rb") as file:
            found = json.loads(file.read(LARGEST))
        return [_key(one) for one in found["keys"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, TypeError, KeyError, RecursionError, InputError) as error:
        raise StoreError(f"{FILE} cannot be read ({type(error).__name__}). Make it anew: askew keys add …") from None


class Keyring:
    """The keys of a folder, always as the file has them. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / FILE
        self._turn = threading.Lock()
        self._state: tuple[int, ...] = ()
        self._keys: Mapping[str, Key] = {}

    @property
    def exists(self) -> bool:
        """Whether there is a file of keys, if only an empty one: then nobody without a key is served."""
        return os.path.lexists(self._file)

    def find(self, secret: str) -> Key | None:
        """Return the key of this secret; None if there is none."""
        parts = KEY.fullmatch(secret)
        known = self._current().get(parts[1]) if parts else None
        return known if known is not None and hmac.compare_digest(known.digest, _digest(secret)) else None

    def _current(self) -> Mapping[str, Key]:
        try:
            found = self._file.stat()
        except FileNotFoundError:
            return {}
        state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        with self._turn:
            if state != self._state:
                self._state, self._keys = (), {}
                self._keys = {key.id: key for key in read(self._folder)}
                self._state = state
            return self._keys


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _key(one: Mapping[str, Any]) -> Key:
    rights = Rights.of(one["indexes"], one["actions"], one["groups"])
    texts = (one["id"], one["name"], one["sha256"], one["created"])
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("a key has texts")
    return Key(*texts, rights)


def _put(folder: Path, keys: Iterable[Key]) -> None:
    path = folder / FILE
    is_new = not path.exists()
    replace_text(path, json.dumps({"format": FORMAT, "keys": [key.as_json() for key in keys]}, indent=1))
    if is_new:
        path.chmod(0o600)


@contextmanager
def _changing(folder: Path) -> Iterator[None]:
    if not folder.is_dir():
        raise InputError(f"There is no folder {folder}: name the folder that is served.")
    lock = WriteLock(folder / LOCK, WAIT)
    try:
        yield
    finally:
        lock.release()
