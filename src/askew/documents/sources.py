"""Which files are read, in which format, and how their bytes become text."""

import os
import stat
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from askew.errors import InputError, UnknownNameError

SUFFIXES = {
    ".txt": "txt",
    ".md": "md",
    ".markdown": "md",
    ".csv": "csv",
    ".tsv": "tsv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
}
FORMATS = ("txt", "lines", "md", "csv", "tsv", "jsonl")
STDIN = "-"
INDEX = ".askew"  # an index that stands among the files is none of them


@dataclass(frozen=True)
class Source:
    """A file to read. `id` is what the ids of its documents begin with: its path within the folder given."""

    path: str
    id: str
    format: str


@dataclass(frozen=True)
class Sources:
    """`ignored`: the files in folders whose suffix stands for no format."""

    sources: tuple[Source, ...]
    ignored: tuple[str, ...]


def find(paths: Sequence[str | Path], format: str = "") -> Sources:
    """Every file meant by these paths, once for each time that it is meant. `format` overrules suffixes."""
    if not paths:
        raise InputError("There is nothing to read: name a file or a folder, or - for stdin.")
    if format and format not in FORMATS:
        raise UnknownNameError("format", format, FORMATS)
    sources: list[Source] = []
    ignored: list[str] = []
    for path in map(str, paths):
        if path != STDIN and _is_folder(path):
            found, left_out = _folder(Path(path), format)
            sources += found
            ignored += left_out
        else:
            sources.append(_file(path, format))
    return Sources(tuple(sources), tuple(ignored))


def content(source: Source) -> str:
    """What is no UTF-8 comes as lone surrogates, so that each reader can say in which line it is."""
    try:
        data = sys.stdin.buffer.read() if source.path == STDIN else Path(source.path).read_bytes()
    except OSError as fault:
        raise _unreadable(source.path, fault) from fault
    return data.decode("utf-8-sig", "surrogateescape")


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"There is no file or folder {path}.") from None
    except (OSError, ValueError) as fault:
        raise _unreadable(path, fault) from fault


def _file(path: str, format: str) -> Source:
    if path == STDIN:
        return Source(STDIN, "stdin", format or "lines")
    known = format or SUFFIXES.get(Path(path).suffix.lower(), "")
    if not known:
        raise InputError(f"The name of {path} does not tell its format. Give --format: {', '.join(FORMATS)}.")
    return Source(path, Path(path).name, known)


def _folder(folder: Path, format: str) -> tuple[list[Source], list[str]]:
    sources: list[Source] = []
    ignored: list[str] = []
    for path in sorted(_walk(folder), key=lambda path: path.relative_to(folder).parts):
        known = format or SUFFIXES.get(path.suffix.lower(), "")
        if known:
            sources.append(Source(str(path), path.relative_to(folder).as_posix(), known))
        else:
            ignored.append(str(path))
    if not sources:
        raise InputError(f"The folder {folder} holds no file to read. Known: {', '.join(SUFFIXES)}.")
    return sources, ignored


def _walk(folder: Path) -> Iterator[Path]:
    """Hidden files and folders are left out; links to folders are not followed, as they may lead in circles."""
    for parent, folders, files in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in _visible(folders) if not name.endswith(INDEX)]
        yield from (Path(parent) / name for name in _visible(files))


def _visible(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(".")]


def _refuse(fault: OSError) -> None:
    raise _unreadable(str(fault.filename), fault) from fault


def _unreadable(path: str, fault: Exception) -> InputError:
    reason = fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)
    return InputError(f"{path} cannot be read: {reason}.")
