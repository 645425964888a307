"""Index versions: a migration builds a second store in the index folder, and versions.json says which one is active.

    NAME.askew/                  version 0: the original store                        (local.py)
    NAME.askew/versions/1/ …     stores built by migrations, each self-contained
    NAME.askew/versions.json     which version is active, being built, or kept; without it only version 0 exists
    NAME.askew/migrate.lock      held by the one process that migrates

versions.json is replaced atomically, so a crash leaves either the old or the new state. Every process that has a store
open holds a shared OS lock on its folder, and deleting a store requires the exclusive lock: never while a reader uses
it. Versions that are not listed are left over from a crash and are removed.
"""

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from askew.errors import StoreError, StoreLockedError
from askew.files import replace_text
from askew.stores import catalog, vectors

FOLDER = "versions"
FILE = "versions.json"
LOCK = "migrate.lock"
OWN = (f"{catalog.NAME}*", f"{vectors.PREFIX}*", "text-*", "ivf-*", "derived", "write.lock")
"""Files of version 0 in the folder that it shares with the other versions."""


@dataclass(frozen=True)
class Versions:
    """Version numbers. `next`: being built, or ready for the switch; `kept`: the previously active one."""

    serving: int = 0
    next: int | None = None
    kept: int | None = None

    @property
    def named(self) -> set[int]:
        return {number for number in (self.serving, self.next, self.kept) if number is not None}


def read(home: Path) -> Versions:
    path = home / FILE
    try:
        found = Versions(**json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return Versions()
    except (OSError, ValueError, TypeError) as error:
        raise StoreError(f"Cannot read {path} ({error}). {catalog.DAMAGED}") from error
    if not all(isinstance(number, int) and number >= 0 for number in found.named):
        raise StoreError(f"{path} contains invalid version numbers: {found}. {catalog.DAMAGED}")
    return found


def put(home: Path, versions: Versions) -> None:
    """Replace versions.json atomically; durable on return. The caller must hold the migration lock."""
    replace_text(home / FILE, json.dumps(asdict(versions)))


def place(home: Path, number: int) -> Path:
    return home / FOLDER / str(number) if number else home


def unused(home: Path) -> int:
    """Return a version number not used by any store, including leftovers not removed yet."""
    there = [int(path.name) for path in (home / FOLDER).glob("*") if path.name.isdecimal()]
    return max(read(home).named.union(there)) + 1


def serving(home: Path) -> Path:
    return place(home, read(home).serving)


def files(place: Path) -> Iterator[Path]:
    """Yield all files of one store, recursively, without the other versions in the same folder."""
    for path in place.rglob("*"):
        if path.relative_to(place).parts[0] != FOLDER:
            yield path


class Held:
    """A shared lock on an open store: its folder cannot be deleted while this is held."""

    def __init__(self, place: Path) -> None:
        """Acquire the lock, waiting while the store is being deleted. No-op on a file system without locks."""
        self._handle = -1
        try:
            self._handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
            fcntl.flock(self._handle, fcntl.LOCK_SH)
        except OSError:
            self.release()

    def release(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def __del__(self) -> None:
        """Release the lock of a store that was never closed."""
        self.release()


def release(home: Path, number: int, after: Versions, wait: float) -> None:
    """Record the versions in `after` and delete version `number` from disk.

    Raises StoreLockedError, with nothing changed, if it is still open elsewhere after `wait` seconds.
    """
    with _alone(place(home, number), wait):
        put(home, after)
        _remove(home, number)


def sweep(home: Path) -> None:
    """Delete unlisted versions left over from a crash, except those still open."""
    named = read(home).named
    entries = (home / FOLDER).iterdir() if (home / FOLDER).is_dir() else iter(())
    left = {path for path in entries if path.name not in map(str, named)}
    for path in left:
        with _if_alone(path) as alone:
            if alone:
                shutil.rmtree(path, ignore_errors=True)
    if 0 not in named and (home / catalog.NAME).exists():
        with _if_alone(home) as alone:
            if alone:
                _remove(home, 0)


def _remove(home: Path, number: int) -> None:
    if number:
        shutil.rmtree(place(home, number), ignore_errors=True)
        return
    for pattern in OWN:
        for path in home.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)


@contextmanager
def _alone(place: Path, wait: float) -> Iterator[None]:
    from askew.lock import PAUSE

    deadline = time.monotonic() + wait
    while True:
        with _if_alone(place) as alone:
            if alone:
                yield
                return
        if time.monotonic() >= deadline:
            raise StoreLockedError(
                f"{place} is still in use by a process that opened the index before the switch. "
                "Stop that process or let it reopen the index, then try again."
            )
        time.sleep(PAUSE)


@contextmanager
def _if_alone(place: Path) -> Iterator[bool]:
    """Yield whether this process has the store to itself; if so, no other can open it inside the block."""
    handle = os.open(place, os.O_RDONLY | os.O_CLOEXEC)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
