"""Inverted file of a local store: the postings of its learned sparse vectors on disk, with checksums.

It is derived from the catalogue (`askew.stores.impacts`). `optimise` writes it; what was stored since then is inverted
in memory by whoever searches.
"""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import xxhash
from numpy.typing import NDArray

from askew.errors import StoreError
from askew.files import sync, sync_folder
from askew.stores import catalog, impacts
from askew.stores.catalog import State
from askew.stores.inverted import Inverted, Postings, invert
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder, remove

ENTRY = "sparse"
"""Name of the catalogue's entry on the inverted file."""
FORMAT = 1
HEADER = 4096
"""Bytes before the arrays: the facts as JSON."""
COPIED = 64 << 20
"""Bytes up to which a file is read into memory; a larger one is mapped."""
TYPES = {"offsets": "<i8", "passages": "<i4", "impacts": "|u1", "scales": "<f4"}


@dataclass(frozen=True)
class Facts:
    """Header of the file: the length and the checksum of each array."""

    format: int
    sizes: dict[str, int]
    sums: dict[str, str]


def from_catalogue(connection: sqlite3.Connection, state: State, first: int = 0) -> Postings:
    """Invert the impacts of the rows from `first` on."""
    pages = [(keys - state.base, page) for keys, page in impacts.read(connection, state.base + first)]
    return invert(pages, first, state.rows - first)


class InvertedFile:
    """The inverted file of a local store and what it does not cover yet, kept until the store changes.

    Not thread-safe; `askew.stores.local.snapshot.Views` sees to that.
    """

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._name = ""
        self._stamp: tuple[int, ...] = ()
        self._file: Postings | None = None
        self._rest: Postings | None = None
        self._place = (0, 0, 0)

    def at(self, connection: sqlite3.Connection, state: State) -> Inverted:
        """Return the sparse vectors of this state. A missing or damaged file is done without."""
        self._open(str(catalog.get_object(connection, ENTRY).get("name", "")))
        covered = 0 if self._file is None else len(self._file.scales)
        place = (state.generation, covered, state.rows)
        if self._rest is None or self._place != place:
            self._rest, self._place = from_catalogue(connection, state, covered), place
        parts = [part for part in (self._file, self._rest) if part is not None]
        return Inverted(state.base, state.rows, tuple(parts))

    def _open(self, name: str) -> None:
        """Load the file of this name, unless it is loaded and unchanged: pages of a cut file would kill the process."""
        path = self._folder.inside / name
        try:
            stamp = _stamp(path) if name else ()
        except OSError:
            stamp = ()
        if (name, stamp) == (self._name, self._stamp):
            return
        self._name, self._stamp, self._file = name, stamp, None
        if stamp:
            try:
                self._file = load(path)
            except (StoreError, FileNotFoundError):
                self._file = None


def _stamp(path: Path) -> tuple[int, ...]:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns


def tune(catalogue: Catalog) -> None:
    """Write the inverted file anew if it is missing, damaged or behind. Writer only; the caller removes the old one."""
    with catalogue.reading() as connection:
        state, name = catalog.state(connection), str(catalog.get_object(connection, ENTRY).get("name", ""))
        if not impacts.exist(connection) or (name and not _behind(catalogue.folder.inside / name, state)):
            return
        made = from_catalogue(connection, state)
    with catalogue.writing() as connection:  # the catalogue knows the name before the file exists
        names = catalog.files(connection)
        name = f"sparse-{state.generation}-{state.change}"
        catalog.set_files(connection, replace(names, made=tuple(dict.fromkeys([*names.made, name]))))
    remove(catalogue.folder.inside, [name])  # left over from an attempt that failed before its commit
    save(made, catalogue.folder.inside / name)
    with catalogue.writing() as connection:
        catalog.put_object(connection, ENTRY, {"name": name})
        catalog.set_state(connection, catalog.state(connection))


def _behind(path: Path, state: State) -> bool:
    try:
        return len(load(path).scales) < state.rows
    except (StoreError, FileNotFoundError):
        return True


def save(postings: Postings, path: Path) -> None:
    """Write the file, durably."""
    arrays = {name: np.ascontiguousarray(getattr(postings, name), kind) for name, kind in TYPES.items()}
    facts = Facts(FORMAT, {name: len(array) for name, array in arrays.items()}, _sums(arrays))
    with path.open("xb") as file:
        file.write(json.dumps(asdict(facts)).encode().ljust(HEADER))
        for array in arrays.values():
            file.write(array.tobytes())
        sync(file)
    sync_folder(path.parent)


def load(path: Path) -> Postings:
    """Load the file, verified. Raises FileNotFoundError if there is none, StoreError if it is damaged."""
    damaged = f"The inverted file {path} is damaged; run `askew index` to rebuild it."
    try:
        with path.open("rb") as file:
            facts = _facts(json.loads(file.read(HEADER)))
        size = path.stat().st_size
        if size != HEADER + sum(np.dtype(TYPES[name]).itemsize * count for name, count in facts.sizes.items()):
            raise StoreError(damaged)
        arrays = _arrays(path, facts, size)
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(damaged) from error
    if _sums(arrays) != facts.sums:
        raise StoreError(damaged)
    return Postings(0, **arrays)


def _facts(told: dict[str, Any]) -> Facts:
    facts = Facts(**told)
    if facts.format != FORMAT or list(facts.sizes) != list(TYPES) or min(facts.sizes.values()) < 0:
        raise ValueError("it has another format")
    return facts


def _arrays(path: Path, facts: Facts, size: int) -> dict[str, Any]:
    data = np.fromfile(path, np.uint8) if size <= COPIED else np.memmap(path, np.uint8, "r")
    arrays, start = {}, HEADER
    for name, kind in TYPES.items():
        end = start + np.dtype(kind).itemsize * facts.sizes[name]
        arrays[name] = np.asarray(data[start:end]).view(kind)
        start = end
    return arrays


def _sums(arrays: Mapping[str, NDArray[Any]]) -> dict[str, str]:
    return {name: xxhash.xxh3_64_hexdigest(array.view(np.uint8).data) for name, array in arrays.items()}


def fault(connection: sqlite3.Connection, folder: Folder) -> str:
    """Return what is wrong with the inverted file; "" if it is intact or there is none."""
    name = catalog.get_object(connection, ENTRY).get("name")
    try:
        if name is not None:
            load(folder.inside / str(name))
    except FileNotFoundError:
        return f"The inverted file {name} is missing; run `askew index` to rebuild it."
    except StoreError as error:
        return str(error)
    return ""
