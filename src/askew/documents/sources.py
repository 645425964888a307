"""File discovery: the files behind the given paths, their formats, and their metadata before opening."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from askew.errors import InputError, UnknownNameError
from askew.values import items, shown

SUFFIXES = {
    ".txt": "txt",
    ".text": "txt",
    ".log": "txt",
    ".rst": "txt",
    ".md": "md",
    ".markdown": "md",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".json": "json",
    ".geojson": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".pdf": "pdf",
    ".docx": "docx",
    ".docm": "docx",
    ".dotx": "docx",
    ".dotm": "docx",
    ".pptx": "pptx",
    ".pptm": "pptx",
    ".ppsx": "pptx",
    ".ppsm": "pptx",
    ".potx": "pptx",
    ".potm": "pptx",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xltx": "xlsx",
    ".xltm": "xlsx",
    ".xls": "xls",
    ".xlt": "xls",
    ".odt": "odt",
    ".ott": "odt",
    ".ods": "ods",
    ".ots": "ods",
    ".odp": "odp",
    ".otp": "odp",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".epub": "epub",
    ".mht": "mht",
    ".mhtml": "mht",
    ".eml": "eml",
    ".mbox": "mbox",
    ".msg": "msg",
}
TABLES = ("lines", "csv", "tsv", "json", "jsonl", "parquet")
"""Formats in which each row is a document; in all others the whole file is one."""
SHEETS = ("xlsx", "xls", "ods")
"""Formats of workbooks, which are tables if they have a column of texts."""
FORMATS = (
    *(
        "txt",
        "lines",
        "md",
        "csv",
        "tsv",
        "json",
        "jsonl",
        "parquet",
        "pdf",
        "docx",
        "pptx",
        "xlsx",
        "xls",
        "odt",
        "ods",
    ),
    *("odp", "html", "mht", "epub", "eml", "mbox", "msg"),
)
STDIN = "-"
INDEX = ".askew"  # index folders among the files are skipped
NOT_REGULAR = "not a regular file"
NOT_UTF8 = "file name is not UTF-8; rename the file"


@dataclass(frozen=True)
class Source:
    """A file to read. `id` is the prefix of its documents' ids: the path relative to the given folder.

    format: "" if the extension is unknown. named: given explicitly, not found in a folder. absolute: absolute path.
    size, mtime_ns, ctime_ns: at discovery; -1 if unknown. barrier: why it cannot be opened, a phrase without full
    stop; "" if it can.
    """

    path: str
    id: str
    format: str
    named: bool = True
    absolute: str = ""
    size: int = -1
    mtime_ns: int = -1
    ctime_ns: int = -1
    barrier: str = ""


def places(paths: object) -> list[str]:
    """Return one path or many as strings."""
    want = "paths is one path or a list of paths (str or Path)"
    given = [paths] if isinstance(paths, str | os.PathLike) else items(paths, want)
    if not given:
        raise InputError("Nothing to read: give a file or a folder, or - for stdin.")
    for path in given:
        if not isinstance(path, str | Path) or not str(path).strip():
            raise InputError(f"{want}, not {shown(path)}.")
    return [str(path) for path in given]


def find(paths: object, format: str | None = None) -> tuple[Source, ...]:
    """List the files behind one path or many, repeating those given repeatedly. `format` overrides extensions."""
    given = places(paths)
    if format is not None and (not isinstance(format, str) or (format and format not in FORMATS)):
        raise UnknownNameError("format", format, FORMATS)
    sources: list[Source] = []
    for path in given:
        if path != STDIN and _is_folder(path):
            sources += _folder(Path(path), format or "")
        else:
            sources.append(_file(path, format or ""))
    return tuple(sources)


def check_present(paths: object) -> None:
    """Raise InputError for the first path that is not there."""
    for path in places(paths):
        if path != STDIN:
            _is_folder(path)


def _is_folder(path: str) -> bool:
    try:
        return stat.S_ISDIR(Path(path).stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(f"No such file or folder: {path}.") from None
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read {path}: {reason(error)}.") from error


def reason(error: Exception) -> str:
    """Return the operating system's error message, without the file name."""
    return error.strerror if isinstance(error, OSError) and error.strerror else str(error)


def _file(path: str, format: str) -> Source:
    if path == STDIN:
        return Source(STDIN, "stdin", format or "lines")
    known = format or SUFFIXES.get(Path(path).suffix.lower(), "")
    if not known:
        raise InputError(
            f"Cannot tell the format of {path} from its name. Set --format to one of: {', '.join(FORMATS)}."
        )
    return _met(Path(path), Path(path).name, known, named=True)


def _folder(folder: Path, format: str) -> list[Source]:
    barred: list[OSError] = []
    names = sorted(_walk(folder, barred), key=lambda path: path.relative_to(folder).parts)
    if any(Path(error.filename) == folder for error in barred):
        raise InputError(f"Cannot read {folder}: {reason(barred[0])}.")
    sources = [
        _met(path, path.relative_to(folder).as_posix(), format or SUFFIXES.get(path.suffix.lower(), ""), named=False)
        for path in names
    ]
    if not any(source.format for source in sources):
        raise InputError(f"No supported files in the folder {folder}. Supported: {', '.join(SUFFIXES)}.")
    return sources + [_barred(Path(error.filename), folder, f"cannot be read: {reason(error)}") for error in barred]


def absolute(path: str | Path) -> Path:
    """Return an absolute path that is the same from any working directory; links are resolved only if the path
    contains "..", which depends on them.
    """
    made = Path(path).absolute()
    return made.resolve() if ".." in made.parts else made


def _met(path: Path, id: str, format: str, named: bool) -> Source:
    """Describe a file from its directory entry, without opening it."""
    try:
        str(path).encode()
        about = path.stat()
    except UnicodeEncodeError:
        return Source(_printable(str(path)), _printable(id), format, named, barrier=NOT_UTF8)
    except OSError as error:
        return Source(str(path), id, format, named, barrier=f"cannot be read: {reason(error)}")
    barrier = "" if stat.S_ISREG(about.st_mode) else NOT_REGULAR
    seen = (about.st_size, about.st_mtime_ns, about.st_ctime_ns)
    return Source(str(path), id, format, named, str(absolute(path)), *seen, barrier)


def _barred(path: Path, folder: Path, barrier: str) -> Source:
    """Describe a folder that cannot be listed."""
    return Source(_printable(str(path)), _printable(path.relative_to(folder).as_posix()), "", False, barrier=barrier)


def _printable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def _walk(folder: Path, barred: list[OSError]) -> Iterator[Path]:
    """Yield files recursively, without hidden ones. A link to a folder is followed if it leads out of those walked."""
    roots = {Path(os.path.realpath(folder))}
    for parent, folders, files in os.walk(folder, onerror=barred.append, followlinks=True):
        visible = [name for name in _visible(folders) if not name.endswith(INDEX)]
        folders[:] = [name for name in visible if _is_entered(Path(parent, name), roots)]
        yield from (Path(parent) / name for name in _visible(files))


def _is_entered(folder: Path, roots: set[Path]) -> bool:
    """Return whether to walk a folder: each one once, wherever links lead. roots: real paths of the trees walked."""
    real = Path(os.path.realpath(folder))
    if not folder.is_symlink():
        return real not in roots
    if any(real.is_relative_to(root) for root in roots):
        return False
    roots.add(real)
    return True


def _visible(names: Iterable[str]) -> list[str]:
    return [name for name in names if not name.startswith(".")]
