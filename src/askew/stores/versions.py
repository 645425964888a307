"""Which of the stores in an index's folder serves: a migration builds another beside it, and one file names which.

    NAME.askew/                  version 0: the store that the index was made with   (local.py)
    NAME.askew/versions/1/ …     the stores that migrations made, each whole in itself
    NAME.askew/versions.json     which one serves, is being built, is kept; without it version 0 serves, alone
    NAME.askew/migrate.lock      held by the one process that migrates

versions.json is only ever replaced as a whole, so a crash leaves the one state or the other. Whoever has a store open
holds a shared lock of the operating system on its folder, and a store is taken away only by who gets that lock alone:
never from under a reader's hands. What is in the folder and named nowhere is what a crash left, and is swept away.
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
from askew.paths import put_whole
from askew.stores import catalog, vectors
from askew.stores.lock import PAUSE

FOLDER = "versions"
FILE = "versions.json"
LOCK = "migrate.lock"
OWN = (f"{catalog.NAME}*", f"{vectors.PREFIX}*", "text-*", "ivf-*", "derived", "write.lock")
"""What version 0 has in the folder that it shares with all others."""


@dataclass(frozen=True)
class Versions:
    """By number. `next`: the one that is being built or waits for the switch; `kept`: the one that served before."""

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
    except (OSError, ValueError, TypeError) as fault:
        raise StoreError(f"{path} cannot be read ({fault}). {catalog.DAMAGED}") from fault
    if not all(isinstance(number, int) and number >= 0 for number in found.named):
        raise StoreError(f"{path} names no versions: {found}. {catalog.DAMAGED}")
    return found


def put(home: Path, versions: Versions) -> None:
    """On the disk, whole, when this returns. Only who holds the migration's lock may."""
    put_whole(home / FILE, lambda path: path.write_text(json.dumps(asdict(versions)), "utf-8"))
    vectors.sync_folder(home)


def place(home: Path, number: int) -> Path:
    return home / FOLDER / str(number) if number else home


def unused(home: Path) -> int:
    """A number that no store has, nor one that could not be swept away yet."""
    there = [int(path.name) for path in (home / FOLDER).glob("*") if path.name.isdecimal()]
    return max(read(home).named.union(there)) + 1


def serving(home: Path) -> Path:
    return place(home, read(home).serving)


def files(place: Path) -> Iterator[Path]:
    """Of this one store, at any depth, without the versions that lie in the folder too."""
    for path in place.rglob("*"):
        if path.relative_to(place).parts[0] != FOLDER:
            yield path


class Held:
    """That somebody has the store open: while this is held, nobody takes its folder away."""

    def __init__(self, place: Path) -> None:
        """Waits while a store is just being taken away. On a disk that knows no locks nothing is held."""
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
        """A store that nobody closed must not keep its folder held for ever."""
        self.release()


def release(home: Path, number: int, after: Versions, wait: float) -> None:
    """Names only the versions of `after` from now on, and takes this one off the disk.

    StoreLockedError, and all is as before, where it is still open somewhere after `wait` seconds.
    """
    with _alone(place(home, number), wait):
        put(home, after)
        _remove(home, number)


def sweep(home: Path) -> None:
    """Takes away what a crash left: versions that nothing names. What somebody still has open stays until later."""
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
    deadline = time.monotonic() + wait
    while True:
        with _if_alone(place) as alone:
            if alone:
                yield
                return
        if time.monotonic() >= deadline:
            raise StoreLockedError(
                f"Somebody still searches or writes in {place}: a process that opened the index before the switch. "
                "Have it open the index again, or end it, and then try again."
            )
        time.sleep(PAUSE)


@contextmanager
def _if_alone(place: Path) -> Iterator[bool]:
    """Whether nobody else has this store open; and then nobody can open it inside."""
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
