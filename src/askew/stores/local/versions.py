"""Index versions: a migration builds a second store in the index folder, and versions.json says which one is active.

    NAME.askew/                  version 0: the original store                        (local.py)
    NAME.askew/versions/1/ …     stores built by migrations, each self-contained
    NAME.askew/versions.json     which version is active, being built, or kept; without it only version 0 exists
    NAME.askew/migrate.lock      held by the one process that migrates

versions.json is replaced atomically, so a crash leaves either the old or the new state. Every process that has a store
open holds a shared OS lock on its folder, and deleting a store requires the exclusive lock: never while a reader uses
it. Versions that are not listed are left over from a crash and are removed.
"""

import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from askew.errors import StoreError, StoreLockedError
from askew.files import HIDDEN, replace_text
from askew.lock import PAUSE, exclusive
from askew.stores import POINTER, catalog
from askew.stores.local import database
from askew.stores.local.folder import RESERVE, remove

FOLDER = "versions"
FILE = "versions.json"
LOCK = "migrate.lock"
COMPARISON = "parity.json"
"""In the folder of a version that is being built: figures of its comparison with the active one."""
SHIFTS = ("shifts.safetensors", "shifts.json")
"""In the folder of a version: the vectors that count instead of those that were encoded; see `stores.shifts`."""
WHOLE = 4096
"""Bytes of versions.json that are read; it has about fifty."""
LARGEST = 10**9
"""Largest number of a version."""
CATALOGUE = frozenset(f"{catalog.NAME}{end}" for end in ("", "-wal", "-shm", "-journal"))
STORE = CATALOGUE | {"derived", "write.lock", RESERVE, COMPARISON, *SHIFTS}
"""Files of a store besides those that its catalogue lists."""
STAGED = re.compile(rf"\.\d+\.[0-9a-f]{{8}}{re.escape(HIDDEN)}")
"""Versions that are not complete yet."""
OWN = STORE | {FOLDER, FILE, LOCK}


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
        with path.open("rb") as file:
            found = Versions(**json.loads(file.read(WHOLE).decode("utf-8")))
        valid = all(type(number) is int and 0 <= number <= LARGEST for number in found.named)
    except (FileNotFoundError, NotADirectoryError):
        return Versions()
    except (OSError, ValueError, TypeError, RecursionError) as error:
        raise StoreError(f"Cannot read {path} ({error}). {catalog.DAMAGED}") from error
    if not valid or found.serving is None:
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
    for path, folders, names in os.walk(place):  # passes over what a writer removes in the meantime
        if path == os.fspath(place):
            folders[:] = [name for name in folders if name != FOLDER]
        yield from (Path(path, name) for name in names)


def size(place: Path) -> int:
    """Return the bytes on disk of one store, without files that vanish in the meantime."""
    total = 0
    for path in files(place):
        with suppress(FileNotFoundError):
            total += path.stat().st_size
    return total


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
        if path.name.isdecimal():
            with suppress(OSError), exclusive(path) as alone:
                if alone:
                    _remove(home, int(path.name))
    remove(home / FOLDER, [path.name for path in left if STAGED.fullmatch(path.name)])
    if 0 not in named and (home / catalog.NAME).exists():
        with exclusive(home) as alone:
            if alone:
                _remove(home, 0)


def discard(home: Path) -> None:
    """Delete every version, and the folder unless it holds something else."""
    numbers = [int(path.name) for path in (home / FOLDER).glob("*") if path.name.isdecimal()]
    for number in [*numbers, 0]:
        _remove(home, number)
    remove(home / FOLDER, [path.name for path in (home / FOLDER).glob(".*") if STAGED.fullmatch(path.name)])
    remove(home, [FILE, LOCK])
    for folder in (home / FOLDER, home):
        with suppress(OSError):
            folder.rmdir()


def _remove(home: Path, number: int) -> None:
    """Delete the files of one version, and no others."""
    folder = place(home, number)
    _discard_remote(folder)
    # The catalogue goes first: without it, the rest is no index any more.
    listed = _listed(folder)
    remove(folder, [catalog.NAME, *sorted(STORE - {catalog.NAME}), *listed])
    if number:
        with suppress(OSError):
            folder.rmdir()


def _discard_remote(folder: Path) -> None:
    """Delete what the pointer in this folder points to, and then the pointer."""
    if not (folder / POINTER).exists():
        return
    from askew.stores.remote import read_pointer

    pointer = read_pointer(folder)
    if pointer is not None and pointer.exists():
        pointer.discard()
    remove(folder, [POINTER, COMPARISON, *SHIFTS])


def _listed(place: Path) -> tuple[str, ...]:
    """Return the names that the catalogue of this store lists; none if it cannot be read."""
    try:
        return database.listed(place).made
    except StoreError:
        return ()


@contextmanager
def _alone(place: Path, wait: float) -> Iterator[None]:
    deadline = time.monotonic() + wait
    while True:
        with exclusive(place) as alone:
            if alone:
                yield
                return
        if time.monotonic() >= deadline:
            raise StoreLockedError(
                f"{place} is still in use by a process that opened the index before the switch. "
                "Stop that process or let it reopen the index, then try again."
            )
        time.sleep(PAUSE)
