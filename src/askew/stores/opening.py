"""Creation and opening of an index's store: a folder of files, or a pointer to an engine."""

from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from askew.errors import InputError, StoreError
from askew.stores import POINTER, Layout, Store
from askew.stores.local import versions
from askew.stores.local.store import LocalStore

if TYPE_CHECKING:
    from askew.stores.remote import Pointer


def create(folder: Path, layout: Layout, url: str | None = None, name: str = "") -> Store:
    """Create a store, open for writing. url: of an engine; None or "" for files. name: its name there,
    by default one made of that of the folder.

    Raises StoreError if the folder exists, or the engine has a store of this name.
    """
    if not url:
        return LocalStore.create(folder, **asdict(layout))
    from askew.stores.remote import Pointer, name_of, remembered

    if folder.exists():
        raise StoreError(f"{folder} already exists; choose another name, or delete it first.")
    pointer = Pointer(remembered(url), name or name_of(folder.stem))
    store = pointer.create(layout)
    try:
        pointer.save(folder)
    except BaseException:
        with suppress(StoreError):
            store.discard()
        raise
    return store


def stored(url: str, name: str) -> bool:
    """Return whether an engine has a store of this name."""
    from askew.stores.remote import Pointer, remembered

    return Pointer(remembered(url), name).exists()


def attach(folder: Path, url: str | None, name: str = "") -> None:
    """Make `folder` a pointer if it does not exist and the engine has a store of its name. None: there is no engine."""
    if url is None or folder.exists():
        return
    from askew.stores.remote import Pointer, name_of, remembered

    pointer = Pointer(remembered(url), name or name_of(folder.stem))
    if pointer.exists():
        pointer.save(folder)


def check_place(folder: Path, url: str | None) -> None:
    """Raise InputError if the index is elsewhere than in the engine at `url`; None is anywhere."""
    if url is None:
        return
    from askew.stores.remote import remembered

    place, wanted = engine_of(versions.serving(folder)), remembered(url)
    if place != wanted:
        raise InputError(
            f"{folder} has its documents elsewhere: {place or 'in its folder'}. To move it: askew migrate {folder} "
            f"--store {wanted}"
        )


def engine_of(place: Path) -> str:
    """Return the URL of the engine that a version of an index is in; "" for files."""
    pointer = _pointer(place)
    return "" if pointer is None else pointer.url


def open_active(home: Path, *, writable: bool, wait: float) -> Store:
    """Open the active version of an index."""
    pointer = _pointer(versions.serving(home))
    if pointer is not None:
        return pointer.open(writable=writable, wait=wait)
    return LocalStore.open(home, writable=writable, wait=wait)


def open_version(home: Path, number: int, *, writable: bool, wait: float) -> Store:
    """Open one version of an index, active or not."""
    place = versions.place(home, number)
    pointer = _pointer(place)
    if pointer is not None:
        return pointer.open(writable=writable, wait=wait)
    return LocalStore(place, writable=writable, wait=wait)


def _pointer(place: Path) -> "Pointer | None":
    if not (place / POINTER).exists():
        return None
    from askew.stores.remote import read_pointer

    return read_pointer(place)
