"""Copy of a local store under another manifest, while the original serves and accepts writes.

What is copied is one snapshot: the catalogue by SQLite's online backup, and of the vector file, which only grows, the
rows that this catalogue counts. The text index is built anew, because its files change while they would be copied.
"""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from askew.errors import StoreError
from askew.files import staging
from askew.stores import catalog
from askew.stores.local import database
from askew.stores.local.database import Catalog
from askew.stores.local.folder import Folder, explained

TRIES = 20
"""Attempts, if compactions replace the vector file in the meantime."""
PIECE = 16 << 20
"""Bytes copied at a time."""
DERIVED = ("ivf", "sparse")
"""Entries of the catalogue on derived files that are written once and never change."""


def copy_store(source: Path, folder: Path, manifest: str) -> None:
    """Create a store with the documents, vectors and sources of another one, without its notes.

    source: the folder of exactly this store, which others may have open. Raises StoreError if `folder` exists.
    """
    from askew.stores.local.store import WAIT, LocalStore

    with closing(Folder(source)) as opened, explained(opened), staging(folder) as made:
        _copied(opened, made)
        LocalStore(made, writable=True, wait=WAIT).close()  # upgrades an older format, and builds the text index
        database.reissue(made, manifest)


def _copied(opened: Folder, made: Path) -> None:
    """Copy one snapshot, from the beginning again if a compaction replaces a file in the meantime."""
    with closing(Catalog(opened, writable=False)) as catalogue:
        for _ in range(TRIES):
            try:
                return _copy(catalogue, made)
            except FileNotFoundError as error:
                missing = error
    raise StoreError(f"The index is damaged: {missing.filename} is missing. {catalog.DAMAGED}")


def _copy(catalogue: Catalog, made: Path) -> None:
    with catalogue.reading() as connection:
        inside, names, state = catalogue.folder.inside, catalog.files(connection), catalog.state(connection)
        (made / catalog.NAME).unlink(missing_ok=True)
        with closing(sqlite3.connect(made / catalog.NAME)) as backup:
            connection.backup(backup)
        _copy_bytes(inside / names.vectors, made / names.vectors, state.rows * catalog.row_format(connection).width)
        for entry in DERIVED:
            if name := str(catalog.get_object(connection, entry).get("name", "")):
                _copy_derived(inside / name, made / name)


def _copy_bytes(path: Path, to: Path, size: int) -> None:
    """Copy the first bytes of a file; what lies beyond them is no part of this snapshot."""
    with path.open("rb") as file, to.open("wb") as copied:
        while left := size - copied.tell():
            if not (piece := file.read(min(PIECE, left))):
                raise StoreError(f"{path} has fewer rows than the catalogue counts. {catalog.DAMAGED}")
            copied.write(piece)


def _copy_derived(path: Path, to: Path) -> None:
    """Copy a file or folder that can be built anew: if it is replaced meanwhile, the copy goes without."""
    try:
        if path.is_dir():
            shutil.copytree(path, to, dirs_exist_ok=True)
        else:
            shutil.copyfile(path, to)
    except (FileNotFoundError, shutil.Error):
        shutil.rmtree(to, ignore_errors=True)
