"""Where a set lies: folders and zip files of its name, in the folder that was given and in those below it."""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self

from askew.errors import InputError
from askew.reproducing.sets import Published, plain

DEPTH = 3
"""So many folders down a set is looked for: SentEval has data/downstream/STS/STS12-en-test."""
MACOS = "__MACOSX"


class Folder(Protocol):
    """A folder, or a file in one: of the disk (pathlib.Path), or within a zip file (zipfile.Path)."""

    @property
    def name(self) -> str: ...

    def iterdir(self) -> Iterator[Self]: ...

    def joinpath(self, *names: str) -> Self: ...

    def is_file(self) -> bool: ...

    def is_dir(self) -> bool: ...

    def read_bytes(self) -> bytes: ...


def places(root: Path, published: Published) -> Iterator[Folder]:
    """Every folder in which the set's files may lie, the likeliest first."""
    if not root.is_dir():
        raise InputError(f"There is no folder {root} to look for data sets in; name one with --data.")
    for path in sorted(_below(root, DEPTH), key=lambda path: (len(path.parts), path.is_file(), path.name)):
        if plain(path.stem if path.suffix == ".zip" else path.name) in published.folders:
            yield from _with_inner(_opened(path))


def _below(root: Path, depth: int) -> Iterator[Path]:
    yield root.resolve()
    for path in root.iterdir() if depth else ():
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _below(path, depth - 1)
        elif path.suffix == ".zip":
            yield path


def _opened(path: Path) -> Folder:
    if path.is_dir():
        return path
    try:
        return zipfile.Path(path)
    except (zipfile.BadZipFile, OSError) as fault:
        raise InputError(f"{path} cannot be read as a zip file: {fault}.") from fault


def _with_inner(folder: Folder) -> Iterator[Folder]:
    """Zip files mostly have one folder in them, which has the files."""
    yield folder
    inner = [part for part in folder.iterdir() if part.is_dir() and not part.name.startswith((".", MACOS))]
    yield from sorted(inner, key=lambda part: part.name)
