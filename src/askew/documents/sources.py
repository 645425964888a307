"""Which files are meant, in which format, and what is known of them before they are opened."""

import os
import stat
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
    ".pdf": "pdf",
    ".docx": "docx",
    ".pptx": "pptx",
    ".xlsx": "xlsx",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".epub": "epub",
    ".eml": "eml",
}
TABLES = ("lines", "csv", "tsv", "jsonl")
"""Formats of which each row is a document; of all others the whole file is one."""
FORMATS = ("txt", "lines", "md", "csv", "tsv", "jsonl", "pdf", "docx", "pptx", "xlsx", "html", "epub", "eml")
STDIN = "-"
INDEX = ".askew"  # an index that stands among the files is none of them
NOT_REGULAR = "it is no regular file"
NOT_UTF8 = "its name is not UTF-8; rename it"


@dataclass(frozen=True)
class Source:
    """A file to read. `id` is what the ids of its documents begin with: its path within the folder given.

    format: "" where the suffix stands for none. named: given itself, not found in a folder. absolute: its path from
    the root. size, mtime_ns: what they were when it was found; -1 where nothing is known. barrier: why it cannot be
    opened, as half a sentence; "" where nothing is in the way.
    """

    path: str
    id: str
    format: str
    named: bool = True
    absolute: str = ""
    size: int = -1
    mtime_ns: int = -1
    barrier: str = ""


def find(paths: Sequence[str | Path], format: str = "") -> tuple[Source, ...]:
    """Every file meant by these paths, once for each time that it is meant. `format` overrules suffixes."""
    if not paths:
        raise InputError("There is nothing to read: name a file or a folder, or - for stdin.")
    if format and format not in FORMATS:
        raise UnknownNameError("format", format, FORMATS)
    sources: list[Source] = []
    for path in map(str, paths):
        if path != STDIN and _is_folder(path):
            sources += _folder(Path(path), format)
        else:
            sources.append(_file(path, format))
    return tuple(sources)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"There is no file or folder {path}.") from None
    except (OSError, ValueError) as fault:
        raise InputError(f"{path} cannot be read: {reason(fault)}.") from fault


def reason(fault: Exception) -> str:
    """What the system says of a file, without its name."""
    return fault.strerror if isinstance(fault, OSError) and fault.strerror else str(fault)


def _file(path: str, format: str) -> Source:
    if path == STDIN:
        return Source(STDIN, "stdin", format or "lines")
    known = format or SUFFIXES.get(Path(path).suffix.lower(), "")
    if not known:
        raise InputError(f"The name of {path} does not tell its format. Give --format: {', '.join(FORMATS)}.")
    return _met(Path(path), Path(path).name, known, named=True)


def _folder(folder: Path, format: str) -> list[Source]:
    barred: list[OSError] = []
    names = sorted(_walk(folder, barred), key=lambda path: path.relative_to(folder).parts)
    if any(Path(fault.filename) == folder for fault in barred):
        raise InputError(f"{folder} cannot be read: {reason(barred[0])}.")
    sources = [
        _met(path, path.relative_to(folder).as_posix(), format or SUFFIXES.get(path.suffix.lower(), ""), named=False)
        for path in names
    ]
    if not any(source.format for source in sources):
        raise InputError(f"The folder {folder} holds no file to read. Known: {', '.join(SUFFIXES)}.")
    return sources + [_barred(Path(fault.filename), folder, f"it cannot be read: {reason(fault)}") for fault in barred]


def absolute(path: str | Path) -> Path:
    """From the root. One file has one path, whatever folder it is named from; links are followed only
    before "..", which stands for no place without.
    """
    made = Path(path).absolute()
    return made.resolve() if ".." in made.parts else made


def _met(path: Path, id: str, format: str, named: bool) -> Source:
    """What the system knows of the file; nothing is opened."""
    try:
        str(path).encode()
        about = path.stat()
    except UnicodeEncodeError:
        return Source(_printable(str(path)), _printable(id), format, named, barrier=NOT_UTF8)
    except OSError as fault:
        return Source(str(path), id, format, named, barrier=f"it cannot be read: {reason(fault)}")
    barrier = "" if stat.S_ISREG(about.st_mode) else NOT_REGULAR
    return Source(str(path), id, format, named, str(absolute(path)), about.st_size, about.st_mtime_ns, barrier)


def _barred(path: Path, folder: Path, barrier: str) -> Source:
    """A folder that may not be listed."""
    return Source(_printable(str(path)), _printable(path.relative_to(folder).as_posix()), "", False, barrier=barrier)


def _printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def _walk(folder: Path, barred: list[OSError]) -> Iterator[Path]:
    """Hidden files and folders are left out; links to folders are not followed, as they may lead in circles."""
    for parent, folders, files in os.walk(folder, onerror=barred.append):
        folders[:] = [name for name in _visible(folders) if not name.endswith(INDEX)]
        yield from (Path(parent) / name for name in _visible(files))


def _visible(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(".")]
